package ui_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/people"
)

// fill is what a form holds, with some answers changed.
func fill(p *page, form string, answers map[string]string) url.Values {
	p.t.Helper()
	values := p.fields(form)
	for name, value := range answers {
		values.Set(name, value)
	}
	return values
}

// Each form comes back with what was typed, a list of what is wrong that links
// to the fields, and the reason beside the field.
func TestFormsKeepWhatWasTyped(t *testing.T) {
	w := newWorld(t)
	post := w.say("edi", node.PostInput{AsOrganization: true, Audience: node.Public, Title: "A", Text: "B"})
	dinner := w.convene("Dinner")
	long := strings.Repeat("n", node.MaxNameRunes+1)
	for _, c := range []struct {
		name, who, path, form string
		answers               map[string]string
		wrong                 string // id of the field
	}{
		{"post without text", "mia", "/posts/new", "main form", map[string]string{"title": "My title", "text": " "}, "f-text"},
		{"post with a long title", "mia", "/posts/new", "main form", map[string]string{"title": long, "text": "kept"}, "f-title"},
		{"post for everyone by who is not followable", "mia", "/posts/new", "main form", map[string]string{"text": "kept", "audience": "public"}, "f-audience"},
		{"post for nobody known", "mia", "/posts/new", "main form", map[string]string{"text": "kept", "audience": "group:moderators"}, "f-audience"},
		{"post in no language", "edi", "/posts/new", "main form", map[string]string{"text": "kept", "lang": "x y"}, "f-lang"},
		{"reply without text", "pia", "/posts/new?reply=" + post.ID.String(), "main form", map[string]string{"text": ""}, "f-text"},
		{"edit without text", "edi", "/posts/" + post.ID.String() + "/edit", "main form", map[string]string{"title": "New title", "text": ""}, "f-text"},
		{"gathering without a name", "edi", "/gatherings/new", "main form", map[string]string{"text": "kept", "place": "Hall"}, "f-name"},
		{"gathering at no time", "edi", "/gatherings/new", "main form", map[string]string{"name": "Kept", "start": "tomorrow", "end": "2026-12-12T10:00", "place": "Hall"}, "f-start"},
		{"gathering that ends before", "edi", "/gatherings/new", "main form", map[string]string{"name": "Kept", "start": "2026-12-12T10:00", "end": "2026-12-12T09:00", "place": "Hall"}, "f-end"},
		{"gathering in a skipped hour", "edi", "/gatherings/new", "main form", map[string]string{"name": "Kept", "start": "2027-03-14T02:30", "end": "2027-03-14T05:00", "zone": "America/New_York", "place": "Hall"}, "f-start"},
		{"gathering nowhere", "edi", "/gatherings/new", "main form", map[string]string{"name": "Kept", "start": "2026-12-12T10:00", "end": "2026-12-12T11:00"}, "f-place"},
		{"gathering in no zone", "edi", "/gatherings/new", "main form", map[string]string{"name": "Kept", "start": "2026-12-12T10:00", "end": "2026-12-12T11:00", "zone": "Mars/Base"}, "f-zone"},
		{"gathering with a bad link", "edi", "/gatherings/" + dinner.ID.String() + "/edit", "main form", map[string]string{"link": "javascript:alert(1)"}, "f-link"},
		{"gathering that everyone sees, by who is not followable", "mia", "/gatherings/new", "main form", map[string]string{"name": "Kept", "start": "2026-12-12T10:00", "end": "2026-12-12T11:00", "place": "Hall", "audience": "public"}, "f-audience"},
		{"profile without a name", "mia", "/people/mia/edit", "main .cols form.form", map[string]string{"name": "", "bio-es": "Hola"}, "f-name"},
		{"profile with a long role", "mia", "/people/mia/edit", "main .cols form.form", map[string]string{"role-en": long}, "f-role-en"},
		{"profile in no language", "mia", "/people/mia/edit", "main .cols form.form", map[string]string{"languages.other": "fr, q!"}, "f-languages"},
		{"profile with a skill that does not fit", "mia", "/people/mia/edit", "main .cols form.form", map[string]string{"tag.0": "crm-migration", "stance.0": "offer", "level.0": "0", "bio-en": "kept"}, "f-skills"},
		{"organization without a name", "edi", "/organizations/riverbend/edit", "main form", map[string]string{"name": "", "summary-es": "Vecinas"}, "f-name"},
		{"organization with a bad website", "edi", "/organizations/riverbend/edit", "main form", map[string]string{"website": "riverbend"}, "f-website"},
		{"person without a name", "ada", "/people/new", "main form", map[string]string{"email": "x@riverbend.example", "handle": "x"}, "f-name"},
		{"person with a bad address", "ada", "/people/new", "main form", map[string]string{"name": "Kept", "email": "x", "handle": "x", "may": "editor"}, "f-email"},
		{"person with a taken handle", "ada", "/people/new", "main form", map[string]string{"name": "Kept", "email": "x@riverbend.example", "handle": "mia"}, "f-handle"},
		{"person with a kept handle", "ada", "/people/new", "main form", map[string]string{"name": "Kept", "email": "x@riverbend.example", "handle": "relay"}, "f-handle"},
	} {
		t.Run(c.name, func(t *testing.T) {
			sent := fill(w.get(c.who, c.path), c.form, c.answers)
			path, _, _ := strings.Cut(c.path, "?")
			p := w.post(c.who, path, sent)
			p.t = t
			if p.Status != http.StatusUnprocessableEntity {
				t.Fatalf("status %d: %s", p.Status, p.said("main"))
			}
			if !strings.HasPrefix(p.said("title"), "Problem: ") {
				t.Errorf("the title is %q", p.said("title"))
			}
			kept := p.fields(c.form)
			for name := range sent {
				if strings.HasPrefix(name, "tag.") || strings.HasPrefix(name, "stance.") || strings.HasPrefix(name, "level.") || name == "do" {
					continue
				}
				if got, want := kept.Get(name), sent.Get(name); got != want && name != "lang" && name != "audience" && !strings.HasPrefix(name, "languages") {
					t.Errorf("%s was %q and came back as %q", name, want, got)
				}
			}
			if !p.has("[role=alert] a[href=#" + c.wrong + "]") {
				t.Errorf("no link to %s in %q", c.wrong, p.said("[role=alert]"))
			}
			if !strings.Contains(p.value("#"+c.wrong, "aria-describedby"), c.wrong+"-e") || text(p.one("#"+c.wrong+"-e")) == "" {
				t.Errorf("%s is not explained", c.wrong)
			}
		})
	}
}

