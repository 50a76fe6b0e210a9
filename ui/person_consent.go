package ui

import (
	"context"
	"net/http"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
)

// setter switches a consent of a person.
type setter func(ctx context.Context, v access.Viewer, handle string, on bool) (*node.Person, error)

// personFollowable switches on or off that people outside can follow. Off
// deletes public posts for good, so it has to be ticked as well.
func personFollowable(v *visit) error {
	return v.switchConsent(v.s.People.SetFollowable, "followable", "unfollowable", func(p *personEditPage) {
		p.Outside.SureError = v.t("open.off.sure.missing")
		p.Form.Problems = []problem{{"f-sure", p.Outside.SureError}}
	})
}

// personNetworks switches on or off that the networks see a person. Off deletes
// what they said there, so it has to be ticked as well.
func personNetworks(v *visit) error {
	return v.switchConsent(v.s.People.SetInNetworks, "in-networks", "out-of-networks", func(p *personEditPage) {
		p.Networks.SureError = v.t("listed.off.sure.missing")
		p.Form.Problems = []problem{{"f-sure-networks", p.Networks.SureError}}
	})
}

func (v *visit) switchConsent(set setter, on, off string, unsure func(*personEditPage)) error {
	person, err := v.personToEdit()
	if err != nil {
		return err
	}
	if !access.CanOpenPerson(v.viewer, person) {
		return node.ErrForbidden
	}
	yes := v.posted("on") == "yes"
	if !yes && v.posted("sure") != "yes" {
		p, err := v.profilePage(person, v.profileValues(person), person.Skills)
		if err != nil {
			return err
		}
		p.Problem = true
		unsure(p)
		return v.show(http.StatusUnprocessableEntity, "person_edit", p)
	}
	if _, err := set(v.ctx(), v.viewer, person.Handle, yes); err != nil {
		return err
	}
	done := off
	if yes {
		done = on
	}
	return v.done("/people/"+person.Handle, done)
}

// confirmFollowable records the answer to the question of the first sign-in.
func confirmFollowable(v *visit) error {
	return v.answerConsent(v.s.People.ConfirmFollowable, v.s.People.SetFollowable, "unfollowable")
}

// confirmNetworks is confirmFollowable for the networks.
func confirmNetworks(v *visit) error {
	return v.answerConsent(v.s.People.ConfirmInNetworks, v.s.People.SetInNetworks, "out-of-networks")
}

func (v *visit) answerConsent(confirm func(context.Context, access.Viewer) error, set setter, off string) error {
	if v.me == nil {
		return node.ErrSignedOut
	}
	if v.posted("answer") == "no" {
		if _, err := set(v.ctx(), v.viewer, v.me.Handle, false); err != nil {
			return err
		}
		return v.done("/", off)
	}
	if err := confirm(v.ctx(), v.viewer); err != nil {
		return err
	}
	return v.done("/", "confirmed")
}
