package node

import "slices"

// Stance is how a person stands to a skill.
type Stance string

// The stances.
const (
	Offer    Stance = "offer"    // can help others with it
	Learning Stance = "learning" // is learning it
	Interest Stance = "interest" // would like to know more
)

// Stances lists all, in the order in which pages show them.
var Stances = []Stance{Offer, Learning, Interest}

// PersonSkill is one skill of a person's profile.
type PersonSkill struct {
	Tag       string // code of the vocabulary, e.g. "crm-migration"
	TermSet   string // IRI of the vocabulary; empty means the built-in one
	Name      string // label as the origin wrote it; set on remote skills only
	Stance    Stance
	Level     int  // 1 to 3; 0 with stance interest
	CanMentor bool // only with stance offer
	// Audience is who may see the skill, if they may open the profile; empty means the networks.
	Audience Audience
}

// Validate reports a skill that contradicts itself. known tells whether a code is in the vocabulary.
func (s PersonSkill) Validate(known func(code string) bool) error {
	if !slices.Contains(Stances, s.Stance) {
		return Invalid("skills", "error.skill.stance", "stance", string(s.Stance))
	}
	if !known(s.Tag) {
		return Invalid("skills", "error.skill.tag", "tag", s.Tag)
	}
	if s.Stance == Interest {
		if s.Level != 0 {
			return Invalid("skills", "error.skill.interestLevel", "tag", s.Tag)
		}
	} else if s.Level < 1 || s.Level > 3 {
		return Invalid("skills", "error.skill.level", "tag", s.Tag)
	}
	if s.CanMentor && s.Stance != Offer {
		return Invalid("skills", "error.skill.mentor", "tag", s.Tag)
	}
	return nil
}
