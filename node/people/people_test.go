package people_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/keyring"
	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/people"
	"github.com/poweron-network/poweron/node/skillset"
	"github.com/poweron-network/poweron/node/store"
	"github.com/poweron-network/poweron/schema"
)

// empty is a service on a database without a node.
func empty(t *testing.T) (*people.Service, *store.DB) {
	t.Helper()
	db := nodetest.Open(t)
	keys, err := keyring.Create(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	skills, err := skillset.Load(schema.Skills)
	if err != nil {
		t.Fatal(err)
	}
	return &people.Service{DB: db, Now: nodetest.NewClock().Now, Keys: keys, Skills: skills}, db
}

func setup(f func(*people.Setup)) people.Setup {
	in := people.Setup{Origin: nodetest.Origin, Organization: "Vecinos Unidos", Handle: "vecinos", AdminName: "José Ángel Núñez", AdminEmail: " Jose@Example.ORG ", Lang: "es"}
	if f != nil {
		f(&in)
	}
	return in
}

func TestInit(t *testing.T) {
	t.Parallel()
	s, db := empty(t)
	if _, err := s.Site(t.Context()); !errors.Is(err, node.ErrNoNode) {
		t.Errorf("site before init gives %v", err)
	}
	o, link, err := s.Init(t.Context(), setup(nil))
	if err != nil {
		t.Fatal(err)
	}
	site, err := s.Site(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if site.Origin != nodetest.Origin || site.Lang != "es" || len(site.NodeID) != 8 || site.SMTP || site.Organization.ID != o.ID || site.Organization.Handle != "vecinos" {
		t.Errorf("site is %+v", site)
	}
	p, err := s.SignInLink(t.Context(), strings.TrimPrefix(link, string(nodetest.Origin)+"/sign-in/"))
	if err != nil {
		t.Fatal(err)
	}
	if p.Handle != "jose_angel_nunez" || p.Role != node.Admin || p.Email != "jose@example.org" || p.Lang != "es" || p.Audience != node.Networks || p.Followable() {
		t.Errorf("the first admin is %+v", p)
	}
	for _, uri := range []string{nodetest.Origin.Relay(), nodetest.Origin.OrganizationURI(o.ID)} {
		a, _, of, err := s.LocalActor(t.Context(), access.Visitor, uri)
		if err != nil || a.URI != uri || of.ID != o.ID || !strings.Contains(a.RSAPublic, "PUBLIC KEY") || !strings.HasPrefix(a.EdPublic, "z6Mk") {
			t.Errorf("actor %s is %+v of %v, %v", uri, a, of, err)
		}
		if _, pair, err := s.SigningKeys(t.Context(), a.ID); err != nil || pair.RSA.N.BitLen() != 2048 {
			t.Errorf("keys of %s: %v", uri, err)
		}
	}
	if _, _, err := s.Init(t.Context(), setup(func(in *people.Setup) { in.Handle = "other" })); !errors.Is(err, node.ErrExists) {
		t.Errorf("a second init gives %v", err)
	}
	counts := nodetest.Verify(t, db)
	if counts["organizations"] != 1 || counts["people"] != 1 {
		t.Errorf("after a second init there are %v", counts)
	}
}

func TestInitRefuses(t *testing.T) {
	t.Parallel()
	s, db := empty(t)
	for _, c := range []struct {
		name string
		f    func(*people.Setup)
		key  string
	}{
		{"no name", func(in *people.Setup) { in.Organization = "\u202e " }, "error.name.required"},
		{"handle", func(in *people.Setup) { in.Handle = "Vecinos" }, "error.handle.form"},
		{"reserved handle", func(in *people.Setup) { in.Handle = "relay" }, "error.handle.reserved"},
		{"admin without a name", func(in *people.Setup) { in.AdminName = "" }, "error.name.required"},
		{"admin's handle", func(in *people.Setup) { in.AdminHandle = "root" }, "error.handle.reserved"},
		{"admin's address", func(in *people.Setup) { in.AdminEmail = "jose" }, "error.email.form"},
		{"language", func(in *people.Setup) { in.Lang = "fr" }, "error.lang.form"},
		{"no language", func(in *people.Setup) { in.Lang = "" }, "error.lang.form"},
	} {
		if _, _, err := s.Init(t.Context(), setup(c.f)); nodetest.Field(err) != c.key {
			t.Errorf("%s: init gives %v, want %s", c.name, err, c.key)
		}
	}
	if counts := nodetest.Verify(t, db); counts["organizations"]+counts["people"] != 0 {
		t.Errorf("a refused init leaves %v", counts)
	}
}

func TestInitMakesHandles(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Ana María Ruiz": "ana_maria_ruiz", "  O'Neil--Smith ": "o_neil_smith", "李小龍": "first_admin", "Root": "first_admin", "Vecinos": "vecinos_1",
		"Maximiliana Bartholomea Featherstonehaugh": "maximiliana_bartholomea_feathe",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := empty(t)
			_, link, err := s.Init(t.Context(), setup(func(in *people.Setup) { in.AdminName = name }))
			if err != nil {
				t.Fatal(err)
			}
			p, err := s.SignInLink(t.Context(), link[strings.LastIndexByte(link, '/')+1:])
			if err != nil || p.Handle != want {
				t.Errorf("handle of %q is %v, %v; want %s", name, p, err, want)
			}
		})
	}
}

