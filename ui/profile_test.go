package ui_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/people"
	"github.com/poweron-network/poweron/node/store"
)

const profileForm = "main .cols form.form"

// canary is the word that a field of the test's person holds.
func canary(f node.Field) string { return "Canary" + string(f) }

// plant gives pia, whom people outside can follow, a word in every field, and all of it one audience.
func plant(w *world, a node.Audience) {
	w.t.Helper()
	fields := map[node.Field]node.Audience{}
	for _, f := range node.Fields {
		fields[f] = a
	}
	_, err := w.people.SaveProfile(w.t.Context(), w.viewer("pia"), people.Profile{
		Handle: "pia", Name: canary(node.FieldName), Pronouns: canary(node.FieldPronouns), RoleTitle: node.Text{"en": canary(node.FieldRole)}, Bio: node.Text{"en": canary(node.FieldBio)},
		Place: canary(node.FieldPlace), Languages: []string{"cy"}, Fields: fields, Skills: []node.PersonSkill{{Tag: "crm-migration", Stance: node.Offer, Level: 2, Audience: a}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// TestE2FieldsOnPages looks for the word of every field, in every audience, on
// every page that could tell it, with all eyes: 0 leaks, and nothing hidden too much.
func TestE2FieldsOnPages(t *testing.T) {
	w := newWorld(t)
	post := w.say("pia", node.PostInput{Audience: node.Public, Title: "The kettle", Text: "It is the server."})
	pia := w.viewer("pia")
	own, pages := "/people/pia", []string{"/people/pia", "/people", "/people?skill=crm-migration&stance=offer", "/", "/posts/" + post.ID.String(), "/feed.atom", "/gatherings", "/organizations/riverbend", "/people/nobody"}
	for _, a := range node.FieldAudiences(pia.Person, pia.Organization, nil) {
		plant(w, a)
		for _, who := range []string{"", "noa", "edi", "ada", "pia"} {
			scope := access.ScopeOf(access.Visitor)
			if who != "" {
				scope = access.ScopeOf(w.viewer(who))
			}
			seen := scope.Includes(a) || who == "pia"
			for _, path := range pages {
				body := w.get(who, path).Body
				for _, f := range node.Fields {
					word := canary(f)
					switch f {
					case node.FieldEmail:
						word = "pia@riverbend.example"
					case node.FieldLanguages:
						word = "Welsh"
					}
					there := strings.Contains(body, word)
					if f == node.FieldEmail && who == "ada" && path == own {
						continue // who makes sign-in links needs it
					}
					if f == node.FieldName && who == "pia" {
						continue // the menu names whoever is signed in
					}
					if there && !seen {
						t.Errorf("%q reads %s for %s on %s", who, f, a, path)
					}
					if path == own && there != seen {
						t.Errorf("%q reads %s for %s on their page: %v", who, f, a, there)
					}
				}
				if there := strings.Contains(body, "CRM migration"); !seen && there && !strings.HasPrefix(path, "/people?") && path != "/people" || path == own && there != seen {
					t.Errorf("%q reads a skill for %s on %s: %v", who, a, path, there)
				}
				if found := strings.Contains(body, `href="/people/pia"`); strings.HasPrefix(path, "/people?") && who != "" && who != "pia" && found != scope.Includes(a) {
					t.Errorf("%q finds by a skill for %s: %v", who, a, found)
				}
			}
		}
	}
}

// TestE3HiddenAndMissingPages: whoever may not open a profile gets for it what
// everybody gets for nobody's.
func TestE3HiddenAndMissingPages(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/people/%s", "/people/%s/edit", "/people/%s/see", "/people/%s/link", "/@%s"} {
		hidden, missing := w.get("", fmt.Sprintf(path, "mia")), w.get("", fmt.Sprintf(path, "zzz"))
		same := strings.ReplaceAll(missing.Body, "zzz", "mia")
		if hidden.Status != http.StatusNotFound || missing.Status != http.StatusNotFound || hidden.Body != same {
			t.Errorf("%s: hidden gives %d, missing %d, alike %v", path, hidden.Status, missing.Status, hidden.Body == same)
		}
	}
}

// TestSeeAs compares what the page shows its owner with what those read whom it stands for.
func TestSeeAs(t *testing.T) {
	w := newWorld(t)
	w.say("pia", node.PostInput{Audience: node.Public, Text: "for everyone"})
	w.say("pia", node.PostInput{Audience: node.OrganizationOnly(w.organization.ID), Text: "among us"})
	pia := w.viewer("pia")
	for _, a := range node.FieldAudiences(pia.Person, pia.Organization, nil) {
		plant(w, a)
		for as, who := range map[string]string{"visitor": "", "follower": "", "node": "noa"} {
			shown, real := w.get("pia", "/people/pia/see?as="+as), w.get(who, "/people/pia")
			if got, want := shown.said("main section.framed .cols"), real.said("main .cols"); got != want || got == "" {
				t.Errorf("fields for %s as %s: shown is %q, they read %q", a, as, got, want)
			}
		}
	}
	plant(w, node.OrganizationOnly(pia.Organization))
	if got := w.get("pia", "/people/pia/see?as=visitor").said("main"); !strings.Contains(got, "They do not see: Name, Pronouns, What you do, Place, Languages, In your own words, E-mail, CRM migration (offers it).") {
		t.Errorf("hidden is named: %s", got)
	}
	// Of whom the networks do not know anything, and people outside neither, they see nothing.
	for _, as := range []string{"visitor", "follower", "member"} {
		if p := w.get("mia", "/people/mia/see?as="+as); p.Status != http.StatusOK || p.has("section.framed") || !strings.Contains(p.said("main"), "They see nothing.") || !p.has("main .note a[href=/people/mia/edit#switches]") {
			t.Errorf("%s of a closed profile: %d %s", as, p.Status, p.said("main"))
		}
	}
	for path, want := range map[string]int{
		"/people/mia/see?as=admin": 404, "/people/mia/see?as=member&network=x": 404, "/people/mia/see?as=member&network=" + uuid.NewString(): 404, "/people/mia/see": 200, "/people/pia/see": 403,
	} {
		if p := w.get("mia", path); p.Status != want {
			t.Errorf("%s: %d, want %d", path, p.Status, want)
		}
	}
	if on := w.get("mia", "/people/mia/see?as=node").said("nav.tabs [aria-current]"); on != "My organization" {
		t.Errorf("lit is %q", on)
	}
}

// TestProfileAudiences saves what was picked, and keeps it while something else is wrong.
func TestProfileAudiences(t *testing.T) {
	w := newWorld(t)
	mia := w.viewer("mia")
	self, inside := string(node.Only(mia.Person)), string(node.OrganizationOnly(mia.Organization))
	answers := map[string]string{
		"pronouns": "she", "place": "Leeds", "audience.name": inside, "audience.pronouns": "networks", "audience.place": self, "audience.email": inside, "unlisted": "yes",
		"tag.0": "crm-migration", "level.0": "2", "audience.0": self,
	}
	p := w.get("mia", "/people/mia/edit")
	for f, want := range map[string]string{"name": "networks", "pronouns": inside, "role": "networks", "place": inside, "languages": "networks", "bio": inside, "email": self} {
		if got := p.fields(profileForm).Get("audience." + f); got != want {
			t.Errorf("%s begins with %s, want %s", f, got, want)
		}
	}
	wrong := fill(p, profileForm, answers)
	wrong.Set("name", "")
	if p = w.post("mia", "/people/mia/edit", wrong); p.Status != http.StatusUnprocessableEntity {
		t.Fatalf("without a name: %d", p.Status)
	}
	for name, want := range answers {
		if got := p.fields(profileForm).Get(name); got != want && name != "tag.0" {
			t.Errorf("%s came back as %q, want %q", name, got, want)
		}
	}
	// A row that is added or taken away takes nothing of the others with it.
	more := p.fields(profileForm)
	more.Set("do", "add")
	more.Set("tag.1", "facilitation")
	more.Set("level.1", "1")
	more.Set("audience.1", "public")
	more = w.post("mia", "/people/mia/edit", more).fields(profileForm)
	more.Set("do", "remove.0")
	if got := w.post("mia", "/people/mia/edit", more).fields(profileForm); got.Get("tag.0") != "facilitation" || got.Get("audience.0") != "public" || got.Get("audience.1") != "networks" {
		t.Errorf("after taking away the first skill: %v", got)
	}
	right := p.fields(profileForm)
	right.Set("name", "Mia")
	if p = w.post("mia", "/people/mia/edit", right); p.location() != "/people/mia?done=profile" {
		t.Fatalf("saving: %d %s", p.Status, p.said("main"))
	}
	got := must(w.people.Person(t.Context(), mia, "mia"))
	if got.Pronouns != "she" || got.Place != "Leeds" || !got.Unlisted || string(got.AudienceOf(node.FieldName)) != inside || got.AudienceOf(node.FieldPronouns) != node.Networks ||
		string(got.AudienceOf(node.FieldPlace)) != self || string(got.AudienceOf(node.FieldEmail)) != inside || len(got.Skills) != 1 || string(got.Skills[0].Audience) != self {
		t.Errorf("saved is %+v", got)
	}
	if p := w.get("noa", "/people"); strings.Contains(p.Body, "/people/mia") {
		t.Error("who asked to be left out is in the list")
	}
	if p := w.get("mia", "/people/mia/edit"); !strings.Contains(p.said("#switches"), "E-mail: My organization") || !strings.Contains(p.said("#switches"), "Pronouns: People who sign in here") {
		t.Errorf("what was opened: %s", p.said("#switches"))
	}
	for field, value := range map[string]string{"audience.bio": "network:" + uuid.NewString(), "audience.role": "group:moderators", "audience.0": "person:" + uuid.NewString()} {
		sent := fill(w.get("mia", "/people/mia/edit"), profileForm, map[string]string{field: value, "place": "kept"})
		p := w.post("mia", "/people/mia/edit", sent)
		id := "f-" + strings.ReplaceAll(field, ".", "-")
		if p.Status != http.StatusUnprocessableEntity || !p.has("[role=alert] a[href=#"+id+"]") || p.fields(profileForm).Get("place") != "kept" {
			t.Errorf("%s for %s: %d %s", field, value, p.Status, p.said("[role=alert]"))
		}
	}
}

// TestE1AdminForm: an admin has no pickers, and what they do not see stays as it is.
func TestE1AdminForm(t *testing.T) {
	w := newWorld(t)
	mia := w.viewer("mia")
	self := node.Only(mia.Person)
	_, err := w.people.SaveProfile(t.Context(), mia, people.Profile{
		Handle: "mia", Name: "Mia Hidden", Pronouns: "she", Bio: node.Text{"en": "Mine alone"}, Fields: map[node.Field]node.Audience{node.FieldName: self, node.FieldBio: self},
		Skills: []node.PersonSkill{{Tag: "crm-migration", Stance: node.Offer, Level: 2, Audience: self}},
	})
	if err != nil {
		t.Fatal(err)
	}
	p := w.get("ada", "/people/mia/edit")
	if p.Status != http.StatusOK || p.has("#f-name") || strings.Contains(p.Body, "Hidden") || strings.Contains(p.Body, "Mine alone") || strings.Contains(p.said(profileForm+" .rows"), "CRM migration Remove") {
		t.Errorf("an admin reads: %s", p.said("main"))
	}
	for name := range p.fields(profileForm) {
		if strings.HasPrefix(name, "audience.") || name == "unlisted" {
			t.Errorf("an admin is asked %s", name)
		}
	}
	if p.has("#followable") || p.has("#in-networks") || strings.Contains(p.said("main"), "What was opened") {
		t.Error("an admin is offered what is the person's alone")
	}
	sent := fill(p, profileForm, map[string]string{"pronouns": "they", "bio-en": "Overwritten", "audience.pronouns": "public"})
	if p := w.post("ada", "/people/mia/edit", sent); p.location() != "/people/mia?done=profile" {
		t.Fatalf("an admin saves: %d %s", p.Status, p.said("main"))
	}
	got := must(w.people.Person(t.Context(), mia, "mia"))
	if got.Name != "Mia Hidden" || got.Bio["en"] != "Mine alone" || got.Pronouns != "they" || len(got.Skills) != 1 || got.AudienceOf(node.FieldPronouns) != node.OrganizationOnly(mia.Organization) {
		t.Errorf("saved is %+v", got)
	}
}

// TestNetworkSwitch goes on and off, and says before what each does.
func TestNetworkSwitch(t *testing.T) {
	w := newWorld(t)
	p := w.get("mia", "/people/mia/edit")
	if got := p.said("#in-networks"); !strings.Contains(got, "They then read exactly this: Name Mia Member Handle @mia@node.example Organization Riverbend") || strings.Contains(got, "mia@riverbend.example") {
		t.Errorf("before: %s", got)
	}
	if p := w.post("mia", "/people/mia/listed", url.Values{"on": {"yes"}}); p.location() != "/people/mia?done=in-networks" {
		t.Fatalf("on: %d %s", p.Status, p.said("main"))
	}
	if v := w.viewer("mia"); !v.Listed {
		t.Error("she is not shown")
	}
	if got := w.get("mia", "/people/mia/see?as=member").said("section.framed"); !strings.Contains(got, "Mia Member") {
		t.Errorf("members see %q", got)
	}
	p = w.post("mia", "/people/mia/listed", url.Values{"on": {"no"}})
	if p.Status != http.StatusUnprocessableEntity || !p.has("[role=alert] a[href=#f-sure-networks]") || p.value("#f-sure-networks", "aria-describedby") != "f-sure-networks-e" || p.has("#f-sure") {
		t.Errorf("off without the tick: %d %s", p.Status, p.said("[role=alert]"))
	}
	if p := w.post("mia", "/people/mia/listed", url.Values{"on": {"no"}, "sure": {"yes"}}); p.location() != "/people/mia?done=out-of-networks" || w.viewer("mia").Listed {
		t.Errorf("off: %d %s", p.Status, p.said("main"))
	}
	if got := w.get("mia", "/people/mia/edit").said("#switches"); !strings.Contains(got, "Your networks find you today") {
		t.Errorf("noted is %s", got)
	}
}

// TestConfirmNetworks asks at the first sign-in about what a command recorded.
func TestConfirmNetworks(t *testing.T) {
	w := newWorld(t)
	for handle, answer := range map[string]string{"nia": "yes", "ned": "no"} {
		_, link, err := w.people.AddPerson(t.Context(), operator(w), people.NewPerson{Name: "New " + handle, Handle: handle, Email: handle + "@riverbend.example", Network: true})
		if err != nil {
			t.Fatal(err)
		}
		w.session[handle] = w.signIn(link)
		if got := w.get(handle, "/").said("ol.string li.lit"); !strings.Contains(got, "your networks find you? ") || !strings.Contains(got, "New "+handle) {
			t.Errorf("%s is asked %q", handle, got)
		}
		p := w.post(handle, "/confirm-networks", url.Values{"answer": {answer}})
		if want := map[string]string{"yes": "/?done=confirmed", "no": "/?done=out-of-networks"}[answer]; p.location() != want || w.viewer(handle).Listed != (answer == "yes") {
			t.Errorf("%s answers %s: %d to %q", handle, answer, p.Status, p.location())
		}
		if w.get(handle, "/").has("ol.string li.lit") {
			t.Errorf("%s is asked again", handle)
		}
	}
	if p := w.post("", "/confirm-networks", nil); p.Status != http.StatusForbidden {
		t.Errorf("a visitor confirms: %d", p.Status)
	}
}

// TestMarksSayWhoSeesWhat: the person reads beside each field who sees it, others do not.
func TestMarksSayWhoSeesWhat(t *testing.T) {
	w := newWorld(t)
	plant(w, node.Only(w.viewer("pia").Person))
	if n := strings.Count(w.get("pia", "/people/pia").said("main"), "Only me"); n != len(node.Fields)+1 {
		t.Errorf("the owner reads %d marks, want one for each field and the skill", n)
	}
	for _, who := range []string{"", "noa", "ada"} {
		if got := w.get(who, "/people/pia").said("main"); strings.Contains(got, "Only me") {
			t.Errorf("%q reads who sees what: %s", who, got)
		}
	}
	err := w.db.Write(t.Context(), func(tx *store.Tx) error {
		return tx.PutAudit(t.Context(), &node.AuditEntry{ID: uuid.New(), About: w.viewer("pia").Person, What: "audit.unheard", At: w.now})
	})
	if err != nil || strings.Contains(w.get("pia", "/people/pia/edit").Body, "audit.unheard") {
		t.Errorf("what nobody wrote words for is shown: %v", err)
	}
}

// TestGuestPages: people of an organization that this node hosts are of that
// organization, on their pages and in lists.
func TestGuestPages(t *testing.T) {
	w := newWorld(t)
	guests := &node.Organization{ID: uuid.Must(uuid.NewV7()), Handle: "harbor", Name: "Harbor Street", Languages: []string{"en"}, Kind: node.GuestOrganization, CreatedAt: w.now, UpdatedAt: w.now, Version: 1}
	if err := w.db.Write(t.Context(), func(tx *store.Tx) error { return tx.PutOrganization(t.Context(), guests) }); err != nil {
		t.Fatal(err)
	}
	for _, p := range []people.NewPerson{{Handle: "gia", Role: node.Admin}, {Handle: "gus", Followable: true}} {
		p.Name, p.Email, p.Organization = "Guest "+p.Handle, p.Handle+"@harbor.example", guests.ID
		_, link, err := w.people.AddPerson(t.Context(), operator(w), p)
		if err != nil {
			t.Fatal(err)
		}
		w.session[p.Handle] = w.signIn(link)
	}
	for who, path := range map[string]string{"gia": "/people/gus", "gus": "/people", "": "/people/gus", "mia": "/people/gus"} {
		if p := w.get(who, path); !strings.Contains(p.said("main .from"), "Harbor Street") || strings.Contains(p.said("main"), "Riverbend") {
			t.Errorf("%q reads on %s: %s", who, path, p.said("main"))
		}
	}
	if got := w.get("gus", "/").said("ol.string"); !strings.Contains(got, "Organization Harbor Street") {
		t.Errorf("he is asked %q", got)
	}
	for who, other := range map[string]string{"gia": "/people/mia", "mia": "/people/gus", "ada": "/people/gus"} {
		if strings.Contains(w.get(who, "/people").Body, `"`+other+`"`) {
			t.Errorf("%s reads %s in the list of their own organization", who, other)
		}
	}
	// They are in no network together: of the others they find nothing.
	for path, want := range map[string]int{"/people/mia/edit": 404, "/people/mia/link": 404, "/people/gus/edit": 200, "/people/gus/link": 200, "/people/new": 200, "/admin/held": 404} {
		if p := w.get("gia", path); p.Status != want {
			t.Errorf("the admin of the guests gets %d for %s, want %d", p.Status, path, want)
		}
	}
	if p := w.get("ada", "/people/gus/link"); p.Status != 403 {
		t.Errorf("an admin of the node gets %d for a link of a guest", p.Status)
	}
}