func TestPost(t *testing.T) {
	w := newWorld(t)
	// Who is not followable and may not speak for the organization is not offered everyone.
	p := w.get("mia", "/posts/new")
	if p.has("input[name=as]") || p.has("input[value=public]") || p.has(".when-public") {
		t.Errorf("a member is offered: %s", p.said("main form"))
	}
	if p := w.get("pia", "/posts/new"); !p.has("input[value=public]") || !p.has(".note.care.when-public") || p.has("input[name=as]") {
		t.Errorf("a followable member is offered: %s", p.said("main form"))
	}
	p = w.get("edi", "/posts/new")
	if !p.has("input[value=organization]") || !strings.Contains(p.said("main form"), "As Riverbend only") {
		t.Errorf("an editor is offered: %s", p.said("main form"))
	}
	if checked := p.fields("main form").Get("audience"); checked != string(node.OrganizationOnly(w.organization.ID)) {
		t.Errorf("the form begins with %s, want the narrowest", checked)
	}
	p = w.post("edi", "/posts/new", fill(p, "main form", map[string]string{"text": "Hello **world**", "as": "organization", "audience": "public"}))
	path, done, _ := strings.Cut(p.location(), "?")
	if p.Status != http.StatusSeeOther || done != "done=post" {
		t.Fatalf("posting: %d to %q", p.Status, p.location())
	}
	p = w.get("edi", p.location())
	if !strings.Contains(p.said("main article .prose"), "world") || !p.has("main article strong") || p.said("main .note.good") != "Published." {
		t.Errorf("the post: %s", p.said("main"))
	}
	if !p.has("article a[href="+path+"/edit]") || !strings.Contains(p.said("main aside"), "No other server follows yet") {
		t.Errorf("its writer sees: %s", p.said("main"))
	}
	if p := w.get("pia", path); p.has("article a[href="+path+"/edit]") || p.has("main aside section") {
		t.Errorf("others see how far it has come, or may edit it: %s", p.said("main"))
	}
	// A reply from the page's own form, and one that goes no further.
	p = w.get("mia", path)
	p = w.post("mia", p.value("#answer form", "action"), fill(p, "#answer form", map[string]string{"text": "Me too"}))
	if p.location() != path+"?done=reply" {
		t.Fatalf("replying: %d to %q", p.Status, p.location())
	}
	if p := w.get("pia", path); !strings.Contains(p.said("ol.string"), "Me too") || p.said("#replies") != "One reply" {
		t.Errorf("the thread: %s", p.said("main"))
	}
	if p := w.get("", path); p.has("ol.string") || p.has("#answer") || !strings.Contains(p.said("aside"), "Want to answer?") {
		t.Errorf("a visitor sees: %s", p.said("main"))
	}
}

