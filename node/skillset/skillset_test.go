package skillset_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/poweron-network/poweron/node/skillset"
)

// load reads the vocabulary that nodes ship with.
func load(t testing.TB) *skillset.Set {
	t.Helper()
	data, err := os.ReadFile("../../schema/skills.json")
	if err != nil {
		t.Fatal(err)
	}
	s, err := skillset.Load(data)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestVocabularyLoads(t *testing.T) {
	t.Parallel()
	s := load(t)
	if n := len(s.All("en")); n < 70 || n > 95 {
		t.Errorf("%d tags, want 70 to 95", n)
	}
	if n := len(s.Groups()); n < 8 || n > 10 {
		t.Errorf("%d groups, want 8 to 10", n)
	}
	used := map[string]int{}
	for _, tag := range s.All("en") {
		used[tag.Group]++
		if len(tag.Synonyms.English) == 0 || len(tag.Synonyms.Spanish) == 0 {
			t.Errorf("%s has no synonym in one language", tag.Code)
		}
		if h := s.Hashtag(tag.Code); len(h) > 40 {
			t.Errorf("%s is too long a hashtag", h)
		}
	}
	for _, g := range s.Groups() {
		if used[g.Code] < 5 {
			t.Errorf("group %s has %d tags", g.Code, used[g.Code])
		}
	}
	// Codes are in profiles and on the wire: these are in the examples of the
	// federation, so the vocabulary must keep them.
	for _, code := range []string{"crm-migration", "phone-banking", "community-technology"} {
		if _, ok := s.Tag(code); !ok {
			t.Errorf("tag %s is missing", code)
		}
	}
}

// small is a valid set; the tests of Load change one thing in it each.
const small = `{"groups":[
	{"code":"data","en":"Data","es":"Datos"},
	{"code":"access","en":"Access","es":"Acceso"}],
"tags":[
	{"code":"interpretation","group":"access","en":"Interpretation","es":"Interpretación","synonyms":{"en":["interpreting"],"es":["intérpretes"]}},
	{"code":"spreadsheets","group":"data","en":"Spreadsheets","es":"Hojas de cálculo","synonyms":{"en":["Excel"],"es":[]}},
	{"code":"crm-migration","group":"data","en":"CRM migration","es":"Migración de CRM","synonyms":{"en":[],"es":["traslado"]}}]}`

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, old, new, want string }{
		{"not JSON", `{"groups"`, `{groups`, "read skill set"},
		{"no tags", small[strings.Index(small, `"tags"`):], `"tags":[]}`, "no tags"},
		{"code twice", `"code":"spreadsheets"`, `"code":"crm-migration"`, "crm-migration"},
		{"code not in lower case", `"code":"spreadsheets"`, `"code":"Spreadsheets"`, "Spreadsheets"},
		{"code not ASCII", `"code":"spreadsheets"`, `"code":"cálculo"`, "cálculo"},
		{"code empty", `"code":"spreadsheets"`, `"code":""`, `""`},
		{"code ends with a hyphen", `"code":"spreadsheets"`, `"code":"sheets-"`, "sheets-"},
		{"unknown group", `"group":"access"`, `"group":"other"`, "other"},
		{"no English label", `"en":"Spreadsheets"`, `"en":""`, "lacks a label"},
		{"no hashtag in the English label", `"en":"Spreadsheets"`, `"en":"Таблицы"`, "no hashtag"},
		{"no Spanish label", `"es":"Hojas de cálculo"`, `"es":" - "`, "lacks a label"},
		{"label twice", `"en":"Spreadsheets"`, `"en":"CRM Migration"`, "crm-migration"},
		{"Spanish label twice", `"es":"Hojas de cálculo"`, `"es":"migracion de crm"`, "Migración"},
		{"label of one is a synonym of another", `"Excel"`, `"Interpretacion"`, "Interpretacion"},
		{"synonym of two", `"Excel"`, `"Traslado"`, "traslado"},
		{"synonym empty", `"Excel"`, `"!"`, "empty synonym"},
		{"group code twice", `{"code":"access","en"`, `{"code":"data","en"`, "data"},
		{"group code", `{"code":"data","en"`, `{"code":"Da ta","en"`, "Da ta"},
		{"group without a label", `"es":"Datos"`, `"es":""`, "lacks a label"},
		{"group label twice", `"es":"Datos"`, `"es":"ACCESO"`, "label of another"},
	} {
		t.Run(c.name, func(t *testing.T) {
			changed := strings.Replace(small, c.old, c.new, 1)
			if changed == small {
				t.Fatalf("%q is not in the set", c.old)
			}
			_, err := skillset.Load([]byte(changed))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("error %v, want one with %q", err, c.want)
			}
			if c.name != "not JSON" && !errors.Is(err, skillset.ErrInvalid) {
				t.Errorf("error %v does not wrap ErrInvalid", err)
			}
		})
	}
	if _, err := skillset.Load([]byte(small)); err != nil {
		t.Errorf("the set itself: %v", err)
	}
}

func codes(tags []skillset.Tag) []string {
	var list []string
	for _, t := range tags {
		list = append(list, t.Code)
	}
	return list
}