func TestAddPerson(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	ed, mia := n.Person(t, "ed", node.Editor), n.Person(t, "mia", node.Member)
	good := people.NewPerson{Name: " Ana\nRuiz\u202e ", Email: " Ana@Example.ORG ", Handle: "Ana", RoleTitle: "Organizer", Skills: []node.PersonSkill{{Tag: "facilitation", Stance: node.Offer, Level: 2}}}
	for name, v := range map[string]access.Viewer{"visitor": access.Visitor, "remote": access.Remote("https://other.example/users/zoe"), "member": mia, "editor": ed} {
		if _, _, err := n.People.AddPerson(t.Context(), v, good); !errors.Is(err, node.ErrForbidden) {
			t.Errorf("%s adds a person: %v", name, err)
		}
	}
	p, link, err := n.People.AddPerson(t.Context(), n.Admin, good)
	if err != nil {
		t.Fatal(err)
	}
	if p.Name != "Ana Ruiz" || p.Email != "ana@example.org" || p.Handle != "ana" || p.Role != node.Member || p.Lang != "en" || p.Audience != node.Networks || p.RoleTitle["en"] != "Organizer" {
		t.Errorf("added is %+v", p)
	}
	if got, err := n.People.SignInLink(t.Context(), strings.TrimPrefix(link, string(n.Origin)+"/sign-in/")); err != nil || got.ID != p.ID {
		t.Errorf("her link is of %v, %v", got, err)
	}
	stored, err := n.People.Person(t.Context(), n.Admin, "ana")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p, stored); diff != "" {
		t.Error(diff)
	}
	for _, c := range []struct {
		name string
		f    func(*people.NewPerson)
		key  string
	}{
		{"handle of a person", func(in *people.NewPerson) { in.Handle = "ANA" }, "error.handle.taken"},
		{"handle of the organization", func(in *people.NewPerson) { in.Handle = "riverside" }, "error.handle.taken"},
		{"reserved handle", func(in *people.NewPerson) { in.Handle = "abuse" }, "error.handle.reserved"},
		{"address of another", func(in *people.NewPerson) { in.Email = "ANA@example.org" }, "error.email.taken"},
		{"no address", func(in *people.NewPerson) { in.Email = "" }, "error.email.form"},
		{"no name", func(in *people.NewPerson) { in.Name = " \u200b" }, "error.name.required"},
		{"language", func(in *people.NewPerson) { in.Lang = "x" }, "error.lang.form"},
		{"skill", func(in *people.NewPerson) {
			in.Skills = []node.PersonSkill{{Tag: "juggling", Stance: node.Offer, Level: 1}}
		}, "error.skill.tag"},
	} {
		in := people.NewPerson{Name: "Bob", Email: "bob@example.org", Handle: "bob"}
		c.f(&in)
		if _, _, err := n.People.AddPerson(t.Context(), n.Operator, in); nodetest.Field(err) != c.key {
			t.Errorf("%s: %v, want %s", c.name, err, c.key)
		}
	}
	if _, _, err := n.People.AddPerson(t.Context(), n.Operator, people.NewPerson{Name: "Bob", Email: "bob@example.org", Handle: "bob", Role: "owner"}); !errors.Is(err, node.ErrForbidden) {
		t.Errorf("a role that there is not: %v", err)
	}
	if _, _, err := n.People.AddPerson(t.Context(), n.Operator, people.NewPerson{Name: "Bob", Email: "bob@example.org", Handle: "bob"}); err != nil {
		t.Errorf("after all that Bob cannot be added: %v", err)
	}
	n.Verify(t)
}

