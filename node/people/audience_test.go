package people_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/people"
	"github.com/poweron-network/poweron/node/store"
)

var (
	teach = node.PersonSkill{Tag: "facilitation", Stance: node.Offer, Level: 2}
	learn = node.PersonSkill{Tag: "crm-migration", Stance: node.Learning, Level: 1}
)

// seenBy is k with an audience.
func seenBy(k node.PersonSkill, a node.Audience) node.PersonSkill { k.Audience = a; return k }

// closed adds ana, some of whose fields only she sees and some only her organization.
func closed(t *testing.T, n *nodetest.Node) (access.Viewer, people.Profile) {
	t.Helper()
	ana := n.Person(t, "ana", node.Member)
	inside, self := node.OrganizationOnly(ana.Organization), node.Only(ana.Person)
	in := people.Profile{
		Handle: "ana", Name: "Ana Ruiz", Pronouns: "she", RoleTitle: node.Text{"en": "Organizer"}, Bio: node.Text{"en": "Doors."}, Place: "Leeds", Languages: []string{"es"}, Unlisted: true,
		Fields: map[node.Field]node.Audience{node.FieldName: self, node.FieldBio: self, node.FieldRole: inside},
		Skills: []node.PersonSkill{seenBy(teach, self), seenBy(learn, inside)},
	}
	if _, err := n.People.SaveProfile(t.Context(), ana, in); err != nil {
		t.Fatal(err)
	}
	return ana, in
}

// TestE1OnlyThePersonWidens: an admin, and the operator, edit what they see and widen nothing.
func TestE1OnlyThePersonWidens(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	ana, _ := closed(t, n)
	inside, self := node.OrganizationOnly(ana.Organization), node.Only(ana.Person)
	before := stored(t, n, ana.Person)
	for name, v := range map[string]access.Viewer{"admin": n.Admin, "operator": n.Operator} {
		seen, err := n.People.Person(t.Context(), v, "ana")
		if err != nil {
			t.Fatal(err)
		}
		same := people.Profile{
			Handle: "ana", Name: seen.Name, Pronouns: seen.Pronouns, RoleTitle: seen.RoleTitle, Bio: seen.Bio, Place: seen.Place, Languages: seen.Languages, Skills: seen.Skills,
		}
		for what, widen := range map[string]func(*people.Profile){
			"a field":             func(in *people.Profile) { in.Fields = map[node.Field]node.Audience{node.FieldRole: node.Networks} },
			"a field they see no": func(in *people.Profile) { in.Fields = map[node.Field]node.Audience{node.FieldBio: inside} },
			"an address":          func(in *people.Profile) { in.Fields = map[node.Field]node.Audience{node.FieldEmail: inside} },
			"a skill":             func(in *people.Profile) { in.Skills = []node.PersonSkill{seenBy(learn, node.Public)} },
			"a new skill": func(in *people.Profile) {
				in.Skills = append(slices.Clone(in.Skills), node.PersonSkill{Tag: "spreadsheets", Stance: node.Offer, Level: 1, Audience: node.Networks})
			},
		} {
			in := same
			widen(&in)
			if _, err := n.People.SaveProfile(t.Context(), v, in); nodetest.Field(err) != "error.audience.widen" {
				t.Errorf("%s opens %s: %v", name, what, err)
			}
		}
		same.RoleTitle, same.Name, same.Bio = node.Text{"en": "Lead organizer"}, "Anything", node.Text{"en": "Anything"}
		same.Skills = []node.PersonSkill{{Tag: learn.Tag, Stance: learn.Stance, Level: 3}, teach, {Tag: "spreadsheets", Stance: node.Offer, Level: 1}}
		shown, err := n.People.SaveProfile(t.Context(), v, same)
		if err != nil {
			t.Fatalf("%s edits: %v", name, err)
		}
		if shown.Name != "A. R." || len(shown.Bio) != 0 || len(shown.Skills) != 2 {
			t.Errorf("%s is shown %+v", name, shown)
		}
		p := stored(t, n, ana.Person)
		if p.Name != before.Name || p.Bio["en"] != "Doors." || p.RoleTitle["en"] != "Lead organizer" || !p.Unlisted || p.Pronouns != "she" || p.Place != "Leeds" {
			t.Errorf("%s saved %+v", name, p)
		}
		want := []node.PersonSkill{
			{Tag: learn.Tag, Stance: learn.Stance, Level: 3, Audience: inside}, {Tag: "spreadsheets", Stance: node.Offer, Level: 1, Audience: inside}, seenBy(teach, self),
		}
		if !slices.Equal(p.Skills, want) {
			t.Errorf("%s saved the skills %+v, want %+v", name, p.Skills, want)
		}
		for _, f := range node.Fields {
			if p.AudienceOf(f) != before.AudienceOf(f) {
				t.Errorf("%s made %s for %s", name, f, p.AudienceOf(f))
			}
		}
	}
	// They may make it narrower, and nobody else may touch it.
	if _, err := n.People.SaveProfile(t.Context(), n.Admin, people.Profile{Handle: "ana", RoleTitle: before.RoleTitle, Fields: map[node.Field]node.Audience{node.FieldRole: self}}); err != nil {
		t.Errorf("an admin narrows a field: %v", err)
	}
	if p := stored(t, n, ana.Person); p.AudienceOf(node.FieldRole) != self {
		t.Errorf("narrowed to %s", p.AudienceOf(node.FieldRole))
	}
	if got := audit(t, n, ana.Person); len(got) != 0 {
		t.Errorf("nothing was opened, and noted is %q", got)
	}
}

