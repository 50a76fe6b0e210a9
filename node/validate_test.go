package node_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/poweron-network/poweron/node"
)

// megabyte is far more than any field takes.
var megabyte = strings.Repeat("a", 1<<20)

func knows(code string) bool { return code == "crm-migration" || code == "facilitation" }

func person(f func(*node.Person)) *node.Person {
	p := &node.Person{
		Handle: "ana", Name: "Ana Ruiz", Email: "ana@example.org", Role: node.Member, Lang: "es", Languages: []string{"es", "en"},
		RoleTitle: node.Text{"es": "Organizadora"}, Bio: node.Text{"es": "Hola"},
		Skills: []node.PersonSkill{{Tag: "crm-migration", Stance: node.Offer, Level: 3, CanMentor: true}, {Tag: "facilitation", Stance: node.Interest}},
	}
	if f != nil {
		f(p)
	}
	return p
}

func TestPersonValidate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		f     func(*node.Person)
		field string
		key   string
	}{
		{"good", nil, "", ""},
		{"one skill in two stances", func(p *node.Person) {
			p.Skills = []node.PersonSkill{{Tag: "facilitation", Stance: node.Offer, Level: 1}, {Tag: "facilitation", Stance: node.Learning, Level: 1}}
		}, "", ""},
		{"no name", func(p *node.Person) { p.Name = " \t" }, "name", "error.name.required"},
		{"name at the limit", func(p *node.Person) { p.Name = strings.Repeat("ñ", node.MaxNameRunes) }, "", ""},
		{"name over the limit", func(p *node.Person) { p.Name = strings.Repeat("ñ", node.MaxNameRunes+1) }, "name", "error.text.long"},
		{"name of 1 MB", func(p *node.Person) { p.Name = megabyte }, "name", "error.text.long"},
		{"name that is not UTF-8", func(p *node.Person) { p.Name = "Ana\xff" }, "name", "error.text.encoding"},
		{"name with NUL", func(p *node.Person) { p.Name = "Ana\x00" }, "name", "error.text.encoding"},
		{"handle", func(p *node.Person) { p.Handle = "Ana" }, "handle", "error.handle.form"},
		{"reserved handle", func(p *node.Person) { p.Handle = "relay" }, "handle", "error.handle.reserved"},
		{"address", func(p *node.Person) { p.Email = "ana" }, "email", "error.email.form"},
		{"role title over the limit", func(p *node.Person) { p.RoleTitle = node.Text{"en": strings.Repeat("a", 201)} }, "role", "error.text.long"},
		{"role title in no language", func(p *node.Person) { p.RoleTitle = node.Text{"<b>": "a"} }, "role", "error.lang.form"},
		{"bio at the limit", func(p *node.Person) { p.Bio = node.Text{"en": strings.Repeat("ñ", node.MaxTextRunes)} }, "", ""},
		{"bio of 1 MB", func(p *node.Person) { p.Bio = node.Text{"en": megabyte} }, "bio", "error.text.long"},
		{"second bio that is not UTF-8", func(p *node.Person) { p.Bio = node.Text{"en": "a", "es": "\xc3"} }, "bio", "error.text.encoding"},
		{"language", func(p *node.Person) { p.Languages = []string{"en,es"} }, "languages", "error.lang.form"},
		{"language of pages", func(p *node.Person) { p.Lang = "english" }, "languages", "error.lang.form"},
		{"skill twice", func(p *node.Person) { p.Skills = append(p.Skills, p.Skills[1]) }, "skills", "error.skill.twice"},
		{"unknown skill", func(p *node.Person) { p.Skills[0].Tag = "juggling" }, "skills", "error.skill.tag"},
		{"unknown stance", func(p *node.Person) { p.Skills[0].Stance = "love" }, "skills", "error.skill.stance"},
		{"no level", func(p *node.Person) { p.Skills[0].Level = 0 }, "skills", "error.skill.level"},
		{"level over three", func(p *node.Person) { p.Skills[0].Level = 4 }, "skills", "error.skill.level"},
		{"negative level", func(p *node.Person) { p.Skills[0].Level = -1 }, "skills", "error.skill.level"},
		{"interest with a level", func(p *node.Person) { p.Skills[1].Level = 1 }, "skills", "error.skill.interestLevel"},
		{"mentor of what is only learned", func(p *node.Person) { p.Skills[0].Stance = node.Learning }, "skills", "error.skill.mentor"},
		{"mentor of an interest", func(p *node.Person) { p.Skills[1].CanMentor = true }, "skills", "error.skill.mentor"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			err := person(c.f).Validate(knows)
			if key(err) != c.key || field(err) != c.field || (err == nil) != (c.key == "") {
				t.Errorf("Validate = %v, want %s %s", err, c.field, c.key)
			}
		})
	}
	for _, role := range append([]node.Role{"", "owner", "Admin"}, node.Roles...) {
		err := person(func(p *node.Person) { p.Role = role }).Validate(knows)
		if known := role == node.Member || role == node.Editor || role == node.Admin; known != (err == nil) || !known && !errors.Is(err, node.ErrForbidden) {
			t.Errorf("role %q: Validate = %v", role, err)
		}
	}
}

func TestPersonIsFollowable(t *testing.T) {
	t.Parallel()
	p := person(nil)
	if p.Followable() || p.NeedsConfirmation() {
		t.Error("a person without an actor is followable")
	}
	p.ActorID, p.ConsentBy = item, "command"
	if !p.Followable() || !p.NeedsConfirmation() {
		t.Error("what a command recorded needs no confirmation")
	}
	p.ConsentBy = "self"
	if p.NeedsConfirmation() {
		t.Error("what the person decided needs confirmation")
	}
}

