package vocab

import (
	"regexp"
	"slices"
	"strings"

	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/markup"
	"github.com/poweron-network/poweron/node/skillset"
	"github.com/poweron-network/poweron/schema"
)

// maxSkills bounds what we keep of a foreign profile.
const maxSkills = 100

// putSkills writes skills for servers that understand them: an offer is what
// somebody knows about; learning and interest are what they are interested in,
// told apart by a level (design.md 9, "Skills on the wire").
func putSkills(doc jsonld.Object, p *node.Person, set *skillset.Set) {
	var knows, interested []jsonld.Object
	for _, s := range p.Skills {
		term := jsonld.Object{
			"type": "DefinedTerm", "name": nameOf(s, set, p.Lang), "termCode": s.Tag,
			"inDefinedTermSet": firstOf(s.TermSet, schema.SkillSet),
		}
		if s.Stance != node.Interest {
			term["skillLevel"] = s.Level
		}
		if s.Stance != node.Offer {
			interested = append(interested, term)
			continue
		}
		if s.CanMentor {
			term["canMentor"] = true
		}
		knows = append(knows, term)
	}
	if len(knows) > 0 {
		doc["knowsAbout"] = knows
	}
	if len(interested) > 0 {
		doc["interestedIn"] = interested
	}
}

// labels joins the names of the skills that pick chooses.
func labels(p *node.Person, set *skillset.Set, pick func(node.PersonSkill) bool) string {
	var names []string
	for _, s := range p.Skills {
		if pick(s) {
			names = append(names, nameOf(s, set, p.Lang))
		}
	}
	return strings.Join(names, ", ")
}

// nameOf is the name of a skill in lang: the vocabulary's, or its own if it is of another one.
func nameOf(s node.PersonSkill, set *skillset.Set, lang string) string {
	if s.Name != "" {
		return s.Name
	}
	return set.Label(s.Tag, lang)
}

// hashtags are what everybody's servers understand of skills.
func hashtags(o node.Origin, skills []node.PersonSkill, set *skillset.Set) []jsonld.Object {
	tags := []jsonld.Object{}
	var seen []string
	for _, s := range skills {
		name := set.Hashtag(s.Tag)
		if name == "" || slices.Contains(seen, name) {
			continue
		}
		seen = append(seen, name)
		tags = append(tags, jsonld.Object{"type": "Hashtag", "name": name, "href": string(o) + "/people?skill=" + s.Tag})
	}
	return tags
}

// termCode is the form of a code of a skill vocabulary.
var termCode = regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]{0,63}$`)

// readSkills is putSkills backwards. Only terms of a vocabulary count: text and
// hashtags name no skill that could be matched.
func readSkills(doc jsonld.Object) []node.PersonSkill {
	var skills []node.PersonSkill
	for _, key := range []string{"knowsAbout", "interestedIn"} {
		for _, term := range doc.Objects(key) {
			s, ok := readSkill(term, key == "knowsAbout")
			if ok && len(skills) < maxSkills {
				skills = append(skills, s)
			}
		}
	}
	return skills
}

func readSkill(term jsonld.Object, offered bool) (node.PersonSkill, bool) {
	s := node.PersonSkill{
		Tag: term.String("termCode"), TermSet: term.IDOf("inDefinedTermSet"), Name: markup.Name(lead(term, "name")),
		Stance: node.Interest,
	}
	if !termCode.MatchString(s.Tag) || !isLink(s.TermSet) {
		return s, false
	}
	if s.TermSet == schema.SkillSet {
		s.TermSet = "" // ours
	}
	level, told := term.Number("skillLevel")
	switch {
	case offered:
		s.Stance, s.CanMentor = node.Offer, term.Bool("canMentor")
	case told:
		s.Stance = node.Learning
	default:
		return s, true
	}
	s.Level = int(min(max(level, 1), 3)) // a level that is not told is the first
	return s, true
}
