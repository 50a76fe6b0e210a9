package jsonld_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/poweron-network/poweron/federation/jsonld"
)

// nested is an object inside an object inside …, n deep, under key.
func nested(n int, key string) string {
	return strings.Repeat(`{"`+key+`":`, n-1) + `{}` + strings.Repeat(`}`, n-1)
}

func TestC1LimitsAreExact(t *testing.T) {
	t.Parallel()
	items := func(n int) string { return `{"x":[` + strings.TrimSuffix(strings.Repeat("1,", n), ",") + `]}` }
	for _, tc := range []struct {
		name, doc string
		l         jsonld.Limits
		want      error
	}{
		{"size at the limit", `{"x":1}`, jsonld.Limits{Size: 7}, nil},
		{"size beyond", `{"x":1} `, jsonld.Limits{Size: 7}, jsonld.ErrTooLarge},
		{"default size", `{"x":"` + strings.Repeat("a", 256<<10-8) + `"}`, jsonld.Limits{}, nil},
		{"beyond the default size", `{"x":"` + strings.Repeat("a", 256<<10-7) + `"}`, jsonld.Limits{}, jsonld.ErrTooLarge},
		{"depth at the limit", nested(32, "object"), jsonld.Limits{}, nil},
		{"depth beyond", nested(33, "object"), jsonld.Limits{}, jsonld.ErrTooLarge},
		{"depth in arrays", `{"x":` + strings.Repeat("[", 31) + strings.Repeat("]", 31) + `}`, jsonld.Limits{}, nil},
		{"depth in arrays beyond", `{"x":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + `}`, jsonld.Limits{}, jsonld.ErrTooLarge},
		{"a closed object is left", `{"a":{},"b":{},"c":{}}`, jsonld.Limits{Depth: 2}, nil},
		{"items at the limit", items(1999), jsonld.Limits{}, nil},
		{"items beyond", items(2000), jsonld.Limits{}, jsonld.ErrTooLarge},
		{"members count", `{"a":1,"b":2,"c":3}`, jsonld.Limits{Elements: 2}, jsonld.ErrTooLarge},
		{"items and members count together", `{"a":[1,2]}`, jsonld.Limits{Elements: 2}, jsonld.ErrTooLarge},
		{"and just fit", `{"a":[1,2]}`, jsonld.Limits{Elements: 3}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if err := jsonld.Scan([]byte(tc.doc), tc.l); !errors.Is(err, tc.want) {
				t.Errorf("Scan = %v, want %v", err, tc.want)
			}
		})
	}
}

func TestC2KeysOfAuthorityStandOnce(t *testing.T) {
	t.Parallel()
	keys := []string{"id", "type", "actor", "object", "target", "attributedTo", "to", "cc", "bto", "bcc", "audience", "inReplyTo", "publicKey", "owner"}
	for _, key := range keys {
		upper := strings.ToUpper(key[:1]) + key[1:]
		escaped := fmt.Sprintf(`\u%04x`, key[0]) + key[1:]
		kelvin := strings.ReplaceAll(key, "K", "\u212a")
		for _, tc := range []struct {
			name, doc string
			refused   bool
		}{
			{"once", `{"%s":"a"}`, false},
			{"in two objects", `{"%s":"a","x":{"%[1]s":"b"},"y":[{"%[1]s":"c"}]}`, false},
			{"twice", `{"%s":"a","x":1,"%[1]s":"b"}`, true},
			{"twice deep inside", `{"x":[{"y":{"%s":"a","%[1]s":"b"}}]}`, true},
			{"with @", `{"%s":"a","@%[1]s":"b"}`, true},
			{"with as:", `{"%s":"a","as:%[1]s":"b"}`, true},
			{"by its full name", `{"%s":"a","https://www.w3.org/ns/activitystreams#%[1]s":"b"}`, true},
			{"with sec:", `{"sec:%s":"a","%[1]s":"b"}`, true},
			{"by its full name in security", `{"%s":"a","https://w3id.org/security#%[1]s":"b"}`, true},
			{"other case", `{"%s":"a","` + upper + `":"b"}`, true},
			{"other case alone", `{"x":"%s","` + upper + `":"b"}`, true},
			{"escaped", `{"%s":"a","` + escaped + `":"b"}`, true},
			{"escaped alone", `{"x":"%s","` + escaped + `":"b"}`, false},
			{"other words around it", `{"%s":"a","x%[1]s":"b","%[1]sx":"c","%[1]s_":"d"}`, false},
		} {
			t.Run(key+" "+tc.name, func(t *testing.T) {
				t.Parallel()
				refused(t, fmt.Sprintf(tc.doc, key), tc.refused)
			})
		}
		if kelvin != key {
			t.Run(key+" with a Kelvin sign", func(t *testing.T) {
				t.Parallel()
				refused(t, `{"`+kelvin+`":"a"}`, true)
			})
		}
	}
	for _, doc := range []string{`{"content":"a","content":"b"}`, `{"url":"a","url":"b"}`, `{"Name":"a","name":"b"}`} {
		t.Run("harmless "+doc, func(t *testing.T) {
			t.Parallel()
			refused(t, doc, false)
		})
	}
}

func refused(t *testing.T, doc string, want bool) {
	t.Helper()
	err := jsonld.Scan([]byte(doc), jsonld.Limits{})
	if want && !errors.Is(err, jsonld.ErrMalformed) || !want && err != nil {
		t.Errorf("Scan(%s) = %v, want refused %v", doc, err, want)
	}
}

func TestC3TextIsUnambiguous(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, doc string
		refused   bool
	}{
		{"UTF-8", `{"name":"Añá 🎉"}`, false},
		{"no UTF-8 in a text", "{\"name\":\"a\xffb\"}", true},
		{"no UTF-8 in a key", "{\"a\xc3\":1}", true},
		{"half a surrogate as UTF-8", "{\"name\":\"\xed\xa0\x80\"}", true},
		{"NUL in an id", `{"id":"https://a.example/\u0000"}`, true},
		{"NUL in an id of a list", `{"to":["https://a.example/1","https://a.example/\u0000"]}`, true},
		{"NUL in an id of a list in a list", `{"to":[["https://a.example/\u0000"]]}`, true},
		{"NUL in an embedded id", `{"object":{"id":"a\u0000"}}`, true},
		{"NUL in an inbox", `{"inbox":"https://a.example/\u0000"}`, true},
		{"NUL in a user name", `{"preferredUsername":"a\u0000"}`, true},
		{"line break in an id", `{"id":"https://a.example/\nx"}`, true},
		{"half a surrogate in an id", `{"id":"https://a.example/\ud800"}`, true},
		{"harmless escapes in an id", `{"id":"https:\/\/a.example\/\u00e9"}`, false},
		{"NUL in a content is the sanitizer's", `{"content":"a\u0000b"}`, false},
		{"NUL as a byte", "{\"content\":\"a\x00b\"}", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			refused(t, tc.doc, tc.refused)
		})
	}
}

func TestScanTakesOneJSONObject(t *testing.T) {
	t.Parallel()
	good := []string{
		`{}`, " \t\r\n{ } \n", `{"a":[]}`, `{"a":[1,-0,0.5,1e5,1E+5,-1.25e-3,true,false,null,"\"\\\/\b\f\n\r\t\u00e9"]}`,
		`{"a":{"b":{"c":[{}]}}}`, `{"":1}`,
	}
	bad := []string{
		``, ` `, `x}`, `null`, `[]`, `"x"`, `1`, `{`, `}`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{,}`, `{"a":1 "b":2}`, `{"a":[1,]}`, `{"a":[1 2]}`, `{"a":[}`,
		`{} {}`, `{}x`, `{}` + "\x00", `{a:1}`, `{'a':1}`, `{"a":01}`, `{"a":1.}`, `{"a":.5}`, `{"a":-}`, `{"a":+1}`, `{"a":1e}`, `{"a":1e+}`,
		`{"a":tru}`, `{"a":trues}`, `{"a":nul`, `{"a":NaN}`, `{"a":"\x"}`, `{"a":"\u12g4"}`, `{"a":"\u12`, `{"a":"\`, `{"a":"x`, "{\"a\":\"x\ny\"}", `{"a":1}/**/`,
		"\ufeff{}",
	}
	for _, doc := range good {
		refused(t, doc, false)
	}
	for _, doc := range bad {
		refused(t, doc, true)
		if doc != `[]` && json.Valid([]byte(doc)) && strings.HasPrefix(doc, "{") {
			t.Errorf("%s is valid after all", doc)
		}
	}
}

// worst are documents that make a careless reader work hard.
func worst() map[string]string {
	fill := func(unit string) string { return strings.Repeat(unit, (jsonld.DefaultSize-64)/len(unit)) }
	return map[string]string{
		"nested objects":        fill(`{"object":`),
		"nested arrays":         `{"a":` + fill(`[`),
		"many objects":          `{"tag":[` + fill(`{"type":"Mention"},`) + `1]}`,
		"many items":            `{"a":[` + fill(`1,`) + `1]}`,
		"many members":          `{` + fill(`"id":1,`) + `"a":1}`,
		"one long text":         `{"a":"` + fill(`a`) + `"}`,
		"one long escaped id":   `{"id":"` + fill(`\u0061`) + `"}`,
		"one long key":          `{"` + fill(`a`) + `":1}`,
		"one long escaped key":  `{"` + fill(`\u0061`) + `":1}`,
		"one long Kelvin key":   `{"` + fill("\u212a") + `":1}`,
		"one long number":       `{"a":` + fill(`1`) + `}`,
		"white space":           `{` + fill(` `) + `}`,
		"2,000 escaped ids":     `{"to":[` + strings.TrimSuffix(strings.Repeat(`"`+strings.Repeat(`\u0061`, 20)+`",`, 1990), ",") + `]}`,
		"2,000 escaped keys":    `{` + strings.TrimSuffix(strings.Repeat(`"`+strings.Repeat(`\u0061`, 20)+`":1,`, 1990), ",") + `}`,
		"backslashes":           `{"a":"` + fill(`\\`) + `"}`,
		"a quote that is never": `{"a":"` + fill(`\"`),
	}
}

func TestC1WorstInputIsCheap(t *testing.T) {
	for name, doc := range worst() {
		var took time.Duration
		for try := range 10 { // the best of several: the machine may be busy with something else
			used, d, err := measured(doc)
			if err != nil && !errors.Is(err, jsonld.ErrMalformed) && !errors.Is(err, jsonld.ErrTooLarge) {
				t.Errorf("%s: %v", name, err)
			}
			if used > 8<<20 {
				t.Errorf("%s: %d bytes allocated", name, used)
			}
			if took = min(took, d); try == 0 {
				took = d
			}
			if took <= 50*time.Millisecond {
				break
			}
		}
		if took > 50*time.Millisecond {
			t.Errorf("%s: took %v", name, took)
		}
	}
}

func measured(doc string) (used uint64, took time.Duration, err error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	_, err = jsonld.Decode([]byte(doc))
	took = time.Since(start)
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc, took, err
}

// FuzzScan shows that Scan lets nothing through that encoding/json refuses,
// refuses nothing else for its syntax, and counts what is really there.
func FuzzScan(f *testing.F) {
	for _, doc := range worst() {
		f.Add([]byte(doc[:min(len(doc), 200)]))
	}
	f.Add([]byte(`{"id":"a","@id":"b","x":[1,{"to":["c"]}]}`))
	f.Add([]byte(`{"x":-1.5e3,"y":"\u00e9\ud83d\ude00","z":[true,false,null]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		err := jsonld.Scan(raw, jsonld.Limits{})
		if err == nil {
			if !json.Valid(raw) {
				t.Fatalf("Scan took %q", raw)
			}
			var v map[string]any
			if json.Unmarshal(raw, &v) == nil {
				if d, n := measure(v); d > jsonld.DefaultDepth || n > jsonld.DefaultElements {
					t.Fatalf("depth %d, %d elements in %q", d, n, raw)
				}
			}
			return
		}
		if errors.Is(err, jsonld.ErrTooLarge) {
			return
		}
		if !errors.Is(err, jsonld.ErrMalformed) {
			t.Fatalf("error of no kind: %v", err)
		}
		for _, why := range []string{"twice", "other case", "in an id", "not an object", "UTF-8"} {
			if strings.Contains(err.Error(), why) {
				return
			}
		}
		if json.Valid(raw) {
			t.Fatalf("Scan refused %q: %v", raw, err)
		}
	})
}

// measure returns depth and number of elements; duplicates count once, so it is a lower bound.
func measure(v any) (depth, elements int) {
	inside := func(v any) {
		d, n := measure(v)
		depth, elements = max(depth, d), elements+n+1
	}
	switch v := v.(type) {
	case map[string]any:
		for _, m := range v {
			inside(m)
		}
		return depth + 1, elements
	case []any:
		for _, m := range v {
			inside(m)
		}
		return depth + 1, elements
	}
	return 0, 0
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(note))
	f.Add([]byte(`{"id":{"id":"x"},"type":["a","as:Note"],"to":"as:Public","content":["x",{"@value":"y"}],"contentMap":{"en":1,"":"a"},"published":["2026-01-01"]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		o, err := jsonld.Decode(raw)
		if err != nil {
			return
		}
		use(o, 0)
		if _, err := jsonld.Marshal(o); err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
	})
}

// use calls every getter on every key.
func use(o jsonld.Object, depth int) {
	_, _, _, _ = o.ID(), o.Type(), o.Types(), o.Language()
	for k := range o {
		_, _, _, _, _ = o.String(k), o.Strings(k), o.IDOf(k), o.IDs(k), o.Time(k)
		_, _, _, _ = o.Bool(k), o.Has(k), o.Text(k), o.Text(strings.TrimSuffix(k, "Map"))
		_, _ = o.Number(k)
		if depth < 3 {
			use(o.Object(k), depth+1)
			for _, m := range o.Objects(k) {
				use(m, depth+1)
			}
		}
	}
}

// note is a typical document of 1.5 KB, as Mastodon would write it.
const note = `{
  "@context": ["https://www.w3.org/ns/activitystreams", {"ostatus": "http://ostatus.org#", "atomUri": "ostatus:atomUri",
    "inReplyToAtomUri": "ostatus:inReplyToAtomUri", "conversation": "ostatus:conversation", "sensitive": "as:sensitive", "toot": "http://joinmastodon.org/ns#", "votersCount": "toot:votersCount"}],
  "id": "https://social.example/users/rosa/statuses/113001/activity", "type": "Create", "actor": "https://social.example/users/rosa",
  "published": "2026-11-22T09:00:00Z", "to": ["https://www.w3.org/ns/activitystreams#Public"], "cc": ["https://social.example/users/rosa/followers", "https://node.example.org/ap/organizations/1"],
  "object": {"id": "https://social.example/users/rosa/statuses/113001", "type": "Note", "summary": null, "inReplyTo": null, "published": "2026-11-22T09:00:00Z",
    "url": "https://social.example/@rosa/113001", "attributedTo": "https://social.example/users/rosa", "to": ["https://www.w3.org/ns/activitystreams#Public"],
    "cc": ["https://social.example/users/rosa/followers", "https://node.example.org/ap/organizations/1"], "sensitive": false, "conversation": "tag:social.example,2026-11-22:objectId=1:objectType=Conversation",
    "content": "<p><span class=\"h-card\"><a href=\"https://node.example.org/@org\" class=\"u-url mention\">@<span>org</span></a></span> who has run a phone bank with volunteers at home?</p>",
    "contentMap": {"en": "<p><span class=\"h-card\"><a href=\"https://node.example.org/@org\" class=\"u-url mention\">@<span>org</span></a></span> who has run a phone bank with volunteers at home?</p>"},
    "attachment": [], "tag": [{"type": "Mention", "href": "https://node.example.org/ap/organizations/1", "name": "@org@node.example.org"}],
    "replies": {"id": "https://social.example/users/rosa/statuses/113001/replies", "type": "Collection", "first": {"type": "CollectionPage", "items": []}}}}`

func BenchmarkScan(b *testing.B) {
	raw := []byte(note)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if err := jsonld.Scan(raw, jsonld.Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	raw := []byte(note)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := jsonld.Decode(raw); err != nil {
			b.Fatal(err)
		}
	}
}