// TestWhoSeesAProfile has each viewer look at a closed and at a public profile.
func TestWhoSeesAProfile(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t, "ana")
	bo, ana := n.Person(t, "bo", node.Member), n.Viewer(t, "ana")
	viewers := map[string]access.Viewer{
		"visitor": access.Visitor, "remote": access.Remote("https://other.example/users/zoe"), "member": n.Person(t, "mia", node.Member),
		"editor": n.Person(t, "ed", node.Editor), "admin": n.Admin, "operator": n.Operator, "bo": bo, "ana": ana,
	}
	for name, want := range map[string]struct{ closed, public string }{ // "" not seen, "s" seen, "e" with the address
		"visitor": {"", "s"}, "remote": {"", "s"}, "member": {"s", "s"}, "editor": {"s", "s"}, "admin": {"e", "e"}, "operator": {"e", "e"}, "bo": {"e", "s"}, "ana": {"s", "e"},
	} {
		for handle, want := range map[string]string{"bo": want.closed, "ana": want.public, "nobody": ""} {
			p, err := n.People.Person(t.Context(), viewers[name], handle)
			got := ""
			switch {
			case err == nil && p.Email != "":
				got = "e"
			case err == nil:
				got = "s"
			case !errors.Is(err, node.ErrNotFound):
				t.Errorf("%s, %s: %v", name, handle, err)
			}
			if got != want {
				t.Errorf("%s sees %s: %q, want %q", name, handle, got, want)
			}
		}
		list, _, err := n.People.People(t.Context(), viewers[name], people.Page{})
		if signedIn := want.closed != ""; (err == nil) != signedIn || !signedIn && !errors.Is(err, node.ErrNotFound) {
			t.Errorf("%s lists people: %v", name, err)
		}
		for _, p := range list {
			if seesAll := name == "admin" || name == "operator"; p.Email != "" && !seesAll && p.ID != viewers[name].Person {
				t.Errorf("%s reads the address of %s in the list", name, p.Handle)
			}
		}
	}
}

