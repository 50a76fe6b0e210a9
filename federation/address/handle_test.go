package address_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/poweron-network/poweron/federation/address"
)

func TestParseHandle(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, in, user, host string }{
		{"with at", "@ana@node.example.org", "ana", "node.example.org"},
		{"plain", "ana@node.example.org", "ana", "node.example.org"},
		{"acct", "acct:ana@node.example.org", "ana", "node.example.org"},
		{"acct in capitals", "ACCT:ana@node.example.org", "ana", "node.example.org"},
		{"host in capitals", "@Ana@NODE.example.org.", "Ana", "node.example.org"},
		{"port", "@ana@127.77.0.9:8080", "ana", "127.77.0.9:8080"},
		{"dots and dashes", "@example.com_~-1@web.example", "example.com_~-1", "web.example"},
		{"user that looks like the scheme", "acct@node.example.org", "acct", "node.example.org"},
		{"longest user", strings.Repeat("a", 255) + "@node.example.org", strings.Repeat("a", 255), "node.example.org"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			h, err := address.ParseHandle(tc.in)
			if err != nil || h.User != tc.user || h.Host != tc.host {
				t.Fatalf("ParseHandle(%q) = %+v, %v", tc.in, h, err)
			}
			if want := "@" + tc.user + "@" + tc.host; h.String() != want {
				t.Errorf("String = %s, want %s", h, want)
			}
			if want := "acct:" + tc.user + "@" + tc.host; h.Acct() != want {
				t.Errorf("Acct = %s, want %s", h.Acct(), want)
			}
		})
	}
}

func TestParseHandleRefuses(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]string{
		"nothing":         "",
		"no host":         "@ana",
		"empty host":      "ana@",
		"no user":         "@@node.example.org",
		"only a host":     "@node.example.org",
		"two hosts":       "ana@node.example.org@evil.example",
		"three ats":       "@@ana@node.example.org",
		"space":           "ana maria@node.example.org",
		"slash":           "ana/..@node.example.org",
		"question mark":   "ana?x@node.example.org",
		"percent":         "ana%40evil.example@node.example.org",
		"colon":           "ana:secret@node.example.org",
		"line break":      "ana\n@node.example.org",
		"letters of else": "anа@node.example.org", // the last letter is Cyrillic
		"bad host":        "ana@2130706433",
		"host with path":  "ana@node.example.org/x",
		"too long":        strings.Repeat("a", 256) + "@node.example.org",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if h, err := address.ParseHandle(in); !errors.Is(err, address.ErrHandle) || h != (address.Handle{}) {
				t.Errorf("ParseHandle(%q) = %+v, %v; want ErrHandle", in, h, err)
			}
		})
	}
}

func FuzzParseHandle(f *testing.F) {
	for _, s := range []string{"@ana@node.example.org", "acct:ana@bücher.example:8443", "@@x", "a@[::1]:80"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		h, err := address.ParseHandle(in)
		if err != nil {
			return
		}
		for _, form := range []string{h.String(), h.Acct(), h.User + "@" + h.Host} {
			if again, err := address.ParseHandle(form); err != nil || again != h {
				t.Fatalf("%q: %+v, and of %q %+v, %v", in, h, form, again, err)
			}
		}
	})
}