func TestReplyIsNeverWider(t *testing.T) {
	w := newWorld(t)
	inner := w.say("pia", node.PostInput{Audience: node.OrganizationOnly(w.organization.ID), Text: "among us"})
	p := w.get("pia", "/posts/new?reply="+inner.ID.String())
	if p.has("input[value=public]") {
		t.Error("a reply to an inner post is offered to everyone")
	}
	form := fill(p, "main form", map[string]string{"text": "kept", "audience": "public"})
	if p := w.post("pia", "/posts/new", form); p.Status != http.StatusUnprocessableEntity || !p.has("#f-audience-e") {
		t.Errorf("a forced wider reply: %d", p.Status)
	}
}

func TestEditConflicts(t *testing.T) {
	w := newWorld(t)
	post := w.say("edi", node.PostInput{AsOrganization: true, Audience: node.Public, Text: "first"})
	dinner := w.convene("Dinner")
	for _, c := range []struct{ who, path, form, field string }{
		{"edi", "/posts/" + post.ID.String() + "/edit", "main form", "text"},
		{"edi", "/gatherings/" + dinner.ID.String() + "/edit", "main form", "text"},
		{"edi", "/organizations/riverbend/edit", "main form", "summary-en"},
		{"mia", "/people/mia/edit", "main .cols form.form", "bio-en"},
	} {
		mine := fill(w.get(c.who, c.path), c.form, map[string]string{c.field: "MINE"})
		theirs := maps.Clone(mine)
		theirs.Set(c.field, "THEIRS")
		w.now = w.now.Add(time.Minute)
		if p := w.post(c.who, c.path, theirs); p.Status != http.StatusSeeOther {
			t.Fatalf("%s: first save %d %s", c.path, p.Status, p.said("main"))
		}
		p := w.post(c.who, c.path, mine)
		if p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.said("[role=alert]"), "THEIRS") || p.fields(c.form).Get(c.field) != "MINE" {
			t.Errorf("%s: conflict %d shows %q and keeps %q", c.path, p.Status, p.said("[role=alert]"), p.fields(c.form).Get(c.field))
			continue
		}
		if p := w.post(c.who, c.path, p.fields(c.form)); p.Status != http.StatusSeeOther {
			t.Errorf("%s: saving again after reading both: %d", c.path, p.Status)
		}
	}
}

func TestSkillsForm(t *testing.T) {
	w := newWorld(t)
	const form, path = "main .cols form.form", "/people/mia/edit"
	first, second := w.skills.All("en")[0], w.skills.All("en")[9]
	p := w.get("mia", path)
	p = w.post("mia", path, fill(p, form, map[string]string{"name": "Half typed", "do": "add", "tag.0": first.Code, "level.0": "3", "mentor.0": "yes"}))
	if p.Status != http.StatusOK || p.value("#f-name", "value") != "Half typed" || p.value("input[name=tag.0]", "value") != first.Code {
		t.Fatalf("adding a row: %d %s", p.Status, p.said(form))
	}
	p = w.post("mia", path, fill(p, form, map[string]string{"do": "add", "tag.1": second.Code, "stance.1": "interest", "level.1": "2"}))
	if n := len(p.all(form + " ul.rows li")); n != 3 {
		t.Errorf("%d rows, want two and an empty one", n)
	}
	if got := must(w.people.Person(t.Context(), w.viewer("mia"), "mia")); len(got.Skills) != 0 {
		t.Errorf("adding a row saved %v", got.Skills)
	}
	if saved := w.post("mia", path, fill(p, form, map[string]string{"do": "save"})); saved.location() != "/people/mia?done=profile" {
		t.Fatalf("saving: %d %s", saved.Status, saved.said("main"))
	}
	want := []node.PersonSkill{{Tag: first.Code, Stance: node.Offer, Level: 3, CanMentor: true, Audience: node.Networks}, {Tag: second.Code, Stance: node.Interest, Audience: node.Networks}}
	got := must(w.people.Person(t.Context(), w.viewer("mia"), "mia"))
	if len(got.Skills) != 2 || got.Skills[0] != want[0] || got.Skills[1] != want[1] || got.Name != "Half typed" {
		t.Errorf("saved %q with %+v", got.Name, got.Skills)
	}
	p = w.get("mia", path)
	p = w.post("mia", path, fill(p, form, map[string]string{"do": "remove.0"}))
	if p.value("input[name=tag.0]", "value") != second.Code {
		t.Errorf("after removing the first row: %s", p.said(form+" ul.rows"))
	}
	for who, want := range map[string]int{"/people?skill=" + first.Code + "&stance=offer": 1, "/people?skill=" + first.Code + "&stance=learning": 0, "/people?skill=nonsense": 5} {
		if n := len(w.get("ada", who).all("ul.cards li.card")); n != want {
			t.Errorf("%s lists %d people, want %d", who, n, want)
		}
	}
}

