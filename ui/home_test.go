package ui_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/store"
)

// Who answers and is answered reads of it once, though servers name in a reply
// whom it is to.
func TestNoticesSayAReplyOnce(t *testing.T) {
	w := newWorld(t)
	post := w.say("pia", node.PostInput{Audience: node.Public, Text: "Kettles"})
	sam := w.remote("sam", "stone.example", "Sam")
	reply, other := uuid.MustParse(w.arrive(sam, "<p>yes</p>", post.URI, 0)), uuid.MustParse(w.arrive(sam, "<p>no</p>", post.URI, 0))
	for _, id := range []uuid.UUID{reply, other} {
		w.post("ada", "/admin/held/"+id.String()+"/accept", nil)
	}
	pia := w.viewer("pia").Person
	err := w.db.Write(t.Context(), func(tx *store.Tx) error {
		for _, n := range []struct {
			verb string
			item uuid.UUID
		}{{"reply", reply}, {"mention", reply}, {"like", post.ID}} {
			if err := tx.PutNotice(t.Context(), uuid.Must(uuid.NewV7()), pia, n.verb, sam.URI, n.item, w.now); err != nil {
				return err
			}
		}
		return tx.PutNotice(t.Context(), uuid.Must(uuid.NewV7()), w.viewer("mia").Person, "mention", sam.URI, other, w.now)
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := w.get("pia", "/").said("aside"); strings.Contains(got, "mentioned you: yes") || strings.Count(got, "replied: yes") != 1 || !strings.Contains(got, "Sam likes") {
		t.Errorf("she reads: %s", got)
	}
	if got := w.get("mia", "/").said("aside"); !strings.Contains(got, "mentioned you: no") {
		t.Errorf("who was only mentioned reads: %s", got)
	}
}

// The head of the start page leads to the next gathering that takes place.
func TestNextGathering(t *testing.T) {
	w := newWorld(t)
	if w.get("mia", "/").has("#next") {
		t.Error("there is one before any was announced")
	}
	off, on := w.convene("Dinner"), w.convene("Lunch")
	w.now = w.now.Add(time.Minute)
	w.post("edi", "/gatherings/"+off.ID.String()+"/cancel", nil)
	p := w.get("mia", "/")
	if got := p.said("#next"); got != "Next gathering: Lunch , 12 December, 10:00" || !p.has("#next a[href=/gatherings/"+on.ID.String()+"]") {
		t.Errorf("the head says %q", got)
	}
}
