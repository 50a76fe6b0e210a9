package ui

import (
	"net/http"
	"net/url"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/card"
)

// skillsPage is the vocabulary of the networks: who offers what, who learns it.
type skillsPage struct {
	*networkFrame
	Groups []tagGroup
	Nobody bool // no skill of anybody is shown yet
	Sky    sky
}

type tagGroup struct {
	ID, Label string
	Tags      []tagView // that somebody has
	Open      []tagView // that nobody shows to the reader yet
}

type tagView struct {
	Name, Link string
	Counts     []countView
}

// countView is how many stand so to a skill, in words.
type countView struct{ Icon, Words string }

func skillsShow(v *visit) error {
	if !access.Can(v.viewer, access.SeeNetworks) {
		return node.ErrForbidden
	}
	f, err := v.peopleFrame("/skills", v.t("skills.list.title"))
	if err != nil {
		return err
	}
	list, err := v.s.Cards.Vocabulary(v.ctx(), v.viewer, v.lang)
	if err != nil {
		return err
	}
	p := &skillsPage{networkFrame: f, Nobody: true}
	place := map[string]int{}
	for _, g := range v.s.Skills.Groups() {
		place[g.Code] = len(p.Groups)
		p.Groups = append(p.Groups, tagGroup{ID: "g-" + g.Code, Label: g.Label(v.lang)})
	}
	own := tagGroup{ID: "g-own", Label: v.t("skills.own")}
	for _, t := range list {
		view := tagView{Name: t.Labels.In(v.lang, "en"), Link: "/skills/" + url.PathEscape(t.Code), Counts: v.counts(t)}
		p.Nobody = p.Nobody && len(view.Counts) == 0
		g := &own
		if i, ok := place[t.Group]; ok {
			g = &p.Groups[i]
		}
		if len(view.Counts) > 0 {
			g.Tags = append(g.Tags, view)
		} else {
			g.Open = append(g.Open, view)
		}
	}
	if len(own.Tags)+len(own.Open) > 0 {
		p.Groups = append(p.Groups, own)
	}
	if p.Nobody {
		p.Sky = newSky("skills", emptySkyDots, emptySkyWidth, emptySkyHigh)
	}
	return v.show(http.StatusOK, "skills", p)
}

// counts says how many offer a skill and learn it; nothing where nobody does.
func (v *visit) counts(t card.Counted) (out []countView) {
	for _, stance := range node.Stances {
		n := t.By[stance]
		if n.N == 0 {
			continue
		}
		words := v.t("skills.count."+string(stance), "count", n.N)
		if n.More {
			words = v.t("skills.more."+string(stance), "count", n.N)
		}
		out = append(out, countView{string(stance), words})
	}
	return out
}

// skillPage is one skill with the people who stand to it, by stance.
type skillPage struct {
	*networkFrame
	Name   string
	Groups []skillPeople
	Nobody bool
	Sky    sky
}

type skillPeople struct {
	Icon, Heading string
	Hits          []hitView
	More          string
}

func skillShow(v *visit) error {
	if !access.Can(v.viewer, access.SeeNetworks) {
		return node.ErrForbidden
	}
	tag, err := v.s.Cards.Tag(v.ctx(), v.viewer, v.Param("tag"))
	if err != nil {
		return err
	}
	if tag.Code != v.Param("tag") {
		v.redirect("/skills/" + url.PathEscape(tag.Code))
		return nil
	}
	name := tag.Labels.In(v.lang, "en")
	f, err := v.peopleFrame("/skills", name)
	if err != nil {
		return err
	}
	p := &skillPage{networkFrame: f, Name: name}
	only := node.Stance(v.Query("stance"))
	for _, stance := range node.Stances {
		if only != "" && only != stance {
			continue
		}
		q := node.Search{Tag: tag.Code, Stance: stance, Limit: hitsPerPage}
		if only != "" {
			q.After = v.Query("after")
		}
		list, next, err := v.s.Cards.Search(v.ctx(), v.viewer, q)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			continue
		}
		g := skillPeople{Icon: string(stance), Heading: v.t("skills.people." + string(stance))}
		for _, hit := range list {
			g.Hits = append(g.Hits, v.hit(f.Frame, hit))
		}
		if next != "" {
			g.More = "/skills/" + url.PathEscape(tag.Code) + "?" + url.Values{"stance": {string(stance)}, "after": {next}}.Encode()
		}
		p.Groups = append(p.Groups, g)
	}
	if p.Nobody = len(p.Groups) == 0; p.Nobody {
		p.Sky = newSky("skill", emptySkyDots, emptySkyWidth, emptySkyHigh)
	}
	return v.show(http.StatusOK, "skill", p)
}
