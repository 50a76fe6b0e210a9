package jsonld_test

import (
	"encoding/json"
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/poweron-network/poweron/federation/jsonld"
)

func canonical(t interface {
	Helper()
	Fatal(...any)
}, raw string,
) string {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(raw), &v); err != nil {
		t.Fatal(err)
	}
	b, err := jsonld.Canonical(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestCanonical has the examples of RFC 8785 §3.2.2 and §3.2.3, and what they leave out.
func TestCanonical(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, in, want string }{
		{
			"of the specification",
			`{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}`,
			`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
		},
		{
			"keys by UTF-16", `{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\ud83d\ude00":"Emoji","\u0080":"Control","\u00f6":"Latin"}`,
			"{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"ö\":\"Latin\",\"€\":\"Euro Sign\",\"😀\":\"Emoji\",\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}",
		},
		{"escapes", `"\b\t\n\f\r\u0000\u001f\u007f\u2028<>&"`, "\"\\b\\t\\n\\f\\r\\u0000\\u001f\u007f\u2028<>&\""},
		{"zeros", `[0,-0,0.0,-0.0e5]`, `[0,0,0,0]`},
		{"whole numbers", `[44,44.0,4.4e1,-1,9007199254740991,1e20,1e21]`, `[44,44,44,-1,9007199254740991,100000000000000000000,1e+21]`},
		{"small numbers", `[0.000001,0.0000001]`, `[0.000001,1e-7]`},
		{"empty", `{"a":{},"b":[]}`, `{"a":{},"b":[]}`},
		{"nested", `{"b":{"d":1,"c":[{"z":1,"y":2}]},"a":" "}`, `{"a":" ","b":{"c":[{"y":2,"z":1}],"d":1}}`},
	} {
		if got := canonical(t, tt.in); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
	for name, v := range map[string]any{"no number": math.NaN(), "beyond all numbers": math.Inf(1), "bytes": []byte("x"), "a text that is not UTF-8": "\xff", "a key that is not UTF-8": map[string]any{"\xff": 1.0}, "deep inside": []any{map[string]any{"a": 1}}} {
		if _, err := jsonld.Canonical(v); !errors.Is(err, jsonld.ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestCanonicalIsOneForm: what is written canonically reads the same and is written the same again.
func TestCanonicalIsOneForm(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		leaf := rapid.OneOf(rapid.Map(rapid.String(), func(s string) any { return s }), rapid.Map(rapid.Float64Range(-1e15, 1e15), func(f float64) any { return f }))
		doc := map[string]any{}
		for k, v := range rapid.MapOf(rapid.String(), leaf).Draw(t, "members") {
			doc[k] = []any{v, map[string]any{k: v}}
		}
		raw, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		once := canonical(t, string(raw))
		if again := canonical(t, once); again != once {
			t.Fatalf("%q became %q", once, again)
		}
	})
}
