package ui

import (
	"slices"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/conversation"
)

// networkWords names the people of one network, or of all of ours.
func (v *visit) networkWords(a node.Audience) string {
	if id, one := a.Network(); one {
		if v.namesOfNetworks == nil { // read once for a page
			v.namesOfNetworks = v.networkNames()
		}
		if name := v.namesOfNetworks[id]; name != "" {
			return v.t("audience.in", "network", name)
		}
		return v.t("audience.in.unknown")
	}
	if v.me != nil && len(v.viewer.Networks) == 0 {
		return v.t("who.networks.later")
	}
	return v.t("audience.networks")
}

// audienceHint says of an audience in the picker whom it reaches.
func (v *visit) audienceHint(a node.Audience, reaches map[uuid.UUID]conversation.Reach) string {
	switch a.Kind() {
	case "organization":
		return v.t("audience.organization.hint")
	case "public":
		return v.t("audience.public.hint")
	case "networks":
		return v.t("audience.networks.hint", "count", len(v.viewer.Active))
	case "network":
		id, _ := a.Network()
		r := reaches[id]
		if r.Network == nil || r.Organizations == 0 {
			return v.t("audience.in.nobody")
		}
		return v.t("audience.in.hint", "count", r.Organizations, "network", r.Network.Name)
	}
	return ""
}

// addAudience asks who sees it. own are the audiences that the person may choose
// in person, all those that they may choose besides as the organization.
func (v *visit) addAudience(f *form, own, all []node.Audience, hint, after string) {
	reaches, err := v.s.Conversation.Reaches(v.ctx(), v.viewer)
	if err != nil {
		v.s.Log.Error("reach of networks cannot be read", "err", err)
	}
	var options []option
	for _, a := range all {
		words := v.audienceOf(a)
		o := option{Value: string(a), Audience: &words, Hint: v.audienceHint(a, reaches)}
		switch {
		case slices.Contains(own, a):
		case a == node.Public:
			o.Hint = v.t("audience.public.organization", "organization", f.Organization().Name)
		default:
			o.Hint += " " + v.t("audience.in.organization", "organization", f.Organization().Name)
		}
		options = append(options, o)
	}
	if after == "" && len(v.viewer.Active) > 0 && !v.viewer.Listed && access.Can(v.viewer, access.Write) {
		after = v.t("audience.unlisted")
	}
	f.add(field{Name: "audience", Kind: "audience", Label: "audience.label", Hint: hint, After: after, Options: options})
}

// ordered puts audiences from the narrowest to the widest, those of one width as they came.
func ordered(list []node.Audience) []node.Audience {
	out := slices.Clone(list)
	slices.SortStableFunc(out, func(a, b node.Audience) int {
		switch {
		case a.Kind() == b.Kind():
			return 0
		case access.Wider(a, b):
			return 1
		}
		return -1
	})
	return out
}
