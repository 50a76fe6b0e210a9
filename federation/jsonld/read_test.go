package jsonld_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/node"
)

func decode(t *testing.T, doc string) jsonld.Object {
	t.Helper()
	o, err := jsonld.Decode([]byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestGettersTakeEveryShape(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, doc string
		get       func(jsonld.Object) any
		want      any
	}{
		{"id", `{"id":"a"}`, func(o jsonld.Object) any { return o.ID() }, "a"},
		{"@id", `{"@id":"a"}`, func(o jsonld.Object) any { return o.ID() }, "a"},
		{"id in an object", `{"id":{"id":"a"}}`, func(o jsonld.Object) any { return o.ID() }, "a"},
		{"no id", `{"id":null}`, func(o jsonld.Object) any { return o.ID() }, ""},
		{"id that is a number", `{"id":7}`, func(o jsonld.Object) any { return o.ID() }, ""},

		{"type", `{"type":"Note"}`, func(o jsonld.Object) any { return o.Type() }, "Note"},
		{"prefixed type", `{"type":"as:Note"}`, func(o jsonld.Object) any { return o.Type() }, "Note"},
		{"full type", `{"type":"https://www.w3.org/ns/activitystreams#Note"}`, func(o jsonld.Object) any { return o.Type() }, "Note"},
		{"@type", `{"@type":["Note"]}`, func(o jsonld.Object) any { return o.Type() }, "Note"},
		{"first known of several types", `{"type":["x:Recipe","Article","Note"]}`, func(o jsonld.Object) any { return o.Type() }, "Article"},
		{"unknown type", `{"type":["x:Recipe","x:Soup"]}`, func(o jsonld.Object) any { return o.Type() }, "x:Recipe"},
		{"no type", `{"type":[3,null]}`, func(o jsonld.Object) any { return o.Type() }, ""},

		{"text", `{"a":"x"}`, func(o jsonld.Object) any { return o.String("a") }, "x"},
		{"text as a value object", `{"a":{"@value":"x","@language":"en"}}`, func(o jsonld.Object) any { return o.String("a") }, "x"},
		{"first of several texts", `{"a":[{"@value":"x"},"y"]}`, func(o jsonld.Object) any { return o.String("a") }, "x"},
		{"a list in a list is no text", `{"a":[["x"]]}`, func(o jsonld.Object) any { return o.String("a") }, ""},
		{"null is no text", `{"a":null}`, func(o jsonld.Object) any { return o.String("a") }, ""},
		{"texts", `{"a":["x",1,{"@value":"y"}]}`, func(o jsonld.Object) any { return o.Strings("a") }, []string{"x", "y"}},

		{"id of a string", `{"a":"x"}`, func(o jsonld.Object) any { return o.IDOf("a") }, "x"},
		{"id of an object", `{"a":{"id":"x"}}`, func(o jsonld.Object) any { return o.IDOf("a") }, "x"},
		{"id of a link", `{"a":{"type":"Link","href":"x"}}`, func(o jsonld.Object) any { return o.IDOf("a") }, "x"},
		{"id of the first", `{"a":[{"type":"Note"},{"id":"x"},"y"]}`, func(o jsonld.Object) any { return o.IDOf("a") }, "x"},
		{"ids", `{"to":["x",{"id":"y"},{"name":"z"},7]}`, func(o jsonld.Object) any { return o.IDs("to") }, []string{"x", "y"}},
		{"one id", `{"to":"x"}`, func(o jsonld.Object) any { return o.IDs("to") }, []string{"x"}},
		{
			"everyone in three spellings", `{"to":["as:Public","Public","https://www.w3.org/ns/activitystreams#Public"]}`,
			func(o jsonld.Object) any { return o.IDs("to") },
			[]string{jsonld.PublicIRI, jsonld.PublicIRI, jsonld.PublicIRI},
		},

		{"object", `{"a":{"id":"x"}}`, func(o jsonld.Object) any { return o.Object("a").ID() }, "x"},
		{"first object", `{"a":["y",{"id":"x"}]}`, func(o jsonld.Object) any { return o.Object("a").ID() }, "x"},
		{"no object", `{"a":"y"}`, func(o jsonld.Object) any { return o.Object("a") == nil }, true},
		{"getters of no object", `{}`, func(o jsonld.Object) any { return o.Object("a").Object("b").String("c") }, ""},
		{"objects", `{"a":[{"id":"x"},"y",{"id":"z"}]}`, func(o jsonld.Object) any { return len(o.Objects("a")) }, 2},
		{"one object", `{"a":{"id":"x"}}`, func(o jsonld.Object) any { return len(o.Objects("a")) }, 1},

		{"number", `{"a":3}`, func(o jsonld.Object) any { n, _ := o.Number("a"); return n }, 3.0},
		{"number as text", `{"a":"3"}`, func(o jsonld.Object) any { n, _ := o.Number("a"); return n }, 3.0},
		{"no number", `{"a":"NaN"}`, func(o jsonld.Object) any { _, ok := o.Number("a"); return ok }, false},
		{"bool", `{"a":true}`, func(o jsonld.Object) any { return o.Bool("a") }, true},
		{"bool as text", `{"a":"true"}`, func(o jsonld.Object) any { return o.Bool("a") }, true},
		{"no bool", `{"a":1}`, func(o jsonld.Object) any { return o.Bool("a") }, false},
		{"has", `{"a":0}`, func(o jsonld.Object) any { return o.Has("a") }, true},
		{"has not", `{"a":null}`, func(o jsonld.Object) any { return o.Has("a") }, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, tc.get(decode(t, tc.doc))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTimeTakesWhatPeersWrite(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 12, 12, 12, 0, 0, 0, time.UTC)
	for in, want := range map[string]time.Time{
		`"2026-12-12T12:00:00Z"`:                                   noon,
		`"2026-12-12T13:00:00+01:00"`:                              noon,
		`"2026-12-12T12:00:00.123456Z"`:                            noon.Add(123 * time.Millisecond),
		`"2026-12-12T13:00:00+0100"`:                               noon,
		`"2026-12-12T12:00Z"`:                                      noon,
		`"2026-12-12T12:00:00"`:                                    noon,
		`"2026-12-12"`:                                             noon.Truncate(24 * time.Hour),
		`{"@type":"xsd:dateTime","@value":"2026-12-12T12:00:00Z"}`: noon,
		`["2026-12-12T12:00:00Z"]`:                                 noon,
		`"yesterday"`:                                              {},
		`""`:                                                       {},
		`null`:                                                     {},
		`1765540800`:                                               {},
		`"0000-01-01T00:00:00Z"`:                                   {},
	} {
		if got := decode(t, `{"a":`+in+`}`).Time("a"); !got.Equal(want) || got.Location() != time.UTC {
			t.Errorf("%s: got %v, want %v", in, got, want)
		}
	}
}

func TestTextKeepsEveryLanguage(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, doc string
		want      node.Text
	}{
		{"nothing", `{}`, nil},
		{"null", `{"content":null,"contentMap":null}`, nil},
		{"no language told", `{"content":"a"}`, node.Text{"und": "a"}},
		{"by the map alone", `{"contentMap":{"en":"a","es":"b"}}`, node.Text{"en": "a", "es": "b"}},
		{"in the map, too", `{"content":"b","contentMap":{"en":"a","es":"b"}}`, node.Text{"en": "a", "es": "b"}},
		{"besides a map of one", `{"content":"c","contentMap":{"en":"a"}}`, node.Text{"en": "c"}},
		{"besides a map of several", `{"content":"c","contentMap":{"en":"a","es":"b"}}`, node.Text{"en": "a", "es": "b", "und": "c"}},
		{"language of the document", `{"@context":["x",{"@language":"es"}],"content":"a"}`, node.Text{"es": "a"}},
		{"unknown language of the document", `{"@context":["x",{"@language":"und"}],"content":"a"}`, node.Text{"und": "a"}},
		{"language of the document is taken", `{"@context":{"@language":"es"},"content":"a","contentMap":{"es":"b","en":"c"}}`, node.Text{"es": "b", "en": "c", "und": "a"}},
		{"tags in every form", `{"contentMap":{"EN":"a","pt_BR":"b","zh-Hans-CN":"c","x y":"d"}}`, node.Text{"en": "a", "pt-BR": "b", "zh-Hans": "c", "und": "d"}},
		{"values in every form", `{"contentMap":{"en":["a"],"es":{"@value":"b"},"fr":7,"it":""}}`, node.Text{"en": "a", "es": "b"}},
		{"no map at all", `{"content":"a","contentMap":"b"}`, node.Text{"und": "a"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, decode(t, tc.doc).Text("content")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLanguageReachesNestedObjects(t *testing.T) {
	t.Parallel()
	o := decode(t, `{"@context":{"@language":"es"},"object":{"content":"hola"},"tag":[{"name":"uno"},{"@context":"x","name":"one"}]}`)
	if got := o.Object("object").Text("content"); got["es"] != "hola" {
		t.Errorf("object: %v", got)
	}
	tags := o.Objects("tag")
	if got := tags[0].Text("name"); got["es"] != "uno" {
		t.Errorf("tag: %v", got)
	}
	if got := tags[1].Text("name"); got["und"] != "one" {
		t.Errorf("tag with a context of its own: %v", got)
	}
	if _, changed := o["object"].(map[string]any)["@context"]; changed {
		t.Error("reading changed the document")
	}
}

func TestWithDefaultContext(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, doc string
		want      any
	}{
		{"none", `{"id":"a"}`, []any{jsonld.ContextIRI}},
		{"there alone", `{"@context":"https://www.w3.org/ns/activitystreams"}`, "https://www.w3.org/ns/activitystreams"},
		{"there among others", `{"@context":["x","https://www.w3.org/ns/activitystreams"]}`, []any{"x", jsonld.ContextIRI}},
		{"others", `{"@context":"x"}`, []any{jsonld.ContextIRI, "x"}},
		{"an object", `{"@context":{"a":"b"}}`, []any{jsonld.ContextIRI, map[string]any{"a": "b"}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			o := decode(t, tc.doc)
			before := len(o)
			if diff := cmp.Diff(tc.want, jsonld.WithDefaultContext(o)["@context"]); diff != "" {
				t.Error(diff)
			}
			if len(o) != before {
				t.Error("the document itself was changed")
			}
		})
	}
	if jsonld.WithDefaultContext(nil)["@context"] == nil {
		t.Error("no document, no context")
	}
}

func TestNumberBeyondFloat(t *testing.T) {
	t.Parallel()
	if _, err := jsonld.Decode([]byte(`{"a":1e999}`)); err == nil {
		t.Error("1e999 was read")
	}
}