// TestE1WideningIsNoted follows what the person opens, in the order in which they do.
func TestE1WideningIsNoted(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	ana, in := closed(t, n)
	network := n.JoinNetwork(t, "ptp")
	ana = n.Viewer(t, "ana")
	only := string(node.NetworkOnly(network.ID))
	steps := []struct {
		what string
		f    func()
		want []string
	}{
		{"nothing", func() {}, nil},
		{"a field to one network", func() { in.Fields[node.FieldBio] = node.NetworkOnly(network.ID) }, []string{"audit.field bio " + only}},
		{"a field and an address", func() { in.Fields[node.FieldRole], in.Fields[node.FieldEmail] = node.Networks, node.Public }, []string{"audit.field role networks", "audit.field email public"}},
		{"narrower again", func() { in.Fields[node.FieldEmail] = node.Only(ana.Person) }, nil},
		{"a skill", func() { in.Skills[0].Audience = node.Networks }, []string{"audit.skill facilitation networks"}},
		{"a new skill for everyone", func() {
			in.Skills = append(in.Skills, node.PersonSkill{Tag: "spreadsheets", Stance: node.Interest, Audience: node.Public})
		}, []string{"audit.skill spreadsheets public"}},
		{"lists", func() { in.Unlisted = false }, []string{"audit.listed"}},
	}
	seen := 0
	for _, step := range steps {
		step.f()
		if _, err := n.People.SaveProfile(t.Context(), ana, in); err != nil {
			t.Fatalf("%s: %v", step.what, err)
		}
		got := audit(t, n, ana.Person)
		if !slices.Equal(got[seen:], step.want) {
			t.Errorf("opening %s notes %q, want %q", step.what, got[seen:], step.want)
		}
		seen = len(got)
	}
	list, err := n.People.Opened(t.Context(), ana)
	if err != nil || len(list) != seen || list[0].What != "audit.listed" || list[0].By != ana.Person || !list[0].At.Equal(n.Clock.Now()) {
		t.Errorf("she reads %+v, %v", list, err)
	}
	if list, err := n.People.Opened(t.Context(), n.Admin); err != nil || len(list) != 0 {
		t.Errorf("an admin reads %+v, %v", list, err)
	}
	for name, v := range map[string]access.Viewer{"visitor": access.Visitor, "operator": n.Operator} {
		if _, err := n.People.Opened(t.Context(), v); !errors.Is(err, node.ErrSignedOut) {
			t.Errorf("%s reads what was opened: %v", name, err)
		}
	}
}