func TestFollowableSwitch(t *testing.T) {
	w := newWorld(t)
	_, err := w.people.SaveProfile(t.Context(), w.viewer("mia"), people.Profile{
		Handle: "mia", Name: "Mia Member", RoleTitle: node.Text{"en": "Caretaker"}, Bio: node.Text{"en": "Keys and kettles."}, Languages: []string{"es"},
		Skills: []node.PersonSkill{{Tag: w.skills.All("en")[0].Code, Stance: node.Learning, Level: 1}},
	})
	if err != nil {
		t.Fatal(err)
	}
	said := w.get("mia", "/people/mia/edit").said("#followable")
	for _, want := range []string{"Mia Member", "@mia@node.example", "Riverbend", "Caretaker", "Keys and kettles.", "Spanish", w.skills.All("en")[0].English, "deletes what you wrote for everyone"} {
		if !strings.Contains(said, want) {
			t.Errorf("the switch does not name %q: %s", want, said)
		}
	}
	if w.get("ada", "/people/mia/edit").has("#followable") {
		t.Error("an admin is offered the switch of somebody else")
	}
	if p := w.post("ada", "/people/mia/followable", url.Values{"on": {"yes"}}); p.Status != http.StatusForbidden {
		t.Errorf("an admin switches for somebody else: %d", p.Status)
	}
	if p := w.post("mia", "/people/mia/followable", url.Values{"on": {"yes"}}); p.location() != "/people/mia?done=followable" || w.get("", "/people/mia").Status != http.StatusOK {
		t.Fatalf("switching on: %d", p.Status)
	}
	post := w.say("mia", node.PostInput{Audience: node.Public, Text: "for all"})
	p := w.post("mia", "/people/mia/followable", url.Values{"on": {"no"}})
	if p.Status != http.StatusUnprocessableEntity || !p.has("[role=alert] a[href=#f-sure]") || p.value("#f-sure", "aria-describedby") != "f-sure-e" || w.get("", "/people/mia").Status != http.StatusOK {
		t.Errorf("switching off without the tick: %d", p.Status)
	}
	if p := w.post("mia", "/people/mia/followable", url.Values{"on": {"no"}, "sure": {"yes"}}); p.location() != "/people/mia?done=unfollowable" {
		t.Fatalf("switching off: %d", p.Status)
	}
	if a, b := w.get("", "/people/mia").Status, w.get("", "/posts/"+post.ID.String()).Status; a != http.StatusNotFound || b != http.StatusGone {
		t.Errorf("afterwards a visitor gets %d for the page and %d for the post", a, b)
	}
}

func TestConfirmQuestion(t *testing.T) {
	w := newWorld(t)
	p := w.get("pia", "/")
	if !strings.Contains(p.said("ol.string li.lit"), "everyone can follow you") || !strings.Contains(p.said("h1"), "One thing needs you") {
		t.Fatalf("no question at the first sign-in: %s", p.said("main"))
	}
	if p := w.post("", "/confirm-followable", url.Values{"answer": {"yes"}}); p.Status != http.StatusForbidden {
		t.Errorf("a visitor answers: %d", p.Status)
	}
	if p := w.post("pia", "/confirm-followable", url.Values{"answer": {"yes"}}); p.location() != "/?done=confirmed" || w.get("pia", "/").has("ol.string li.lit") {
		t.Errorf("after yes it asks again: %q", p.location())
	}
	_, link, err := w.people.AddPerson(t.Context(), operator(w), people.NewPerson{Name: "Gil", Handle: "gil", Email: "gil@riverbend.example", Followable: true})
	if err != nil {
		t.Fatal(err)
	}
	w.session["gil"] = w.signIn(link)
	if p := w.post("gil", "/confirm-followable", url.Values{"answer": {"no"}}); p.location() != "/?done=unfollowable" || w.get("", "/people/gil").Status != http.StatusNotFound {
		t.Errorf("after no: to %q, page %d", p.location(), w.get("", "/people/gil").Status)
	}
}

