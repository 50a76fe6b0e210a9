package store_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/store"
)

// profile is somebody whose fields all say something.
func profile(n *nodetest.Node, handle string) *node.Person {
	now := n.Clock.Now()
	return &node.Person{
		ID: newID(), OrganizationID: n.Organization.ID, Handle: handle, Name: "Name Of " + handle, Pronouns: "she", RoleTitle: node.Text{"en": "Organizer"}, Bio: node.Text{"en": "Doors."},
		Place: "Leeds", Email: handle + "@example.org", Languages: []string{"es"}, Role: node.Member, Lang: "es", Audience: node.Public, CreatedAt: now, UpdatedAt: now, Version: 1,
	}
}

func putPeople(t *testing.T, n *nodetest.Node, people ...*node.Person) {
	t.Helper()
	write(t, n.DB, func(ctx context.Context, tx *store.Tx) error {
		for _, p := range people {
			if err := tx.PutPerson(ctx, p); err != nil {
				return err
			}
		}
		return nil
	})
}

// TestPersonRoundTrip stores every part of a person, changes all that can change, and reads it back.
func TestPersonRoundTrip(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	p := profile(n, "ana")
	p.Fields = map[node.Field]node.Audience{node.FieldName: node.Only(p.ID), node.FieldEmail: node.Public}
	p.Unlisted, p.NetworkActorID, p.NetworkBy = true, newID(), "command"
	p.Skills = []node.PersonSkill{
		{Tag: "maps", Stance: node.Offer, Level: 3, CanMentor: true, Audience: node.Only(p.ID)}, {Tag: "maps", Stance: node.Learning, Level: 1, Audience: node.NetworkOnly(newID())},
	}
	read := func() (got *node.Person) {
		view(t, n.DB, func(ctx context.Context, tx *store.Tx) (err error) {
			got, err = tx.PersonSelf(ctx, p.ID)
			return err
		})
		return got
	}
	putPeople(t, n, p)
	if diff := cmp.Diff(p, read()); diff != "" {
		t.Error(diff)
	}
	p.Name, p.Pronouns, p.Place, p.Bio, p.RoleTitle, p.Languages = "Ana", "", "", nil, nil, nil
	p.Fields, p.Unlisted, p.NetworkActorID, p.NetworkBy = nil, false, uuid.Nil, ""
	p.Audience, p.Version, p.UpdatedAt = node.Networks, 2, n.Clock.Add(time.Hour)
	p.Skills = []node.PersonSkill{{Tag: "maps", Stance: node.Interest}}
	putPeople(t, n, p)
	p.Skills[0].Audience = node.Networks // as nothing was chosen
	if diff := cmp.Diff(p, read()); diff != "" {
		t.Error(diff)
	}
}

// lookers are all standings towards somebody of n's organization.
func lookers(n *nodetest.Node, p *node.Person, a, b uuid.UUID) map[string]access.Viewer {
	colleague := access.Viewer{Person: newID(), Organization: p.OrganizationID, Role: node.Member}
	admin, inA, self := colleague, colleague, colleague
	admin.Role, inA.Networks, self.Person = node.Admin, []uuid.UUID{a}, p.ID
	return map[string]access.Viewer{
		"visitor": access.Visitor, "remote": access.Remote("https://other.example/users/zoe"), "member of A": access.MemberOf(a), "member of B": access.MemberOf(b),
		"colleague": colleague, "colleague in A": inA, "admin": admin, "operator": access.Operator(p.OrganizationID), "self": self,
		"guest here": {Person: newID(), Organization: newID(), Role: node.Admin, Guest: true, Networks: []uuid.UUID{a}},
	}
}

// said lists the fields of p that say something.
func said(p *node.Person) (list []node.Field) {
	for f, there := range map[node.Field]bool{
		node.FieldName: !p.Initialed && strings.HasPrefix(p.Name, "Name"), node.FieldPronouns: p.Pronouns != "", node.FieldRole: len(p.RoleTitle) > 0, node.FieldPlace: p.Place != "",
		node.FieldLanguages: len(p.Languages) > 0, node.FieldBio: len(p.Bio) > 0, node.FieldEmail: p.Email != "",
	} {
		if there {
			list = append(list, f)
		}
	}
	return list
}