// TestSaveProfileAudiences: what cannot be chosen is named with its field, and nothing is stored.
func TestSaveProfileAudiences(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	n.JoinNetwork(t, "ptp")
	ana := n.Person(t, "ana", node.Member)
	for name, c := range map[string]struct {
		f          func(*people.Profile)
		field, key string
	}{
		"a network that we are not in": {func(in *people.Profile) { in.Fields[node.FieldBio] = node.NetworkOnly(uuid.New()) }, "audience.bio", "error.audience.field"},
		"another organization":         {func(in *people.Profile) { in.Fields[node.FieldBio] = node.OrganizationOnly(uuid.New()) }, "audience.bio", "error.audience.field"},
		"another person":               {func(in *people.Profile) { in.Fields[node.FieldName] = node.Only(uuid.New()) }, "audience.name", "error.audience.field"},
		"moderators":                   {func(in *people.Profile) { in.Fields[node.FieldPlace] = node.Moderators }, "audience.place", "error.audience.field"},
		"nothing":                      {func(in *people.Profile) { in.Fields[node.FieldPlace] = "" }, "audience.place", "error.audience.field"},
		"a field that there is not":    {func(in *people.Profile) { in.Fields["shoes"] = node.Public }, "audience", "error.field.unknown"},
		"a skill":                      {func(in *people.Profile) { in.Skills[1].Audience = node.NetworkOnly(uuid.New()) }, "audience.1", "error.audience.field"},
		"a skill for moderators":       {func(in *people.Profile) { in.Skills[0].Audience = node.Moderators }, "audience.0", "error.audience.field"},
	} {
		in := people.Profile{Handle: "ana", Name: "Ana", Place: "Leeds", Fields: map[node.Field]node.Audience{}, Skills: []node.PersonSkill{teach, learn}}
		c.f(&in)
		_, err := n.People.SaveProfile(t.Context(), ana, in)
		var field *node.FieldError
		if !errors.As(err, &field) || field.Field != c.field || field.Key != c.key {
			t.Errorf("%s: %v, want %s %s", name, err, c.field, c.key)
		}
		if p := stored(t, n, ana.Person); p.Place != "" || p.Fields != nil || len(p.Skills) != 0 {
			t.Errorf("%s: stored is %+v", name, p)
		}
	}
}

// TestFollowableOpensWhatItNames: on opens what has its default, off takes back all that everyone sees.
func TestFollowableOpensWhatItNames(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	ana := n.Person(t, "ana", node.Member)
	self := node.Only(ana.Person)
	_, err := n.People.SaveProfile(t.Context(), ana, people.Profile{
		Handle: "ana", Name: "Ana Ruiz", RoleTitle: node.Text{"en": "Organizer"}, Bio: node.Text{"en": "Doors."}, Place: "Leeds", Pronouns: "she", Languages: []string{"es"},
		Fields: map[node.Field]node.Audience{node.FieldRole: self, node.FieldPlace: node.Public}, Skills: []node.PersonSkill{teach, seenBy(learn, self)},
	})
	if err != nil {
		t.Fatal(err)
	}
	on := set(t, n, ana, "ana", true)
	for f, want := range map[node.Field]node.Audience{
		node.FieldName: node.Public, node.FieldRole: self, node.FieldBio: node.Public, node.FieldLanguages: node.Public, node.FieldPlace: node.Public,
		node.FieldPronouns: node.OrganizationOnly(ana.Organization), node.FieldEmail: self,
	} {
		if got := on.AudienceOf(f); got != want {
			t.Errorf("on: %s is for %s, want %s", f, got, want)
		}
	}
	if on.Skills[0].Audience != node.Public || on.Skills[1].Audience != self {
		t.Errorf("on: skills are %+v", on.Skills)
	}
	visitor, err := n.People.Person(t.Context(), access.Visitor, "ana")
	if err != nil || visitor.Name != "Ana Ruiz" || len(visitor.RoleTitle) != 0 || visitor.Bio["en"] == "" || visitor.Place != "Leeds" || visitor.Pronouns+visitor.Email != "" || len(visitor.Skills) != 1 {
		t.Errorf("a visitor reads %+v, %v", visitor, err)
	}
	want := []string{"audit.field place public", "audit.followable", "audit.field name public", "audit.field languages public", "audit.field bio public", "audit.skill facilitation public"}
	if got := audit(t, n, ana.Person); !slices.Equal(got, want) {
		t.Errorf("noted is %q", got)
	}
	off := set(t, n, ana, "ana", false)
	for _, f := range node.Fields {
		want := off.DefaultAudience(f)
		if f == node.FieldRole {
			want = self
		}
		if got := off.AudienceOf(f); got != want {
			t.Errorf("off: %s is for %s, want %s", f, got, want)
		}
	}
	if off.Skills[0].Audience != node.Networks || off.Skills[1].Audience != self {
		t.Errorf("off: skills are %+v", off.Skills)
	}
}

