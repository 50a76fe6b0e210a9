package people_test

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/poweron-network/poweron/node/job"
	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/people"
	"github.com/poweron-network/poweron/node/store"
)

// TestMailedLinksTellNothing: a known and an unknown address are answered alike,
// and only the known one gets a mail, by a job that survives the process.
func TestMailedLinksTellNothing(t *testing.T) {
	n := nodetest.NewNode(t)
	box := &nodetest.Mailbox{}
	n.People.Mail = box
	n.Person(t, "ana", "member")
	ana, err := n.People.Person(t.Context(), n.Operator, "ana")
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{ana.Email, "nobody@elsewhere.example"} {
		if err := n.People.SendLink(t.Context(), address); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
	if len(box.Sent()) != 0 {
		t.Error("a mail was sent before the answer: its time tells who is known")
	}
	jobs := &job.Runner{DB: n.DB, Now: n.Clock.Now, Log: slog.New(slog.DiscardHandler), Kind: people.MailJob, Handler: n.People.HandleMail}
	box.Err = errors.New("mail server is down")
	if _, err := jobs.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	box.Err = nil
	n.Clock.Add(time.Minute)
	if _, err := jobs.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	sent := box.Sent()
	if len(sent) != 2 || sent[1].To != ana.Email {
		t.Fatalf("sent: %+v", sent)
	}
	token := sent[1].Link[len(sent[1].Link)-43:]
	if p, err := n.People.SignInLink(t.Context(), token); err != nil || p.ID != ana.ID {
		t.Errorf("the mailed link is for %v, %v", p, err)
	}
	n.Clock.Add(21 * time.Minute)
	if _, err := n.People.SignIn(t.Context(), token); err == nil {
		t.Error("a mailed link works after 21 minutes")
	}
	var waiting []*store.Job
	err = n.DB.View(t.Context(), func(tx *store.Tx) (err error) {
		waiting, err = tx.DueJobs(t.Context(), people.MailJob, n.Clock.Now().Add(time.Hour), 10)
		return err
	})
	if err != nil || len(waiting) != 0 {
		t.Errorf("left behind: %v, %v", waiting, err)
	}
}
