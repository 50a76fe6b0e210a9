package inbox

import (
	"context"
	"net/http"
	"slices"

	"github.com/poweron-network/poweron/federation/address"
	"github.com/poweron-network/poweron/federation/jsonld"
)

// ours are the types of activities that anybody may send to a network and its
// members: those about membership, on which their handlers decide, and those
// that only take the sender's own words back.
var ours = map[string]bool{
	"Join": true, "Leave": true, "Invite": true, "Accept": true, "TentativeAccept": true, "Reject": true, "Delete": true, "Undo": true,
}

// outsider is the answer to who speaks to a network without being a member.
var outsider = &refusal{status: http.StatusForbidden, reason: "only members of the network may send this"}

// admit refuses what is for a network and comes from nobody who is an effective
// member of it, as we are (federation.md 8.3, 5). The hub itself may speak. It
// reports false for what is for a network and for everyone at once: such a thing
// is dropped, as nobody can tell what was meant.
func (in *Inbox) admit(ctx context.Context, doc jsonld.Object, signer string) (bool, error) {
	if ours[doc.Type()] {
		return true, nil
	}
	origin, err := address.Origin(signer)
	if err != nil {
		return false, outsider
	}
	to, audience, public := addressees(doc)
	standing, err := in.Conversation.Standing(ctx, signer, origin, to, audience)
	switch {
	case err != nil:
		return false, err
	case len(standing.Networks) == 0, standing.Hub:
		return true, nil
	case len(standing.Shared) == 0:
		return false, outsider
	}
	return !public, nil
}

// addressees are all to whom an activity and what it carries are addressed, but
// for its actor's followers, and what they say they are for; public tells that
// everyone is among them. Most of what comes is for followers: nothing has to be
// looked up for that.
func addressees(doc jsonld.Object) (to, audience []string, public bool) {
	followers := doc.IDOf("actor") + "/followers"
	for _, d := range []jsonld.Object{doc, doc.Object("object")} {
		for _, uri := range slices.Concat(d.IDs("to"), d.IDs("cc")) {
			switch {
			case jsonld.IsPublic(uri):
				public = true
			case uri == followers:
			case len(to) < maxNamed && !slices.Contains(to, uri):
				to = append(to, uri)
			}
		}
		for _, uri := range d.IDs("audience") {
			if len(audience) < maxNamed && !slices.Contains(audience, uri) {
				audience = append(audience, uri)
			}
		}
	}
	return to, audience, public
}