// TestF8LinksAreMadeInOnesOwnOrganization: a link lets whoever has it act as the person.
func TestF8LinksAreMadeInOnesOwnOrganization(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	n.Person(t, "ana", node.Member)
	guest := &node.Organization{ID: uuid.Must(uuid.NewV7()), Handle: "guests", Name: "Guests", Languages: []string{"en"}, Kind: node.GuestOrganization, CreatedAt: n.Clock.Now(), UpdatedAt: n.Clock.Now(), Version: 1}
	uri := n.Origin.OrganizationURI(guest.ID)
	err := n.DB.Write(t.Context(), func(tx *store.Tx) error {
		if err := tx.PutOrganization(t.Context(), guest); err != nil {
			return err
		}
		return tx.PutLocalActor(t.Context(), &node.LocalActor{
			ID: guest.ID, Kind: node.KindOrganization, OwnerID: guest.ID, URI: uri, CreatedAt: n.Clock.Now(), Audience: node.Public,
		}, store.SealedKeys{RSA: []byte("r"), Ed25519: []byte("e")})
	})
	if err != nil {
		t.Fatal(err)
	}
	n.Member(t, n.JoinNetwork(t, "ptp"), uri, string(n.Origin), func(m *node.Membership) { m.Kind, m.Inbox = node.Guest, "" })
	in := people.NewPerson{Name: "Gus", Email: "gus@example.org", Handle: "gus", Role: node.Admin, Organization: guest.ID}
	if _, _, err := n.People.AddPerson(t.Context(), n.Operator, in); err != nil {
		t.Fatal(err)
	}
	gus, admin := n.Viewer(t, "gus"), n.Viewer(t, "ada")
	if !gus.Guest || gus.Organization != guest.ID {
		t.Fatalf("the guest is %+v", gus)
	}
	for _, c := range []struct {
		v      access.Viewer
		handle string
		want   error
	}{{gus, "ada", node.ErrForbidden}, {gus, "ana", node.ErrForbidden}, {admin, "gus", node.ErrForbidden}, {gus, "gus", nil}, {n.Admin, "ana", nil}, {n.Operator, "gus", nil}} {
		if _, err := n.People.PersonLink(t.Context(), c.v, c.handle); !errors.Is(err, c.want) {
			t.Errorf("%s makes a link for %s: %v, want %v", c.v.Organization, c.handle, err, c.want)
		}
		if _, err := n.People.SaveProfile(t.Context(), c.v, people.Profile{Handle: c.handle, Name: "Name"}); !errors.Is(err, c.want) {
			t.Errorf("%s edits %s: %v, want %v", c.v.Organization, c.handle, err, c.want)
		}
	}
	if p, err := n.People.Person(t.Context(), gus, "ana"); err != nil || p.Email != "" || p.Name == "" {
		t.Errorf("the guest reads %+v, %v", p, err)
	}
}

func TestPeoplePages(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	for _, handle := range []string{"carla", "bo", "ana", "dora", "eli"} {
		skills := []node.PersonSkill{{Tag: "facilitation", Stance: node.Offer, Level: 1}}
		if handle == "bo" || handle == "eli" {
			skills = []node.PersonSkill{{Tag: "facilitation", Stance: node.Learning, Level: 1}, {Tag: "crm-migration", Stance: node.Offer, Level: 3}}
		}
		if _, _, err := n.People.AddPerson(t.Context(), n.Operator, people.NewPerson{Name: "Same Name", Email: handle + "@example.org", Handle: handle, Skills: skills}); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name string
		page people.Page
		want int
	}{
		{"all", people.Page{}, 6},
		{"skill", people.Page{Skill: "facilitation"}, 5},
		{"skill and stance", people.Page{Skill: "facilitation", Stance: node.Learning}, 2},
		{"other stance", people.Page{Skill: "crm-migration", Stance: node.Learning}, 0},
		{"unknown skill", people.Page{Skill: "' OR 1 = 1"}, 0},
		{"broken place to go on", people.Page{After: "x"}, 6},
	} {
		for _, limit := range []int{1, 2, 5, 6, 0, -3, 1000} {
			page, seen := c.page, map[string]bool{}
			for rounds := 0; ; rounds++ {
				page.Limit = limit
				list, next, err := n.People.People(t.Context(), n.Admin, page)
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range list {
					if seen[p.Handle] {
						t.Errorf("%s, %d a page: %s comes twice", c.name, limit, p.Handle)
					}
					seen[p.Handle] = true
				}
				if next == "" || rounds > 10 {
					break
				}
				page.After = next
			}
			if len(seen) != c.want {
				t.Errorf("%s, %d a page: %d people, want %d", c.name, limit, len(seen), c.want)
			}
		}
	}
}
