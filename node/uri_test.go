package node_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
)

var item = uuid.MustParse("019b1234-5678-7abc-8def-0123456789ab")

func TestA13ParseOrigin(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, want string }{
		{"https", "https://node.example.org", "https://node.example.org"},
		{"slash at the end", "https://node.example.org/", "https://node.example.org"},
		{"capitals", "HTTPS://Node.Example.ORG", "https://node.example.org"},
		{"port", "https://node.example.org:8443", "https://node.example.org:8443"},
		{"default port of https", "https://node.example.org:443", "https://node.example.org"},
		{"default port of http", "http://node.example.org:80", "http://node.example.org"},
		{"other scheme's default port", "http://node.example.org:443", "http://node.example.org:443"},
		{"loopback", "http://127.77.0.9:8080", "http://127.77.0.9:8080"},
		{"IPv6", "http://[::1]:8080", "http://[::1]:8080"},
		{"one label", "http://localhost:8080", "http://localhost:8080"},
		{"punycode", "https://xn--ndalsnes-l0a.example", "https://xn--ndalsnes-l0a.example"},
		{"digits and hyphen", "https://3-rivers.example", "https://3-rivers.example"},
		{"empty", "", ""},
		{"no scheme", "node.example.org", ""},
		{"other scheme", "ftp://node.example.org", ""},
		{"path", "https://node.example.org/x", ""},
		{"two slashes", "https://node.example.org//", ""},
		{"query", "https://node.example.org?x", ""},
		{"empty query", "https://node.example.org?", ""},
		{"fragment", "https://node.example.org#x", ""},
		{"user", "https://ana@node.example.org", ""},
		{"empty user", "https://@node.example.org", ""},
		{"space", "https://node.example.org ", ""},
		{"line break", "https://node.example.org\n", ""},
		{"quote", "https://node\"x.example.org", ""},
		{"not ASCII", "https://ñode.example.org", ""},
		{"capital that folds to ASCII", "https://\u212Aode.example.org", "https://kode.example.org"},
		{"trailing dot", "https://node.example.org.", ""},
		{"empty label", "https://node..example.org", ""},
		{"hyphen at the edge", "https://-node.example.org", ""},
		{"underscore", "https://my_node.example.org", ""},
		{"no host", "https://", ""},
		{"only a port", "https://:443", ""},
		{"empty port", "https://node.example.org:", ""},
		{"port zero", "https://node.example.org:0", ""},
		{"port with a zero in front", "https://node.example.org:0443", ""},
		{"port too large", "https://node.example.org:65536", ""},
		{"octal address", "http://0177.0.0.1", ""},
		{"short address", "http://127.1", ""},
		{"number", "http://2130706433", ""},
		{"IPv6 in a long spelling", "http://[0:0:0:0:0:0:0:1]", ""},
		{"IPv4 in IPv6", "http://[::ffff:127.0.0.1]", ""},
		{"zone", "http://[fe80::1%25eth0]", ""},
		{"open bracket", "http://[::1", ""},
		{"label too long", "https://" + strings.Repeat("a", 64) + ".example", ""},
		{"name too long", "https://" + strings.Repeat("a.", 130) + "example", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := node.ParseOrigin(c.in)
			if string(got) != c.want {
				t.Errorf("ParseOrigin(%q) = %q, %v; want %q", c.in, got, err, c.want)
			}
			if (err != nil) != (c.want == "") || err != nil && key(err) != "error.origin.form" {
				t.Errorf("error is %v", err)
			}
		})
	}
}