func TestSaveProfile(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t, "ana")
	ana, bo := n.Viewer(t, "ana"), n.Person(t, "bo", node.Member)
	n.FanOut(t)
	in := people.Profile{
		Handle: "ana", Name: "Ana\u202e Ruiz", RoleTitle: node.Text{"es": "Organizadora"}, Bio: node.Text{"es": "Hola"}, Languages: []string{"es", "en"},
		Skills: []node.PersonSkill{{Tag: "crm-migration", Stance: node.Offer, Level: 3, CanMentor: true}, {Tag: "facilitation", Stance: node.Interest}}, Lang: "es",
	}
	n.Clock.Add(nodetest.Minutes(1))
	p, err := n.People.SaveProfile(t.Context(), ana, in)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := n.People.Person(t.Context(), ana, "ana")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p, stored); diff != "" {
		t.Error(diff)
	}
	if p.Name != "Ana Ruiz" || p.Lang != "es" || p.Role != node.Member || p.Email == "" || !p.UpdatedAt.Equal(n.Clock.Now()) {
		t.Errorf("saved is %+v", p)
	}
	for i := range in.Skills {
		in.Skills[i].Audience = node.Networks // as nothing was chosen
	}
	if diff := cmp.Diff(in.Skills, p.Skills); diff != "" {
		t.Error(diff)
	}
	events := n.Outbox(t)
	if len(events) != 1 || events[0].Verb != node.Updated || events[0].Kind != node.KindPerson || events[0].Object != p.ID || events[0].Actor != p.ActorID {
		t.Errorf("announced is %+v", events)
	}
	for _, c := range []struct {
		name string
		v    access.Viewer
		f    func(*people.Profile)
		is   error
		key  string
	}{
		{"another member", bo, nil, node.ErrForbidden, ""},
		{"visitor, of a public profile", access.Visitor, nil, node.ErrForbidden, ""},
		{"visitor, of a closed one", access.Visitor, func(in *people.Profile) { in.Handle = "bo" }, node.ErrNotFound, ""},
		{"nobody's", ana, func(in *people.Profile) { in.Handle = "nobody" }, node.ErrNotFound, ""},
		{"old version", ana, func(in *people.Profile) { in.Version = p.Version - 1 }, node.ErrConflict, ""},
		{"version read", ana, func(in *people.Profile) { in.Version = p.Version }, nil, ""},
		{"no name", ana, func(in *people.Profile) { in.Name = "\u200b" }, nil, "error.name.required"},
		{"language", ana, func(in *people.Profile) { in.Languages = []string{"es,en"} }, nil, "error.lang.form"},
		{"language of a text", ana, func(in *people.Profile) { in.Bio = node.Text{"<b>": "x"} }, nil, "error.lang.form"},
		{"skill twice", ana, func(in *people.Profile) { in.Skills = append(in.Skills, in.Skills[0]) }, nil, "error.skill.twice"},
		{"admin", n.Admin, nil, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := in
			if c.f != nil {
				c.f(&in)
			}
			_, err := n.People.SaveProfile(t.Context(), c.v, in)
			if !errors.Is(err, c.is) && c.is != nil || nodetest.Field(err) != c.key || (err == nil) != (c.is == nil && c.key == "") {
				t.Errorf("save gives %v, want %v %s", err, c.is, c.key)
			}
		})
	}
	n.FanOut(t)
	if _, err := n.People.SaveProfile(t.Context(), bo, people.Profile{Handle: "bo", Name: "Bo"}); err != nil || len(n.Outbox(t)) != 0 {
		t.Errorf("a closed profile is saved, %v, and announced: %v", err, n.Outbox(t))
	}
}