// TestE2ProfilesInTheStore reads every field in every audience with all eyes,
// through each reader of people: it is told if the scope includes its audience.
func TestE2ProfilesInTheStore(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	a, b := newID(), newID()
	reads := map[string]func(context.Context, *store.Tx, access.Scope, *node.Person) (*node.Person, error){
		"Person": func(ctx context.Context, tx *store.Tx, s access.Scope, p *node.Person) (*node.Person, error) {
			return tx.Person(ctx, s, p.Handle)
		},
		"PersonByID": func(ctx context.Context, tx *store.Tx, s access.Scope, p *node.Person) (*node.Person, error) {
			return tx.PersonByID(ctx, s, p.ID)
		},
		"People": func(ctx context.Context, tx *store.Tx, s access.Scope, p *node.Person) (*node.Person, error) {
			list, _, err := tx.People(ctx, s, store.PeopleFilter{Limit: 100})
			i := slices.IndexFunc(list, func(l *node.Person) bool { return l.ID == p.ID })
			if err != nil || i < 0 {
				return nil, errors.Join(err, node.ErrNotFound)
			}
			return list[i], nil
		},
	}
	p := profile(n, "ana")
	combinations := 0
	for _, field := range node.FieldAudiences(p.ID, p.OrganizationID, []uuid.UUID{a, b}) {
		p.Skills = []node.PersonSkill{{Tag: "maps", Stance: node.Offer, Level: 1, Audience: field}}
		for _, f := range node.Fields {
			p.SetAudience(f, field)
		}
		putPeople(t, n, p)
		for name, v := range lookers(n, p, a, b) {
			scope := access.ScopeOf(v)
			want := 0
			if scope.Includes(field) || v.Person == p.ID {
				want = len(node.Fields)
			}
			view(t, n.DB, func(ctx context.Context, tx *store.Tx) error {
				for reader, read := range reads {
					combinations++
					got, err := read(ctx, tx, scope, p)
					if err != nil {
						return err
					}
					if tells := said(got); len(tells) != want || (len(got.Skills) == 1) != (want > 0) {
						t.Errorf("%s gives %s for %s: %v and %d skills", reader, name, field, tells, len(got.Skills))
					}
					if got.Fields != nil && v.Person != p.ID {
						t.Errorf("%s tells %s who sees what", reader, name)
					}
				}
				// Who does not read the skill does not find by it either.
				list, _, err := tx.People(ctx, scope, store.PeopleFilter{Limit: 100, Skill: "maps", Stance: node.Offer})
				found := slices.ContainsFunc(list, func(l *node.Person) bool { return l.ID == p.ID })
				if found && want == 0 || !found && scope.Includes(field) {
					t.Errorf("%s finds by a skill for %s: %v", name, field, found)
				}
				return err
			})
		}
	}
	if want := 6 * 10 * len(reads); combinations != want {
		t.Errorf("%d combinations, want %d", combinations, want)
	}
}

