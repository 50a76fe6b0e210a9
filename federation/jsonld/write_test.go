package jsonld_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/schema"
)

// body is what Marshal wrote after our context.
func body(t *testing.T, o jsonld.Object) string {
	t.Helper()
	raw, err := jsonld.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Context json.RawMessage `json:"@context"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	return "{" + strings.TrimPrefix(strings.TrimPrefix(string(raw), `{"@context":`+string(doc.Context)), ",")
}

func TestMarshalWritesOurForm(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 12, 12, 13, 0, 0, 123e6, time.FixedZone("", 3600))
	for _, tc := range []struct {
		name string
		o    jsonld.Object
		want string
	}{
		{"nothing", jsonld.Object{}, `{}`},
		{"id and type come first", jsonld.Object{"a": 1, "type": "Note", "id": "x", "actor": "y"}, `{"id":"x","type":"Note","a":1,"actor":"y"}`},
		{"also inside", jsonld.Object{"o": jsonld.Object{"a": 1, "type": "Note", "id": "x"}}, `{"o":{"id":"x","type":"Note","a":1}}`},
		{"times", jsonld.Object{"published": at}, `{"published":"2026-12-12T12:00:00Z"}`},
		{"HTML stays readable", jsonld.Object{"content": `<p>a & "b"</p>`}, `{"content":"<p>a & \"b\"</p>"}`},
		{"control characters", jsonld.Object{"a": "\\\n\t\x01é🎉\xff"}, `{"a":"\\\n\u0009\u0001é🎉` + "\ufffd" + `"}`},
		{"lists of one", jsonld.Object{"to": "x", "tag": jsonld.Object{"id": "t"}, "oneOf": map[string]any{}}, `{"oneOf":[{}],"tag":[{"id":"t"}],"to":["x"]}`},
		{"lists of none", jsonld.Object{"attachment": nil, "cc": []string{}}, `{"attachment":[],"cc":[]}`},
		{"lists inside", jsonld.Object{"object": jsonld.Object{"cc": "x"}}, `{"object":{"cc":["x"]}}`},
		{"lists stay", jsonld.Object{"to": []string{"x", "y"}, "url": []any{"x", jsonld.Object{"id": "y"}}, "tag": []jsonld.Object{{"id": "z"}}}, `{"tag":[{"id":"z"}],"to":["x","y"],"url":["x",{"id":"y"}]}`},
		{"others stay single", jsonld.Object{"attributedTo": "x"}, `{"attributedTo":"x"}`},
		{"languages", jsonld.Object{"contentMap": node.Text{"es": "b", "en": "a"}}, `{"contentMap":{"en":"a","es":"b"}}`},
		{"words and numbers", jsonld.Object{"a": true, "b": nil, "c": 1.5}, `{"a":true,"b":null,"c":1.5}`},
		{"a context inside is not ours", jsonld.Object{"@context": "x", "object": jsonld.Object{"@context": "y"}}, `{"object":{}}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, body(t, tc.o)); diff != "" {
				t.Error(diff)
			}
		})
	}
	for _, bad := range []any{struct{}{}, math.NaN(), []int{1}, []any{[]any{make(chan int)}}} {
		if _, err := jsonld.Marshal(jsonld.Object{"a": bad}); err == nil {
			t.Errorf("%T was written", bad)
		}
	}
}

// TestContextIsInlined shows that the whole context is in each document, that
// only the two that every peer knows are left to fetch, and that our namespace is the constant.
func TestContextIsInlined(t *testing.T) {
	t.Parallel()
	raw, err := jsonld.Marshal(jsonld.Object{"id": "x"})
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Context []any `json:"@context"`
	}
	var want []any
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(schema.Context, &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got.Context); diff != "" {
		t.Error(diff)
	}
	if len(want) != 3 || want[0] != jsonld.ContextIRI || want[1] != "https://w3id.org/security/v1" {
		t.Fatalf("context begins with %v", want[:2])
	}
	terms, ok := want[2].(map[string]any)
	if !ok || terms["poweron"] != schema.Namespace {
		t.Errorf("poweron is %v, want %s", terms["poweron"], schema.Namespace)
	}
	for _, term := range []string{"canMentor", "skillLevel", "knowsAbout", "Multikey", "assertionMethod", "publicKeyMultibase", "controller", "implements", "eventStatus"} {
		if terms[term] == nil {
			t.Errorf("no term %s", term)
		}
	}
}

func BenchmarkMarshal(b *testing.B) {
	o, err := jsonld.Decode([]byte(note))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := jsonld.Marshal(o); err != nil {
			b.Fatal(err)
		}
	}
}
