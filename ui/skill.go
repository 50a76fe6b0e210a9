package ui

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/poweron-network/poweron/node"
)

// skillView is one skill as profiles and lists show it.
type skillView struct {
	*Frame
	Name      string
	Link      string // to others with it; empty for readers who may not list people
	Stance    node.Stance
	Level     string // in words; empty for interests
	LevelIcon string
	Mentor    bool
	Mark      *mark // who sees it, to its owner
}

// skillGroup is the skills of one stance: a person offers, is learning, is interested in them.
type skillGroup struct {
	Icon, Heading string
	Skills        []skillView
}

// skillName is the label of a skill in the reader's language. One of another
// vocabulary keeps the name that its origin gave it.
func (v *visit) skillName(s node.PersonSkill) string {
	if tag, ok := v.s.Skills.Tag(s.Tag); ok {
		return tag.Label(v.lang)
	}
	if s.Name != "" {
		return s.Name
	}
	return s.Tag
}

func (v *visit) skillNames(list []node.PersonSkill) string {
	names := make([]string, 0, len(list))
	for _, s := range list {
		names = append(names, v.skillName(s)+" ("+v.t("stance."+string(s.Stance))+")")
	}
	return strings.Join(names, ", ")
}

func (v *visit) skill(f *Frame, s node.PersonSkill, canList bool) skillView {
	out := skillView{Frame: f, Name: v.skillName(s), Stance: s.Stance, Mentor: s.CanMentor}
	if _, ours := v.s.Skills.Tag(s.Tag); ours && canList {
		out.Link = "/people?" + url.Values{"skill": {s.Tag}, "stance": {string(s.Stance)}}.Encode()
	}
	if s.Level >= 1 && s.Level <= 3 {
		level := strconv.Itoa(s.Level)
		out.Level, out.LevelIcon = v.t("level."+level), "lv"+level
	}
	return out
}

// skillGroups sorts skills by stance; marks, if there are any, belong to them in order.
func (v *visit) skillGroups(f *Frame, list []node.PersonSkill, canList bool, marks ...*mark) []skillGroup {
	var out []skillGroup
	for _, stance := range node.Stances {
		g := skillGroup{Icon: string(stance), Heading: v.t("stance.heading." + string(stance))}
		for n, s := range list {
			if s.Stance != stance {
				continue
			}
			view := v.skill(f, s, canList)
			if n < len(marks) {
				view.Mark = marks[n]
			}
			g.Skills = append(g.Skills, view)
		}
		if len(g.Skills) > 0 {
			out = append(out, g)
		}
	}
	return out
}

// vocabulary is all tags under their headings, for a select.
func (v *visit) vocabulary() []optionGroup {
	var out []optionGroup
	for _, g := range v.s.Skills.Groups() {
		out = append(out, optionGroup{Label: g.Label(v.lang)})
	}
	place := map[string]int{}
	for i, g := range v.s.Skills.Groups() {
		place[g.Code] = i
	}
	for _, t := range v.s.Skills.All(v.lang) {
		g := &out[place[t.Group]]
		g.Options = append(g.Options, option{Value: t.Code, Label: t.Label(v.lang)})
	}
	return out
}

// skillRow is one skill in the form: a row without a name offers all tags.
type skillRow struct {
	N               int
	Tag, Name       string
	Stances, Levels []option
	Mentor          bool
	CanMentor       bool // offers the tick: only who offers a skill can mentor in it
}

// Picker is the name of the field for who sees the skill.
func (r skillRow) Picker() string { return pickerName(strconv.Itoa(r.N)) }

// skillRows are the rows for list, and one more to add to it.
func (v *visit) skillRows(list []node.PersonSkill) []skillRow {
	list = append(slices.Clone(list), node.PersonSkill{Stance: node.Offer, Level: 2})
	rows := make([]skillRow, 0, len(list))
	for n, s := range list {
		row := skillRow{N: n, Tag: s.Tag, Mentor: s.CanMentor, CanMentor: s.CanMentor || s.Stance == node.Offer}
		if s.Tag != "" {
			row.Name = v.skillName(s)
		}
		for _, stance := range node.Stances {
			row.Stances = append(row.Stances, option{Value: string(stance), Label: v.t("stance." + string(stance)), On: stance == s.Stance})
		}
		for level := range 4 { // 0 is for interests
			l := strconv.Itoa(level)
			row.Levels = append(row.Levels, option{Value: l, Label: v.t("level." + l), On: level == s.Level})
		}
		rows = append(rows, row)
	}
	return rows
}

// maxSkillRows bounds what one form can hold.
const maxSkillRows = 60

// postedSkills reads the rows that were sent, without the one to remove. An
// interest has no level, whatever its row says.
func (v *visit) postedSkills(remove string) []node.PersonSkill {
	var out []node.PersonSkill
	for n := range maxSkillRows {
		i := strconv.Itoa(n)
		if !v.Request.PostForm.Has("tag." + i) {
			break
		}
		s := node.PersonSkill{Tag: v.posted("tag." + i), Stance: node.Stance(v.posted("stance." + i)), CanMentor: v.posted("mentor."+i) == "yes"}
		if s.Tag == "" || i == remove {
			continue
		}
		s.Audience = node.Audience(v.posted(pickerName(i)))
		if s.Stance != node.Interest {
			s.Level = int(number(v.posted("level." + i)))
		}
		out = append(out, s)
	}
	return out
}