// TestE2RandomProfiles gives each field, skill and profile an audience of its own, and compares
// what the store gives with the scope alone.
func TestE2RandomProfiles(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	a, b := newID(), newID()
	p := profile(n, "ana")
	audiences := node.FieldAudiences(p.ID, p.OrganizationID, []uuid.UUID{a, b})
	rapid.Check(t, func(r *rapid.T) {
		draw := rapid.SampledFrom(audiences)
		p.Audience, p.Unlisted = draw.Draw(r, "profile"), rapid.Bool().Draw(r, "unlisted")
		for _, f := range node.Fields {
			p.SetAudience(f, draw.Draw(r, string(f)))
		}
		p.Skills = nil
		for _, stance := range node.Stances {
			p.Skills = append(p.Skills, node.PersonSkill{Tag: "maps", Stance: stance, Level: 1, Audience: draw.Draw(r, string(stance))})
		}
		putPeople(t, n, p)
		for name, v := range lookers(n, p, a, b) {
			scope, self := access.ScopeOf(v), v.Person == p.ID
			may := func(a node.Audience) bool { return self || scope.Includes(a) }
			view(t, n.DB, func(ctx context.Context, tx *store.Tx) error {
				got, err := tx.Person(ctx, scope, "ana")
				if errors.Is(err, node.ErrNotFound) != !may(p.Audience) {
					r.Fatalf("%s opens a profile for %s: %v", name, p.Audience, err)
				}
				if err == nil {
					tells := said(got)
					for _, f := range node.Fields {
						if slices.Contains(tells, f) != may(p.AudienceOf(f)) {
							r.Errorf("%s reads %s for %s: %v", name, f, p.AudienceOf(f), tells)
						}
					}
					for _, k := range p.Skills {
						if slices.Contains(got.Skills, k) != may(k.Audience) {
							r.Errorf("%s reads a skill for %s: %v", name, k.Audience, got.Skills)
						}
					}
				}
				for _, k := range p.Skills {
					list, _, err := tx.People(ctx, scope, store.PeopleFilter{Limit: 100, Skill: k.Tag, Stance: k.Stance})
					if err != nil {
						return err
					}
					found := slices.ContainsFunc(list, func(l *node.Person) bool { return l.ID == p.ID })
					if want := may(p.Audience) && scope.Includes(k.Audience) && !p.Unlisted; found != want {
						r.Errorf("%s finds a profile for %s (unlisted %v) by a skill for %s: %v", name, p.Audience, p.Unlisted, k.Audience, found)
					}
				}
				return nil
			})
		}
	})
}

// TestF01UnlistedPeople: in no list for nobody, though who may open the profile still can.
func TestF01UnlistedPeople(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	p := profile(n, "ana")
	p.Skills = []node.PersonSkill{{Tag: "maps", Stance: node.Offer, Level: 1, Audience: node.Public}}
	for _, unlisted := range []bool{true, false} {
		p.Unlisted = unlisted
		putPeople(t, n, p)
		for name, v := range lookers(n, p, newID(), newID()) {
			view(t, n.DB, func(ctx context.Context, tx *store.Tx) error {
				if _, err := tx.Person(ctx, access.ScopeOf(v), "ana"); err != nil {
					t.Errorf("%s opens the profile, unlisted %v: %v", name, unlisted, err)
				}
				for _, skill := range []string{"", "maps"} {
					list, _, err := tx.People(ctx, access.ScopeOf(v), store.PeopleFilter{Limit: 100, Skill: skill})
					if err != nil {
						return err
					}
					if found := slices.ContainsFunc(list, func(l *node.Person) bool { return l.ID == p.ID }); found == unlisted {
						t.Errorf("%s, unlisted %v, skill %q: listed is %v", name, unlisted, skill, found)
					}
				}
				return nil
			})
		}
	}
}

// TestE3HiddenAndMissing: the answer for a profile that the viewer may not open is that for nobody's.
func TestE3HiddenAndMissing(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	p := profile(n, "ana")
	p.Audience = node.OrganizationOnly(n.Organization.ID)
	putPeople(t, n, p)
	for name, v := range lookers(n, p, newID(), newID()) {
		if v.Organization == p.OrganizationID {
			continue
		}
		view(t, n.DB, func(ctx context.Context, tx *store.Tx) error {
			scope := access.ScopeOf(v)
			_, hidden := tx.Person(ctx, scope, "ana")
			_, missing := tx.Person(ctx, scope, "nobody")
			_, hiddenID := tx.PersonByID(ctx, scope, p.ID)
			_, missingID := tx.PersonByID(ctx, scope, newID())
			for _, err := range []error{hidden, missing, hiddenID, missingID} {
				if !errors.Is(err, node.ErrNotFound) || err.Error() != missing.Error() {
					t.Errorf("%s: %v, want %v", name, err, missing)
				}
			}
			return nil
		})
	}
}