func TestSaveOrganization(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	ed := n.Person(t, "ed", node.Editor)
	changed := node.Organization{Handle: "riverside", Name: "Riverside\u202e Tenants' Union", Summary: node.Text{"en": "We organize."}, Languages: []string{"en", "es"}, Place: "Manchester, UK", Website: "https://riverside.example", Version: 1}
	for name, v := range map[string]access.Viewer{"visitor": access.Visitor, "member": n.Person(t, "mia", node.Member), "editor of another": {Person: ed.Person, Organization: ed.Person, Role: node.Admin}} {
		if err := n.People.SaveOrganization(t.Context(), v, &changed); !errors.Is(err, node.ErrForbidden) {
			t.Errorf("%s saves it: %v", name, err)
		}
	}
	if err := n.People.SaveOrganization(t.Context(), ed, &changed); err != nil {
		t.Fatal(err)
	}
	site, err := n.People.Site(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	o := site.Organization
	if o.Name != "Riverside Tenants' Union" || o.Version != 2 || o.ID != n.Organization.ID || o.Summary["en"] != "We organize." || o.Place != "Manchester, UK" {
		t.Errorf("saved is %+v", o)
	}
	if changed.Name != "Riverside\u202e Tenants' Union" {
		t.Error("what the caller passed in was changed")
	}
	events := n.Outbox(t)
	if len(events) != 1 || events[0].Verb != node.Updated || events[0].Kind != node.KindOrganization || events[0].Actor != o.ID {
		t.Errorf("announced is %+v", events)
	}
	if err := n.People.SaveOrganization(t.Context(), ed, &changed); !errors.Is(err, node.ErrConflict) {
		t.Errorf("an old version gives %v", err)
	}
	changed.Version, changed.Website = 0, "ftp://x"
	if err := n.People.SaveOrganization(t.Context(), ed, &changed); nodetest.Field(err) != "error.link.form" {
		t.Errorf("a bad link gives %v", err)
	}
	changed.Handle, changed.Website = "other", ""
	if err := n.People.SaveOrganization(t.Context(), ed, &changed); !errors.Is(err, node.ErrNotFound) {
		t.Errorf("another organization gives %v", err)
	}
	if got, err := n.People.Organization(t.Context(), "riverside"); err != nil || got.Version != 2 {
		t.Errorf("anyone reads %v, %v", got, err)
	}
}

// TestNoticesAreForWhomTheyConcern has somebody follow and like on all sides.
func TestNoticesAreForWhomTheyConcern(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t, "ana")
	ana, mia, ed := n.Viewer(t, "ana"), n.Person(t, "mia", node.Member), n.Person(t, "ed", node.Editor)
	zoe := n.Remote(t, "zoe", "other.example")
	like := func(v access.Viewer, asOrganization bool) *node.Item {
		i, err := n.Conversation.Post(t.Context(), v, node.PostInput{AsOrganization: asOrganization, Audience: node.Public, Lang: "en", Text: "Words"})
		if err != nil {
			t.Fatal(err)
		}
		n.Clock.Add(time.Second)
		if _, err := n.Conversation.ReceiveReaction(t.Context(), "like", zoe, i.URI, zoe.URI+"/likes/"+i.ID.String()); err != nil {
			t.Fatal(err)
		}
		return i
	}
	hers, ours := like(ana, false), like(ed, true)
	n.Clock.Add(time.Second)
	if err := n.Following.ReceiveFollow(t.Context(), zoe, n.Origin.OrganizationURI(n.Organization.ID), zoe.URI+"/follows/1"); err != nil {
		t.Fatal(err)
	}
	check := func(name string, v access.Viewer, want ...string) {
		t.Helper()
		list, err := n.People.Notices(t.Context(), v, 20)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, notice := range list {
			s := notice.Verb + " by " + notice.By.Handle
			if notice.Item != nil {
				s += " of " + notice.Item.Author.Handle
			}
			got = append(got, s)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s is told:\n%s", name, diff)
		}
	}
	check("ana", ana, "like by zoe@other.example of ana")
	check("an editor", ed, "follow by zoe@other.example", "like by zoe@other.example of riverside")
	check("a member", mia)
	check("a visitor", access.Visitor)
	check("a remote", access.Remote(zoe.URI))
	if list, err := n.People.Notices(t.Context(), ed, 1); err != nil || len(list) != 1 || list[0].Verb != "follow" {
		t.Errorf("the newest notice is %+v, %v", list, err)
	}
	for _, i := range []*node.Item{hers, ours} {
		if err := n.Conversation.Delete(t.Context(), n.Operator, i.ID); err != nil {
			t.Fatal(err)
		}
	}
	check("ana, whose post is deleted,", ana)
	check("an editor, after the post is deleted,", ed, "follow by zoe@other.example")
}

