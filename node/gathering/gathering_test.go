package gathering_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/nodetest"
)

// meeting is a sound input for everyone, as the organization.
func meeting(change ...func(*node.GatheringInput)) node.GatheringInput {
	in := node.GatheringInput{
		AsOrganization: true, Audience: node.Public, Lang: "en", Name: "Roof day", Text: "Bring gloves.", Zone: "Europe/Madrid",
		Start: "2026-12-12T10:00", End: "2026-12-12T12:00", Place: "Hall", Address: "Main Street 1",
	}
	for _, f := range change {
		f(&in)
	}
	return in
}

func announce(t *testing.T, n *nodetest.Node, v access.Viewer, in node.GatheringInput) *node.Item {
	t.Helper()
	i, err := n.Gathering.Announce(t.Context(), v, in)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func TestAnnounce(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	own := node.OrganizationOnly(n.Organization.ID)
	member, open, editor := n.Person(t, "bo", node.Member), n.Followable(t, "ana"), n.Person(t, "ed", node.Editor)
	for name, c := range map[string]struct {
		v         access.Viewer
		asOrg     bool
		audience  node.Audience
		want      error
		field     string
		announced bool
	}{
		"admin as organization":       {n.Admin, true, node.Public, nil, "", true},
		"operator as organization":    {n.Operator, true, node.Public, nil, "", true},
		"editor as organization":      {editor, true, node.Public, nil, "", true},
		"editor, for us":              {editor, true, own, nil, "", false},
		"member as organization":      {member, true, node.Public, node.ErrForbidden, "", false},
		"member as organization, us":  {member, true, own, node.ErrForbidden, "", false},
		"followable person":           {open, false, node.Public, nil, "", true},
		"followable person, for us":   {open, false, own, nil, "", false},
		"non-followable person":       {member, false, node.Public, nil, "error.audience.followable", false},
		"non-followable, for us":      {member, false, own, nil, "", false},
		"operator as nobody":          {n.Operator, false, own, node.ErrSignedOut, "", false},
		"visitor":                     {access.Visitor, false, node.Public, node.ErrSignedOut, "", false},
		"remote":                      {access.Remote("https://one.example/users/zoe"), false, node.Public, node.ErrSignedOut, "", false},
		"for another organization":    {n.Admin, true, node.OrganizationOnly(uuid.New()), node.ErrForbidden, "", false},
		"for moderators":              {n.Admin, true, node.Moderators, node.ErrForbidden, "", false},
		"for a circle of others":      {open, false, node.Group(uuid.New()), node.ErrForbidden, "", false},
		"signed in as followable, no": {access.Viewer{Person: member.Person, Organization: member.Organization, Role: node.Member, Followable: true}, false, node.Public, nil, "error.audience.followable", false},
	} {
		before := len(n.Outbox(t))
		i, err := n.Gathering.Announce(t.Context(), c.v, meeting(func(in *node.GatheringInput) { in.AsOrganization, in.Audience = c.asOrg, c.audience }))
		if c.field == "" && !errors.Is(err, c.want) || nodetest.Field(err) != c.field {
			t.Errorf("%s: %v, want %v %s", name, err, c.want, c.field)
			continue
		}
		if said := len(n.Outbox(t)) - before; (said == 1) != c.announced || said > 1 {
			t.Errorf("%s: announced %d times", name, said)
		}
		if err != nil {
			continue
		}
		if i.Audience != c.audience || i.Gathering.Status != node.Scheduled || i.Version != 1 || (i.Author.Kind == node.KindOrganization) != c.asOrg {
			t.Errorf("%s: %+v", name, i)
		}
	}
	n.Verify(t)
}

func TestBadInputKeepsNothing(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	i := announce(t, n, n.Admin, meeting())
	said, counts := len(n.Outbox(t)), nodetest.Verify(t, n.DB)
	for key, f := range map[string]func(*node.GatheringInput){
		"error.gathering.name":   func(in *node.GatheringInput) { in.Name = " " },
		"error.zone":             func(in *node.GatheringInput) { in.Zone = "Europe/Atlantis" },
		"error.time.form":        func(in *node.GatheringInput) { in.Start = "soon" },
		"error.time.never":       func(in *node.GatheringInput) { in.Start, in.End = "2026-03-29T02:30", "2026-03-29T05:00" },
		"error.time.twice":       func(in *node.GatheringInput) { in.Start = "2026-10-25T02:30" },
		"error.gathering.end":    func(in *node.GatheringInput) { in.End = in.Start },
		"error.gathering.where":  func(in *node.GatheringInput) { in.Place = "" },
		"error.gathering.status": func(in *node.GatheringInput) { in.Status = "perhaps" },
		"error.lang.form":        func(in *node.GatheringInput) { in.Lang = "not a language" },
	} {
		if _, err := n.Gathering.Announce(t.Context(), n.Admin, meeting(f)); nodetest.Field(err) != key {
			t.Errorf("announce: %v, want %s", err, key)
		}
		if _, err := n.Gathering.Edit(t.Context(), n.Admin, i.ID, meeting(f)); nodetest.Field(err) != key {
			t.Errorf("edit: %v, want %s", err, key)
		}
	}
	if now := nodetest.Verify(t, n.DB); now["gatherings"] != counts["gatherings"] || now["posts"] != counts["posts"] || len(n.Outbox(t)) != said {
		t.Errorf("was %v, is %v", counts, now)
	}
}

// TestChangeNotes tells in words what people must know of, in their language.
func TestChangeNotes(t *testing.T) {
	t.Parallel()
	type step = func(*node.GatheringInput)
	status := func(s node.Status) step { return func(in *node.GatheringInput) { in.Status = s } }
	later := func(in *node.GatheringInput) { in.Start, in.End = "2026-12-13T11:00", "2026-12-13T12:00" }
	for name, c := range map[string]struct {
		before, after  step
		english, spans string // "" says nothing
	}{
		"words only": {nil, func(in *node.GatheringInput) { in.Text = "Bring gloves and hats." }, "", ""},
		"new time": {
			nil, later, "New time for “Roof day”: Sun 13 Dec 2026, 11:00 (Madrid time). It was Sat 12 Dec 2026, 10:00 (Madrid time).",
			"Nueva hora de «Roof day»: 13 de diciembre de 2026, 11:00 (hora de Madrid). Antes era 12 de diciembre de 2026, 10:00 (hora de Madrid).",
		},
		"new place": {nil, func(in *node.GatheringInput) { in.Place = "Library" }, "New place for “Roof day”: Library, Main Street 1.", "Nuevo lugar de «Roof day»: Library, Main Street 1."},
		"cancelled": {
			nil, status(node.Cancelled), "Cancelled: “Roof day”, planned for Sat 12 Dec 2026, 10:00 (Madrid time), will not take place.",
			"Cancelado: «Roof day», previsto para el 12 de diciembre de 2026, 10:00 (hora de Madrid), no se hará.",
		},
		"cancelled before": {status(node.Cancelled), status(node.Cancelled), "", ""},
		"postponed": {
			nil, status(node.Postponed), "Postponed: “Roof day”, planned for Sat 12 Dec 2026, 10:00 (Madrid time). We will tell you the new date.",
			"Aplazado: «Roof day», previsto para el 12 de diciembre de 2026, 10:00 (hora de Madrid). Avisaremos de la nueva fecha.",
		},
		"not certain": {
			nil, status(node.Tentative), "“Roof day” on Sat 12 Dec 2026, 10:00 (Madrid time) is not certain yet.",
			"«Roof day» del 12 de diciembre de 2026, 10:00 (hora de Madrid) todavía no es seguro.",
		},
		"online": {
			nil, func(in *node.GatheringInput) { in.Status, in.Link = node.MovedOnline, "https://meet.example/roof" },
			"“Roof day” moves online: https://meet.example/roof", "«Roof day» pasa a ser en línea: https://meet.example/roof",
		},
		"back after all": {
			status(node.Cancelled), status(node.Scheduled), "“Roof day” will take place after all: Sat 12 Dec 2026, 10:00 (Madrid time).",
			"«Roof day» sí se hará: 12 de diciembre de 2026, 10:00 (hora de Madrid).",
		},
		"time and place": {
			nil, func(in *node.GatheringInput) { later(in); in.Place = "Library" },
			"New time for “Roof day”: Sun 13 Dec 2026, 11:00 (Madrid time). It was Sat 12 Dec 2026, 10:00 (Madrid time). New place for “Roof day”: Library, Main Street 1.",
			"Nueva hora de «Roof day»: 13 de diciembre de 2026, 11:00 (hora de Madrid). Antes era 12 de diciembre de 2026, 10:00 (hora de Madrid). Nuevo lugar de «Roof day»: Library, Main Street 1.",
		},
	} {
		for lang, want := range map[string]string{"en": c.english, "es": c.spans, "fr": c.english} {
			t.Run(name+" "+lang, func(t *testing.T) {
				t.Parallel()
				n := nodetest.NewNode(t)
				speak := func(in *node.GatheringInput) { in.Lang = lang }
				first := []step{speak}
				if c.before != nil {
					first = append(first, c.before)
				}
				i := announce(t, n, n.Admin, meeting(first...))
				said := len(n.Outbox(t))
				if _, err := n.Gathering.Edit(t.Context(), n.Admin, i.ID, meeting(speak, c.after)); err != nil {
					t.Fatal(err)
				}
				notes, err := n.Conversation.Replies(t.Context(), access.Visitor, i.URI)
				if err != nil {
					t.Fatal(err)
				}
				got := ""
				for _, r := range notes {
					got += r.Source.In(lang, "")
					if r.Author.ID != i.Author.ID || r.Audience != node.Public || r.Lang != lang {
						t.Errorf("the note is %+v", r)
					}
				}
				if got != want {
					t.Errorf("says %q\nwant %q", got, want)
				}
				events := n.Outbox(t)[said:]
				wantEvents := 1
				if want != "" {
					wantEvents = 2
				}
				if len(events) != wantEvents || events[0].Verb != node.Updated || events[0].Object != i.ID {
					t.Errorf("announced %+v", events)
				}
				n.Verify(t)
			})
		}
	}
}

func TestStatusAndPreviousStart(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	i := announce(t, n, n.Admin, meeting())
	start := i.Gathering.Start
	edit := func(in node.GatheringInput) *node.Gathering {
		t.Helper()
		e, err := n.Gathering.Edit(t.Context(), n.Admin, i.ID, in)
		if err != nil {
			t.Fatal(err)
		}
		stored, err := n.Conversation.Item(t.Context(), access.Visitor, i.ID)
		if err != nil || stored.Version != e.Version || !stored.Gathering.PreviousStart.Equal(e.Gathering.PreviousStart) || stored.Gathering.Status != e.Gathering.Status {
			t.Fatalf("stored is %+v, %v", stored, err)
		}
		return stored.Gathering
	}
	if g := edit(meeting()); g.Status != node.Scheduled || !g.PreviousStart.IsZero() {
		t.Errorf("unmoved is %+v", g)
	}
	moved := edit(meeting(func(in *node.GatheringInput) { in.Start = "2026-12-12T11:00" }))
	if moved.Status != node.Rescheduled || !moved.PreviousStart.Equal(start) {
		t.Errorf("moved is %+v", moved)
	}
	if g := edit(meeting(func(in *node.GatheringInput) { in.Start, in.Place = "2026-12-12T11:00", "Library" })); !g.PreviousStart.Equal(start) || g.Status != node.Rescheduled {
		t.Errorf("a new place forgets the old time: %+v", g)
	}
	if g := edit(meeting(func(in *node.GatheringInput) { in.Start, in.Status = "2026-12-12T11:30", node.Tentative })); !g.PreviousStart.Equal(moved.Start) || g.Status != node.Tentative {
		t.Errorf("moved again is %+v", g)
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	i := announce(t, n, n.Admin, meeting())
	for range 2 { // the second time says nothing
		c, err := n.Gathering.Cancel(t.Context(), n.Admin, i.ID)
		if err != nil || c.Gathering.Status != node.Cancelled || c.Gathering.Place != "Hall" {
			t.Fatalf("cancelled is %+v, %v", c, err)
		}
	}
	notes, err := n.Conversation.Replies(t.Context(), access.Visitor, i.URI)
	if err != nil || len(notes) != 1 || !strings.HasPrefix(notes[0].Source["en"], "Cancelled: ") {
		t.Errorf("notes %+v, %v", notes, err)
	}
	n.Clock.Set(i.Gathering.Start.Add(time.Minute))
	if _, err := n.Gathering.Edit(t.Context(), n.Admin, i.ID, meeting(func(in *node.GatheringInput) { in.Status = node.Scheduled })); nodetest.Field(err) != "error.gathering.over" {
		t.Errorf("revived when it is over: %v", err)
	}
}

// TestA4WhoChanges asks each role to edit and to cancel.
func TestA4WhoChanges(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	own := node.OrganizationOnly(n.Organization.ID)
	ana, bo, ed := n.Followable(t, "ana"), n.Person(t, "bo", node.Member), n.Person(t, "ed", node.Editor)
	viewers := map[string]access.Viewer{"ana": ana, "bo": bo, "editor": ed, "admin": n.Admin, "operator": n.Operator, "visitor": access.Visitor, "remote": access.Remote("https://one.example/users/zoe")}
	for name, c := range map[string]struct {
		item *node.Item
		want map[string]error // who may not
	}{
		"public, by ana": {
			announce(t, n, ana, meeting(func(in *node.GatheringInput) { in.AsOrganization = false })),
			map[string]error{"bo": node.ErrForbidden, "editor": node.ErrForbidden, "admin": node.ErrForbidden, "visitor": node.ErrForbidden, "remote": node.ErrForbidden},
		},
		"own, by bo": {
			announce(t, n, bo, meeting(func(in *node.GatheringInput) { in.AsOrganization, in.Audience = false, own })),
			map[string]error{"ana": node.ErrForbidden, "editor": node.ErrForbidden, "admin": node.ErrForbidden, "visitor": node.ErrNotFound, "remote": node.ErrNotFound},
		},
		"public, by the organization": {
			announce(t, n, n.Admin, meeting()),
			map[string]error{"ana": node.ErrForbidden, "bo": node.ErrForbidden, "visitor": node.ErrForbidden, "remote": node.ErrForbidden},
		},
	} {
		for who, v := range viewers {
			before := len(n.Outbox(t))
			_, err := n.Gathering.Edit(t.Context(), v, c.item.ID, meeting(func(in *node.GatheringInput) { in.Text = "By " + who }))
			_, err2 := n.Gathering.Cancel(t.Context(), v, c.item.ID)
			if !errors.Is(err, c.want[who]) || !errors.Is(err2, c.want[who]) {
				t.Errorf("%s, %s: %v, %v, want %v", name, who, err, err2, c.want[who])
			}
			said := len(n.Outbox(t)) - before
			if quiet := c.want[who] != nil || c.item.Audience != node.Public; quiet != (said == 0) {
				t.Errorf("%s, %s: %d announcements", name, who, said)
			}
			if c.want[who] == nil { // for the next one
				if _, err := n.Gathering.Edit(t.Context(), v, c.item.ID, meeting(func(in *node.GatheringInput) { in.Status = node.Scheduled })); err != nil {
					t.Error(err)
				}
			}
		}
	}
	post, err := n.Conversation.Post(t.Context(), n.Admin, node.PostInput{AsOrganization: true, Audience: node.Public, Text: "No gathering"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.Gathering.Cancel(t.Context(), n.Admin, post.ID); !errors.Is(err, node.ErrForbidden) {
		t.Errorf("a post is cancelled: %v", err)
	}
	if _, err := n.Gathering.Cancel(t.Context(), n.Admin, uuid.New()); !errors.Is(err, node.ErrNotFound) {
		t.Errorf("an unknown one is cancelled: %v", err)
	}
}

func TestEditConflict(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	i := announce(t, n, n.Admin, meeting())
	read := func(version int64) func(*node.GatheringInput) {
		return func(in *node.GatheringInput) { in.Version, in.Place = version, "Library" }
	}
	if e, err := n.Gathering.Edit(t.Context(), n.Admin, i.ID, meeting(read(1))); err != nil || e.Version != 2 || !e.UpdatedAt.After(i.UpdatedAt) {
		t.Fatalf("edit: %+v, %v", e, err)
	}
	said := len(n.Outbox(t))
	if _, err := n.Gathering.Edit(t.Context(), n.Admin, i.ID, meeting(read(1))); !errors.Is(err, node.ErrConflict) || len(n.Outbox(t)) != said {
		t.Errorf("edit of an old version: %v", err)
	}
	n.Clock.Add(-time.Hour) // a clock that goes back makes no edit older than the one before
	e, err := n.Gathering.Edit(t.Context(), n.Admin, i.ID, meeting(read(2)))
	if err != nil || e.Version != 3 || !e.UpdatedAt.After(i.UpdatedAt) {
		t.Errorf("edit: %+v, %v", e, err)
	}
}