func TestAudit(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	about, by := newID(), newID()
	entries := []node.AuditEntry{
		{ID: newID(), About: about, By: by, What: "audit.field", Detail: map[string]string{"field": "bio", "to": "public"}, At: n.Clock.Now()},
		{ID: newID(), About: newID(), What: "audit.listed", At: n.Clock.Now()},
		{ID: newID(), About: about, What: "audit.networks", At: n.Clock.Now().Add(time.Minute)},
	}
	write(t, n.DB, func(ctx context.Context, tx *store.Tx) error {
		for i := range entries {
			if err := tx.PutAudit(ctx, &entries[i]); err != nil {
				return err
			}
		}
		return nil
	})
	view(t, n.DB, func(ctx context.Context, tx *store.Tx) error {
		list, err := tx.AuditOf(ctx, about, 10)
		if diff := cmp.Diff([]node.AuditEntry{entries[2], entries[0]}, list); diff != "" {
			t.Error(diff)
		}
		if one, _ := tx.AuditOf(ctx, about, 1); len(one) != 1 || one[0].What != "audit.networks" {
			t.Errorf("the newest is %+v", one)
		}
		return err
	})
	write(t, n.DB, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.PutAudit(ctx, &entries[0]); err == nil {
			t.Error("an entry is written over")
		}
		return nil
	})
}

// TestE2AuthorNames reads posts of somebody who hides her name, through every
// list of items: whoever may not see it reads initials.
func TestE2AuthorNames(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	a, b := newID(), newID()
	p := profile(n, "ana")
	i := &node.Item{
		ID: newID(), Kind: node.KindGathering, Local: true, Audience: node.Public, State: node.Live, Lang: "en", InReplyTo: "https://other.example/parent", PublishedAt: n.Clock.Now(), UpdatedAt: n.Clock.Now(),
		Version: 1, Author: node.Author{ID: p.ID, Kind: node.KindPerson}, WrittenBy: p.ID, Gathering: &node.Gathering{Start: n.Clock.Now().Add(time.Hour), Zone: "UTC", Status: node.Scheduled},
	}
	top := *i
	top.ID, top.InReplyTo = newID(), ""
	i.URI, top.URI = n.Origin.ObjectURI(i.ID), n.Origin.ObjectURI(top.ID)
	putPeople(t, n, p)
	write(t, n.DB, func(ctx context.Context, tx *store.Tx) error {
		return errors.Join(tx.InsertItem(ctx, i), tx.InsertItem(ctx, &top))
	})
	for _, field := range node.FieldAudiences(p.ID, p.OrganizationID, []uuid.UUID{a, b}) {
		p.SetAudience(node.FieldName, field)
		putPeople(t, n, p)
		for name, v := range lookers(n, p, a, b) {
			s := access.ScopeOf(v)
			view(t, n.DB, func(ctx context.Context, tx *store.Tx) error {
				lists := map[string][]*node.Item{}
				var errs [9]error
				lists["Item"], lists["ItemByURI"] = make([]*node.Item, 1), make([]*node.Item, 1)
				lists["Item"][0], errs[0] = tx.Item(ctx, s, i.ID)
				lists["ItemByURI"][0], errs[1] = tx.ItemByURI(ctx, s, i.URI)
				lists["By"], _, errs[2] = tx.By(ctx, s, p.ID, "", 10)
				lists["Home"], _, errs[3] = tx.Home(ctx, s, []uuid.UUID{p.OrganizationID}, "", 10)
				lists["Replies"], errs[4] = tx.Replies(ctx, s, i.InReplyTo, 10)
				lists["Upcoming"], errs[5] = tx.Upcoming(ctx, s, nil, n.Clock.Now(), 10)
				lists["Everything"], _, errs[6] = tx.Everything(ctx, s, "", 10)
				want := "N. O. A."
				if s.Includes(field) || v.Person == p.ID {
					want = "Name Of ana"
				}
				for list, items := range lists {
					if len(items) == 0 {
						t.Fatalf("%s is empty", list)
					}
					for _, got := range items {
						if got.Author.Name != want {
							t.Errorf("%s gives %s the author %q, whose name is for %s", list, name, got.Author.Name, field)
						}
					}
				}
				public, err := tx.PublicItems(ctx, 10)
				if errs[7] = err; err == nil && (len(public) != 1 || (public[0].Author.Name == "Name Of ana") != (field == node.Public)) {
					t.Errorf("what is for everyone has the author %+v, whose name is for %s", public, field)
				}
				stored, err := tx.StoredItem(ctx, i.URI)
				if errs[8] = err; err == nil && stored.Author.Name != "Name Of ana" {
					t.Errorf("what decides reads the author %q", stored.Author.Name)
				}
				return errors.Join(errs[:]...)
			})
		}
	}
}