func TestCheckHandle(t *testing.T) {
	t.Parallel()
	for handle, want := range map[string]string{
		"ana": "", "a": "", "ana_ruiz_2": "", "2": "", "_": "", strings.Repeat("a", 30): "",
		"": "error.handle.form", strings.Repeat("a", 31): "error.handle.form", "Ana": "error.handle.form", "ana-ruiz": "error.handle.form",
		"ana.ruiz": "error.handle.form", "ana ": "error.handle.form", "añil": "error.handle.form", "ana\n": "error.handle.form", "ana@x": "error.handle.form",
		"relay": "error.handle.reserved", "admin": "error.handle.reserved", "root": "error.handle.reserved",
		"support": "error.handle.reserved", "abuse": "error.handle.reserved", "security": "error.handle.reserved", "new": "error.handle.reserved",
	} {
		if err := node.CheckHandle(handle); key(err) != want || (err == nil) != (want == "") {
			t.Errorf("CheckHandle(%q) = %v, want %q", handle, err, want)
		}
	}
}

func TestC9CheckEmail(t *testing.T) {
	t.Parallel()
	for address, ok := range map[string]bool{
		"ana@example.org": true, "ana.ruiz+node@sub.example.org": true, "o'neil@example.org": true,
		"": false, "ana": false, "ana@": false, "@example.org": false, "ana@example.org ": false, " ana@example.org": false,
		"Ana <ana@example.org>": false, "<ana@example.org>": false, "ana@example.org, bob@example.org": false,
		"ana@example.org\r\nBcc: bob@example.org": false, "ana\n@example.org": false, `"ana ruiz"@example.org`: false,
		"ana@example.org\x00": false, strings.Repeat("a", 250) + "@example.org": false,
	} {
		err := node.CheckEmail(address)
		if (err == nil) != ok || err != nil && key(err) != "error.email.form" {
			t.Errorf("CheckEmail(%q) = %v", address, err)
		}
	}
}

func TestCheckLink(t *testing.T) {
	t.Parallel()
	for link, ok := range map[string]bool{
		"": true, "https://meet.example/x?y=1#z": true, "http://meet.example": true, "https://[2001:db8::1]/x": true,
		"meet.example": false, "/x": false, "//meet.example": false, "javascript:alert(1)": false, "data:text/html,x": false, "mailto:a@b.example": false,
		"https://": false, "https:///x": false, "https://:443/x": false, "https://ana:pw@meet.example": false, "https://ana@meet.example": false,
		" https://meet.example": false, "https://meet.example/\n": false, "https:meet.example": false, "https://meet.example/" + strings.Repeat("a", 2000): false,
	} {
		err := node.CheckLink("link", link)
		if (err == nil) != ok || err != nil && (key(err) != "error.link.form" || field(err) != "link") {
			t.Errorf("CheckLink(%q) = %v", link, err)
		}
	}
}

func TestOrganizationValidate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		f     func(*node.Organization)
		field string
		key   string
	}{
		{"good", func(*node.Organization) {}, "", ""},
		{"no name", func(o *node.Organization) { o.Name = "" }, "name", "error.name.required"},
		{"name of 1 MB", func(o *node.Organization) { o.Name = megabyte }, "name", "error.text.long"},
		{"handle", func(o *node.Organization) { o.Handle = "River side" }, "handle", "error.handle.form"},
		{"reserved handle", func(o *node.Organization) { o.Handle = "support" }, "handle", "error.handle.reserved"},
		{"place", func(o *node.Organization) { o.Place = megabyte }, "place", "error.text.long"},
		{"website", func(o *node.Organization) { o.Website = "javascript:alert(1)" }, "website", "error.link.form"},
		{"summary of 1 MB", func(o *node.Organization) { o.Summary = node.Text{"en": megabyte} }, "summary", "error.text.long"},
		{"summary in no language", func(o *node.Organization) { o.Summary = node.Text{"en\n": "x"} }, "summary", "error.lang.form"},
		{"language", func(o *node.Organization) { o.Languages = []string{"en", "e"} }, "languages", "error.lang.form"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := &node.Organization{Handle: "riverside", Name: "Riverside", Languages: []string{"en", "es"}, Summary: node.Text{"en": "We"}, Website: "https://riverside.example"}
			c.f(o)
			if err := o.Validate(); key(err) != c.key || field(err) != c.field || (err == nil) != (c.key == "") {
				t.Errorf("Validate = %v, want %s %s", err, c.field, c.key)
			}
		})
	}
}

func TestPostInputValidate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		in   node.PostInput
		key  string
	}{
		{"good", node.PostInput{Text: "Hello", Lang: "en", Title: "T"}, ""},
		{"no text", node.PostInput{Text: " \n\t ", Lang: "en"}, "error.text.required"},
		{"text at the limit", node.PostInput{Text: strings.Repeat("ñ", node.MaxTextRunes)}, ""},
		{"text over the limit", node.PostInput{Text: strings.Repeat("ñ", node.MaxTextRunes+1)}, "error.text.long"},
		{"text of 1 MB", node.PostInput{Text: megabyte}, "error.text.long"},
		{"title of 1 MB", node.PostInput{Text: "x", Title: megabyte}, "error.text.long"},
		{"text that is not UTF-8", node.PostInput{Text: "a\xff"}, "error.text.encoding"},
		{"text with NUL", node.PostInput{Text: "a\x00"}, "error.text.encoding"},
		{"language", node.PostInput{Text: "a", Lang: "../x"}, "error.lang.form"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if err := c.in.Validate(); key(err) != c.key || (err == nil) != (c.key == "") {
				t.Errorf("Validate = %v, want %q", err, c.key)
			}
		})
	}
}