func TestAllIsSortedByGroupAndLabel(t *testing.T) {
	t.Parallel()
	s, err := skillset.Load([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[string][]string{
		"en":    {"crm-migration", "spreadsheets", "interpretation"},
		"es":    {"spreadsheets", "crm-migration", "interpretation"},
		"es-MX": {"spreadsheets", "crm-migration", "interpretation"},
		"fr":    {"crm-migration", "spreadsheets", "interpretation"},
	} {
		if diff := cmp.Diff(want, codes(s.All(lang))); diff != "" {
			t.Errorf("All(%q) (-want +got):\n%s", lang, diff)
		}
	}
	// A caller may sort what it gets.
	slices.Reverse(s.All("en"))
	slices.Reverse(s.Groups())
	if got := s.All("en")[0].Code; got != "crm-migration" {
		t.Errorf("first tag is %s after a caller changed its copy", got)
	}
	if got := s.Groups()[0].Code; got != "data" {
		t.Errorf("first group is %s after a caller changed its copy", got)
	}
}

func TestLabelAndHashtag(t *testing.T) {
	t.Parallel()
	s := load(t)
	for _, c := range []struct{ code, english, spanish, hashtag string }{
		{"crm-migration", "CRM migration", "Migración de CRM", "#CrmMigration"},
		{"phone-banking", "Phone banking", "Campañas telefónicas", "#PhoneBanking"},
		{"one-on-ones", "One-on-one conversations", "Conversaciones uno a uno", "#OneOnOneConversations"},
		{"open-source", "Open-source software", "Software libre", "#OpenSourceSoftware"},
		{"no-such-tag", "no-such-tag", "no-such-tag", ""},
	} {
		got := [3]string{s.Label(c.code, "en"), s.Label(c.code, "es-419"), s.Hashtag(c.code)}
		if want := [3]string{c.english, c.spanish, c.hashtag}; got != want {
			t.Errorf("%s: %q, want %q", c.code, got, want)
		}
	}
	if got := s.Groups()[0].Label("ES"); got != "Organización y campañas" {
		t.Errorf("first group is %q", got)
	}
}

func TestHashtagsAreASCIIAndComeBack(t *testing.T) {
	t.Parallel()
	s := load(t)
	for _, tag := range s.All("en") {
		h := s.Hashtag(tag.Code)
		for _, r := range h[1:] {
			if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') {
				t.Errorf("%s holds %q", h, r)
			}
		}
		for _, name := range []string{h, strings.ToLower(h), tag.Code, tag.English, strings.ToUpper(tag.Spanish)} {
			if got, ok := s.Match(name); !ok || got.Code != tag.Code {
				t.Errorf("Match(%q) = %q, want %q", name, got.Code, tag.Code)
			}
		}
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	s := load(t)
	for _, c := range []struct {
		name, text, lang string
		first            string   // what comes first
		also             []string // what is there too
	}{
		{"code", "crm-migration", "en", "crm-migration", nil},
		{"English label", "CRM MIGRATION", "es", "crm-migration", nil},
		{"Spanish label", "Migración de CRM", "en", "crm-migration", nil},
		{"without accents", "interpretacion simultanea", "en", "interpretation", nil},
		{"beginning without accents", "migracion d", "es", "crm-migration", nil},
		{"accents as separate characters", "Interpretacio\u0301n", "es", "interpretation", nil},
		{"with an accent too many", "Téxting", "es", "texting", nil},
		{"English synonym", "door-to-door", "es", "canvassing", nil},
		{"Spanish synonym", "Puerta a Puerta", "en", "canvassing", nil},
		{"beginning", "phone", "en", "phone-banking", nil},
		{"later word", "migr", "en", "crm-migration", nil},
		{"several", "training", "en", "training-delivery", []string{"training-design"}},
		{"hashtag", "#PhoneBanking", "en", "phone-banking", nil},
		{"inside a word", "igration", "en", "", nil},
		{"unknown", "zzz", "en", "", nil},
		{"nothing", " - ", "en", "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := codes(s.Find(c.text, c.lang))
			if c.first == "" {
				if len(got) > 0 {
					t.Errorf("Find(%q) = %v, want nothing", c.text, got)
				}
				return
			}
			if len(got) == 0 || got[0] != c.first {
				t.Fatalf("Find(%q) = %v, want %s first", c.text, got, c.first)
			}
			for _, code := range c.also {
				if !slices.Contains(got, code) {
					t.Errorf("Find(%q) = %v, want %s in it", c.text, got, code)
				}
			}
		})
	}
}

// TestFindSortsByLabelInTheLanguage has one text for three tags that fit alike.
func TestFindSortsByLabelInTheLanguage(t *testing.T) {
	t.Parallel()
	s, err := skillset.Load([]byte(`{"groups":[{"code":"g","en":"G","es":"G"}],"tags":[
		{"code":"a","group":"g","en":"Web one","es":"Zeta","synonyms":{"en":[],"es":[]}},
		{"code":"b","group":"g","en":"Web two","es":"Árbol","synonyms":{"en":[],"es":[]}},
		{"code":"c","group":"g","en":"The web","es":"Web","synonyms":{"en":[],"es":[]}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[string][]string{"en": {"c", "a", "b"}, "es": {"c", "b", "a"}} {
		if diff := cmp.Diff(want, codes(s.Find("web", lang))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", lang, diff)
		}
	}
}

func TestMatch(t *testing.T) {
	t.Parallel()
	s := load(t)
	for name, want := range map[string]string{
		"CRM migration": "crm-migration", "sms": "texting", "campanas telefonicas": "phone-banking", "#crmmigration": "crm-migration",
		"Phone": "", "": "", "zzz": "",
	} {
		got, ok := s.Match(name)
		if got.Code != want || ok != (want != "") {
			t.Errorf("Match(%q) = %q, %v, want %q", name, got.Code, ok, want)
		}
	}
}