func TestOriginAddresses(t *testing.T) {
	t.Parallel()
	const o = node.Origin("https://node.example.org:8443")
	for _, c := range []struct{ name, got, want string }{
		{"host", o.Host(), "node.example.org:8443"},
		{"relay", o.Relay(), "https://node.example.org:8443/ap/node"},
		{"inbox", o.SharedInbox(), "https://node.example.org:8443/ap/inbox"},
		{"organization", o.OrganizationURI(item), "https://node.example.org:8443/ap/organizations/" + item.String()},
		{"person", o.PersonURI(item), "https://node.example.org:8443/ap/people/" + item.String()},
		{"object", o.ObjectURI(item), "https://node.example.org:8443/ap/objects/" + item.String()},
		{"activity", o.ActivityURI(item), "https://node.example.org:8443/ap/activities/" + item.String()},
		{"page of a post", o.ItemPage(node.KindPost, item), "https://node.example.org:8443/posts/" + item.String()},
		{"page of a gathering", o.ItemPage(node.KindGathering, item), "https://node.example.org:8443/gatherings/" + item.String()},
		{"page of a person", o.PersonPage("ana"), "https://node.example.org:8443/people/ana"},
		{"page of the organization", o.OrganizationPage("riverside"), "https://node.example.org:8443/organizations/riverside"},
		{"sign-in page", o.SignInPage("s3cret"), "https://node.example.org:8443/sign-in/s3cret"},
	} {
		if c.got != c.want {
			t.Errorf("%s is %s, want %s", c.name, c.got, c.want)
		}
	}
}

func TestA5Owns(t *testing.T) {
	t.Parallel()
	const o = node.Origin("https://node.example.org")
	for uri, want := range map[string]bool{
		"https://node.example.org": true, "https://node.example.org/": true, "https://node.example.org/ap/node": true,
		"https://node.example.org.evil.example/ap/node": false, "https://node.example.org:8443/ap/node": false, "https://node.example.orgx": false,
		"http://node.example.org/ap/node": false, "https://node.example.org@evil.example/": false, "": false, "/ap/node": false,
	} {
		if got := o.Owns(uri); got != want {
			t.Errorf("Owns(%q) = %v", uri, got)
		}
	}
}

func TestParseID(t *testing.T) {
	t.Parallel()
	const o = node.Origin("https://node.example.org")
	for _, c := range []struct {
		name, in string
		want     bool
	}{
		{"bare UUID", item.String(), true},
		{"AP id", o.ObjectURI(item), true},
		{"page of a post", o.ItemPage(node.KindPost, item), true},
		{"page of a gathering", o.ItemPage(node.KindGathering, item), true},
		{"other server", "https://other.example/ap/objects/" + item.String(), false},
		{"host that begins like ours", "https://node.example.org.evil.example/ap/objects/" + item.String(), false},
		{"other kind of thing", o.PersonURI(item), false},
		{"activity", o.ActivityURI(item), false},
		{"more path", o.ObjectURI(item) + "/x", false},
		{"query", o.ObjectURI(item) + "?x", false},
		{"braces", "{" + item.String() + "}", false},
		{"urn", "urn:uuid:" + item.String(), false},
		{"braces behind the path", "https://node.example.org/posts/{" + item.String() + "}", false},
		{"without hyphens", strings.ReplaceAll(item.String(), "-", ""), false},
		{"no id", "https://node.example.org/posts/", false},
		{"empty", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, ok := o.ParseID(c.in)
			if ok != c.want || ok && got != item {
				t.Errorf("ParseID(%q) = %v, %v; want %v", c.in, got, ok, c.want)
			}
		})
	}
}

func FuzzParseOrigin(f *testing.F) {
	for _, s := range []string{"https://node.example.org", "http://127.77.0.9:8080", "https://[::1]/", "https://node.example.org:443", "https://a@b", "https://x?y#z", "HTTPS://X"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		o, err := node.ParseOrigin(s)
		if err != nil {
			if o != "" || key(err) != "error.origin.form" {
				t.Fatalf("ParseOrigin(%q) = %q, %v", s, o, err)
			}
			return
		}
		if again, err := node.ParseOrigin(string(o)); err != nil || again != o {
			t.Fatalf("%q has a second spelling: %q, %v", o, again, err)
		}
		u, err := url.Parse(string(o))
		if err != nil || u.Host != o.Host() || u.Scheme+"://"+u.Host != string(o) {
			t.Fatalf("%q is %+v, %v", o, u, err)
		}
		uri := o.ObjectURI(item)
		if id, ok := o.ParseID(uri); !o.Owns(uri) || !ok || id != item {
			t.Fatalf("%q does not know its own %q", o, uri)
		}
	})
}