// TestSiteForgets has another process change what is cached.
func TestSiteForgets(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	other := nodetest.OpenNode(t, n.Folder, "")
	if err := other.People.SaveOrganization(t.Context(), other.Admin, &node.Organization{Handle: "riverside", Name: "New name"}); err != nil {
		t.Fatal(err)
	}
	n.People.Forget()
	if site, err := n.People.Site(t.Context()); err != nil || site.Organization.Name != "New name" || !site.SMTP {
		t.Errorf("site is %+v, %v", site, err)
	}
}

func TestViewerFor(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	mia := n.Person(t, "mia", node.Member)
	for handle, want := range map[string]bool{"": true, "riverside": true, "mia": false} {
		v, asOrganization, err := n.People.ViewerFor(t.Context(), handle)
		if err != nil || asOrganization != want || v.Operator != want || !want && v.Person != mia.Person {
			t.Errorf("%q acts as %+v, organization %v, %v", handle, v, asOrganization, err)
		}
	}
	guest := &node.Organization{ID: uuid.New(), Handle: "radio", Name: "Radio", Kind: node.GuestOrganization}
	if err := n.DB.Write(t.Context(), func(tx *store.Tx) error { return tx.PutOrganization(t.Context(), guest) }); err != nil {
		t.Fatal(err)
	}
	if v, asOrganization, err := n.People.ViewerFor(t.Context(), "radio"); err != nil || !asOrganization || v.Organization != guest.ID || access.Can(v, access.RunNode) {
		t.Errorf("a guest acts as %+v, organization %v, %v", v, asOrganization, err)
	}
	if _, _, err := n.People.ViewerFor(t.Context(), "nobody"); nodetest.Field(err) != "error.handle.unknown" {
		t.Errorf("nobody acts: %v", err)
	}
	if v, err := n.People.PersonViewer(t.Context(), mia.Person); err != nil || v.Person != mia.Person || v.Organization != n.Organization.ID {
		t.Errorf("work in her name is done as %+v, %v", v, err)
	}
}

// TestG1KeysBelongToTheirFolder opens a node with another node's key.
func TestG1KeysBelongToTheirFolder(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	other, err := keyring.Create(filepath.Join(t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	n.People.Keys = other
	if _, _, err := n.People.SigningKeys(t.Context(), n.Organization.ID); !errors.Is(err, node.ErrCorrupt) {
		t.Errorf("another node's key opens our keys: %v", err)
	}
}

func TestG2WhoMayRotateKeys(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t, "ana")
	before, _, err := n.People.SigningKeys(t.Context(), n.Organization.ID)
	if err != nil {
		t.Fatal(err)
	}
	for who, v := range map[string]access.Viewer{"a visitor": access.Visitor, "a member": n.Viewer(t, "ana")} {
		if _, err := n.People.RotateKeys(t.Context(), v); !errors.Is(err, node.ErrForbidden) {
			t.Errorf("%s rotates keys: %v", who, err)
		}
	}
	if a, _, err := n.People.SigningKeys(t.Context(), n.Organization.ID); err != nil || a.RSAPublic != before.RSAPublic {
		t.Errorf("keys changed for who may not: %v", err)
	}
	if _, err := n.People.RotateKeys(t.Context(), n.Admin); err != nil {
		t.Fatal(err)
	}
	a, pair, err := n.People.SigningKeys(t.Context(), n.Organization.ID)
	if err != nil || a.RSAPublic == before.RSAPublic || a.EdPublic == before.EdPublic || !pair.RSA.PublicKey.Equal(pair.RSA.Public()) {
		t.Errorf("an admin rotates keys: %+v, %v", a, err)
	}
	site, err := n.People.Site(t.Context())
	if err != nil || site.KeysSince.IsZero() {
		t.Errorf("the keys are of %v, %v", site.KeysSince, err)
	}
}