func TestAddPersonHandsOverTheLinkOnce(t *testing.T) {
	w := newWorld(t)
	for who, want := range map[string]int{"": 403, "mia": 403, "edi": 403, "ada": 200} {
		if p := w.get(who, "/people/new"); p.Status != want {
			t.Errorf("the form as %q: %d, want %d", who, p.Status, want)
		}
	}
	form := fill(w.get("ada", "/people/new"), "main form", map[string]string{"name": "Gil", "email": "gil@riverbend.example", "handle": "Gil", "role": "Nurse", "may": "editor", "lang": "es"})
	if p := w.post("edi", "/people/new", form); p.Status != http.StatusForbidden {
		t.Errorf("an editor adds somebody: %d", p.Status)
	}
	p := w.post("ada", "/people/new", form)
	link := p.value("#f-link", "value")
	if p.Status != http.StatusOK || !strings.HasPrefix(link, string(origin)+"/sign-in/") || p.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("adding: %d %s", p.Status, p.said("main"))
	}
	w.session["gil"] = w.signIn(link)
	if p := w.get("gil", "/"); p.value("html", "lang") != "es" || !p.has("a[href=/organizations/riverbend]") {
		t.Errorf("Gil's start page: %s", p.said("main"))
	}
	for who, want := range map[string]int{"": 404, "mia": 403, "edi": 403, "ada": 200} {
		if p := w.post(who, "/people/gil/link", nil); p.Status != want {
			t.Errorf("another link as %q: %d, want %d", who, p.Status, want)
		}
	}
}

// Who answers something public of another server means its author to see it.
func TestReplyToAnotherServerBeginsWithEveryone(t *testing.T) {
	w := newWorld(t)
	post := w.say("edi", node.PostInput{AsOrganization: true, Audience: node.Public, Text: "x"})
	id := w.arrive(w.remote("sam", "stone.example", "Sam"), "<p>y</p>", post.URI, 0)
	w.post("ada", "/admin/held/"+id+"/accept", nil)
	inner := string(node.OrganizationOnly(w.organization.ID))
	for _, c := range []struct{ name, who, parent, audience, as, says string }{
		{"followable member", "pia", id, "public", "", "Sam at stone.example sees it only if you choose everyone."},
		{"editor", "edi", id, "public", "organization", "Sam at stone.example sees it only if you choose everyone."},
		{"member", "mia", id, inner, "", "Sam at stone.example does not see it, as you cannot write for everyone."},
		{"to our own", "pia", post.ID.String(), inner, "", ""},
	} {
		for path, form := range map[string]string{"/posts/" + c.parent: "#answer form", "/posts/new?reply=" + c.parent: "main form.form"} {
			p := w.get(c.who, path)
			got := p.fields(form)
			if got.Get("audience") != c.audience || got.Get("as") != c.as || p.said("#f-audience-a") != c.says {
				t.Errorf("%s, %s: for %q as %q, %q", c.name, path, got.Get("audience"), got.Get("as"), p.said("#f-audience-a"))
			}
		}
	}
	// What somebody chose stays chosen.
	p := w.post("pia", "/posts/new", fill(w.get("pia", "/posts/"+id), "#answer form", map[string]string{"audience": inner}))
	if got := p.fields("main form.form").Get("audience"); p.Status != http.StatusUnprocessableEntity || got != inner {
		t.Errorf("after a mistake: %d for %q", p.Status, got)
	}
}

// A form says everything that is missing at once.
func TestFormsNameAllThatIsMissing(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		who, path, form string
		answers         map[string]string
		want            string
	}{
		{"edi", "/gatherings/new", "main form", map[string]string{"zone": ""}, "f-name f-start f-end f-zone f-place"},
		{"edi", "/gatherings/new", "main form", map[string]string{"start": "tomorrow", "link": "https://a.example"}, "f-name f-end"},
		{"edi", "/gatherings/new", "main form", map[string]string{"name": "Dinner", "start": "tomorrow", "end": "later", "link": "https://a.example"}, "f-start"},
		{"ada", "/people/new", "main form", nil, "f-name f-email f-handle"},
		{"ada", "/people/new", "main form", map[string]string{"name": "Kai", "handle": "kai"}, "f-email"},
		{"edi", "/posts/new", "main form", nil, "f-text"},
	} {
		p := w.post(c.who, c.path, fill(w.get(c.who, c.path), c.form, c.answers))
		var got []string
		for _, n := range p.all("[role=alert] a") {
			href, _ := attr(n, "href")
			got = append(got, strings.TrimPrefix(href, "#"))
			if text(n) == "" || text(n) != p.said(href+"-e") {
				t.Errorf("%s: the list says %q, the field %q", c.path, text(n), p.said(href+"-e"))
			}
		}
		if p.Status != http.StatusUnprocessableEntity || strings.Join(got, " ") != c.want {
			t.Errorf("%s with %v: %d, %q, want %q", c.path, c.answers, p.Status, got, c.want)
		}
	}
}
