package node_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/poweron-network/poweron/node"
)

// key is the message key of a FieldError in err's chain.
func key(err error) string {
	var f *node.FieldError
	if errors.As(err, &f) {
		return f.Key
	}
	return ""
}

// field is the field that a FieldError in err's chain is about.
func field(err error) string {
	var f *node.FieldError
	if errors.As(err, &f) {
		return f.Field
	}
	return ""
}

func TestTextIn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name           string
		text           node.Text
		lang, fallback string
		want           string
	}{
		{"asked for", node.Text{"en": "gate", "es": "puerta"}, "es", "en", "puerta"},
		{"base of a region", node.Text{"en": "gate", "es": "puerta"}, "es-MX", "en", "puerta"},
		{"region itself first", node.Text{"es": "puerta", "es-MX": "portón"}, "es-MX", "en", "portón"},
		{"fallback", node.Text{"en": "gate", "es": "puerta"}, "fr", "es", "puerta"},
		{"unknown language before others", node.Text{"und": "x", "de": "Tor"}, "fr", "en", "x"},
		{"first by code", node.Text{"pt": "porta", "de": "Tor"}, "fr", "en", "Tor"},
		{"empty version is none", node.Text{"es": "", "en": "gate"}, "es", "en", "gate"},
		{"empty", node.Text{}, "es", "en", ""},
		{"nil", nil, "es", "en", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := c.text.In(c.lang, c.fallback); got != c.want {
				t.Errorf("In(%s, %s) = %q, want %q", c.lang, c.fallback, got, c.want)
			}
		})
	}
}

func TestTextWithCopies(t *testing.T) {
	t.Parallel()
	var none node.Text
	one := none.With("en", "gate")
	two := one.With("es", "puerta")
	back := two.With("en", "")
	for _, c := range []struct{ got, want node.Text }{
		{none, nil}, {one, node.Text{"en": "gate"}}, {two, node.Text{"en": "gate", "es": "puerta"}}, {back, node.Text{"es": "puerta"}},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Error(diff)
		}
	}
	if diff := cmp.Diff([]string{"en", "es"}, two.Languages()); diff != "" {
		t.Error(diff)
	}
	for _, c := range []struct {
		text node.Text
		want bool
	}{{nil, true}, {node.Text{}, true}, {node.Text{"en": " \n"}, true}, {two, false}} {
		if got := c.text.Empty(); got != c.want {
			t.Errorf("%v: Empty = %v", c.text, got)
		}
	}
}

func TestCheckLang(t *testing.T) {
	t.Parallel()
	for code, ok := range map[string]bool{
		"en": true, "es": true, "es-MX": true, "es-419": true, "zh-Hant": true, "nah": true, "und": true, "": true,
		"e": false, "engl": false, "en-": false, "-en": false, "en_US": false, "12": false, "en-x": false, "en,es": false, "en es": false,
		"en-abcdefghi": false, "ñn": false, "<b>": false, "en\n": false, "zh-Hant-TW": false,
	} {
		err := node.CheckLang("lang", code)
		if (err == nil) != ok || err != nil && (key(err) != "error.lang.form" || field(err) != "lang") {
			t.Errorf("CheckLang(%q) = %v", code, err)
		}
	}
}

func TestFieldErrorSaysField(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("save: %w", node.Invalid("zone", "error.zone", "zone", "Mars/Base"))
	if got, want := err.Error(), "save: zone: error.zone map[zone:Mars/Base]"; got != want {
		t.Errorf("error says %q, want %q", got, want)
	}
	if got, want := node.Invalid("name", "error.name.required").Error(), "name: error.name.required"; got != want {
		t.Errorf("error says %q, want %q", got, want)
	}
}
