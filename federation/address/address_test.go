package address_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"pgregory.net/rapid"

	"github.com/poweron-network/poweron/federation/address"
)

func TestA13HostHasOneSpelling(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 63)
	for _, tc := range []struct{ name, in, want string }{
		{"plain", "node.example.org", "node.example.org"},
		{"upper case", "Node.EXAMPLE.org", "node.example.org"},
		{"trailing dot", "node.example.org.", "node.example.org"},
		{"default port", "node.example.org:443", "node.example.org"},
		{"default port with zeros", "node.example.org:00443", "node.example.org"},
		{"empty port", "node.example.org:", "node.example.org"},
		{"dot and port", "node.example.org.:443", "node.example.org"},
		{"other port stays", "node.example.org:8443", "node.example.org:8443"},
		{"port of http stays, a bare host is https", "node.example.org:80", "node.example.org:80"},
		{"single label", "LocalHost", "localhost"},
		{"accents", "Bücher.example", "xn--bcher-kva.example"},
		{"accents in two code points", "Bu\u0308cher.example", "xn--bcher-kva.example"},
		{"punycode", "xn--bcher-kva.example", "xn--bcher-kva.example"},
		{"punycode in upper case", "XN--BCHER-KVA.example", "xn--bcher-kva.example"},
		{"full width letters", "ｎｏｄｅ.example.org", "node.example.org"},
		{"full width dot", "node．example．org", "node.example.org"},
		{"ideographic trailing dot", "node.example.org。", "node.example.org"},
		{"soft hyphen", "no\u00adde.example.org", "node.example.org"},
		{"sharp s is not ss", "straße.example", "xn--strae-oqa.example"},
		{"IPv4", "192.0.2.1", "192.0.2.1"},
		{"IPv4 with dot and port", "192.0.2.1.:443", "192.0.2.1"},
		{"IPv4 in full width digits", "１９２.0.2.1", "192.0.2.1"},
		{"IPv6", "[2001:DB8::0:1]", "[2001:db8::1]"},
		{"IPv6 with default port", "[2001:db8::1]:443", "[2001:db8::1]"},
		{"IPv6 with other port", "[2001:db8:0:0::1]:8443", "[2001:db8::1]:8443"},
		{"IPv4 mapped into IPv6", "[::ffff:192.0.2.1]:8443", "192.0.2.1:8443"},
		{"longest label", long + ".example", long + ".example"},
		{"digits in front", "4you.example.0rg", "4you.example.0rg"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := address.Host(tc.in)
			if err != nil || got != tc.want {
				t.Errorf("Host(%q) = %q, %v; want %q", tc.in, got, err, tc.want)
			}
		})
	}
}

func TestA13HostRefuses(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]string{
		"nothing":                  "",
		"only a dot":               ".",
		"two trailing dots":        "node.example.org..",
		"trailing dots of 2 kinds": "node.example.org.。",
		"empty label":              "node..example.org",
		"leading dot":              ".example.org",
		"userinfo":                 "user@node.example.org",
		"userinfo and password":    "user:pass@node.example.org",
		"scheme":                   "https://node.example.org",
		"path":                     "node.example.org/path",
		"query":                    "node.example.org?x",
		"fragment":                 "node.example.org#x",
		"space":                    "node.example.org ",
		"line break":               "node.example.org\n",
		"NUL":                      "node\x00.example.org",
		"percent":                  "node%2eexample.org",
		"underscore":               "my_node.example.org",
		"backslash":                `node.example.org\x`,
		"direction override":       "node\u202e.example.org",
		"broken UTF-8":             "node\xff.example.org",
		"port in words":            "node.example.org:https",
		"port 0":                   "node.example.org:0",
		"port too large":           "node.example.org:65536",
		"port with a sign":         "node.example.org:+443",
		"two ports":                "node.example.org:443:443",
		"hyphen in front":          "-node.example.org",
		"punycode of plain ASCII":  "xn--example-.org",
		"punycode of nothing":      "xn--.org",
		"punycode broken":          "xn--a-ecp.ru\x80",
		"mixed direction":          "aא.example",
		"label too long":           strings.Repeat("a", 64) + ".example",
		"name too long":            strings.Repeat("abcdefg.", 32) + "example",
		"far too long":             strings.Repeat("a", address.MaxURL+1),
		"far too many zeros":       "node.example.org:" + strings.Repeat("0", address.MaxURL) + "443",
		"IPv4 as one number":       "2130706433",
		"IPv4 as one hex number":   "0x7f000001",
		"IPv4 in octal":            "0177.0.0.1",
		"IPv4 in hex":              "0x7f.0.0.0x1",
		"IPv4 in 2 parts":          "127.1",
		"IPv4 in 5 parts":          "127.0.0.0.1",
		"IPv4 part too large":      "256.0.0.1",
		"IPv4 with bare 0x":        "127.0.0.0x",
		"name ending in a number":  "node.example.1",
		"IPv6 without brackets":    "2001:db8::1",
		"IPv6 with zone":           "[fe80::1%eth0]",
		"IPv6 broken":              "[2001:db8::1",
		"IPv6 with tail":           "[2001:db8::1]x",
		"IPv4 in brackets":         "[192.0.2.1]",
		"brackets around a name":   "[node.example.org]",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := address.Host(in); !errors.Is(err, address.ErrHost) || got != "" {
				t.Errorf("Host(%q) = %q, %v; want ErrHost", in, got, err)
			}
		})
	}
}

// spelling draws one of the ways to write a host that reach the same server.
func spelling(t *rapid.T, labels []string) string {
	for i, label := range labels {
		switch rapid.IntRange(0, 4).Draw(t, "label") {
		case 0:
			label = strings.ToUpper(label)
		case 1:
			label = fullWidth(label)
		case 2:
			if a, err := idna.Punycode.ToASCII(strings.ToLower(label)); err == nil {
				label = a
			}
		case 3:
			label = "\u00ad" + label
		}
		labels[i] = label
	}
	dot := rapid.SampledFrom([]string{".", "．", "。", "｡"}).Draw(t, "dot")
	host := strings.Join(labels, dot)
	host += rapid.SampledFrom([]string{"", dot}).Draw(t, "end")
	return host + rapid.SampledFrom([]string{"", ":", ":443", ":0443"}).Draw(t, "port")
}

func fullWidth(s string) string {
	return strings.Map(func(r rune) rune {
		if r > ' ' && r < utf8.RuneSelf {
			return r + 0xfee0
		}
		return r
	}, s)
}

func TestA13AllSpellingsAgree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		labels := rapid.SliceOfN(rapid.SampledFrom([]string{
			"node", "power-on", "x1", "bücher", "пример", "例え", "niño", "straße",
		}), 1, 4).Draw(t, "labels")
		a := spelling(t, append([]string(nil), labels...))
		b := spelling(t, append([]string(nil), labels...))
		ha, err := address.Host(a)
		if err != nil {
			t.Fatalf("Host(%q): %v", a, err)
		}
		hb, err := address.Host(b)
		if err != nil || ha != hb {
			t.Fatalf("Host(%q) = %q, Host(%q) = %q, %v", a, ha, b, hb, err)
		}
		if again, err := address.Host(ha); err != nil || again != ha {
			t.Fatalf("Host(%q) = %q, %v: not a fixed point", ha, again, err)
		}
		// The same answer from every entry point: origin, id, handle.
		if o, err := address.Origin("https://" + a + "/x"); err != nil || o != "https://"+ha {
			t.Fatalf("Origin of %q = %q, %v", a, o, err)
		}
		if !address.SameOrigin("https://"+a+"/x", "HTTPS://"+b) {
			t.Fatalf("%q and %q are not of one origin", a, b)
		}
		if h, err := address.ParseHandle("@ana@" + a); err != nil || h.Host != ha {
			t.Fatalf("handle at %q: %v, %v", a, h, err)
		}
	})
}

func TestA13Origin(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, in, want string }{
		{"https", "https://Node.Example.org:443/ap/node#main-key", "https://node.example.org"},
		{"http", "http://127.77.0.9:80/x", "http://127.77.0.9"},
		{"http on another port", "http://127.77.0.9:8080/x?y", "http://127.77.0.9:8080"},
		{"https on the port of http", "https://node.example.org:80/", "https://node.example.org:80"},
		{"http on the port of https", "http://node.example.org:443/", "http://node.example.org:443"},
		{"scheme in capitals", "HTTPS://node.example.org", "https://node.example.org"},
		{"percent-encoded host", "https://b%C3%BCcher.example/", "https://xn--bcher-kva.example"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got, err := address.Origin(tc.in); err != nil || got != tc.want {
				t.Errorf("Origin(%q) = %q, %v; want %q", tc.in, got, err, tc.want)
			}
		})
	}
}

func TestA13SameOriginFailsClosed(t *testing.T) {
	t.Parallel()
	const own = "https://node.example.org/ap/node"
	for _, tc := range []struct {
		name, a, b string
		want       bool
	}{
		{"same", own, "https://node.example.org/ap/objects/1", true},
		{"other spelling", own, "https://NODE.example.org.:443/", true},
		{"other host", own, "https://evil.example.org/", false},
		{"subdomain", own, "https://a.node.example.org/", false},
		{"other scheme", own, "http://node.example.org/", false},
		{"other scheme, same port", own, "http://node.example.org:443/", false},
		{"other port", own, "https://node.example.org:8443/", false},
		{"first unreadable", "", own, false},
		{"second unreadable", own, "https://user@node.example.org/", false},
		{"both unreadable", "", "", false},
		{"both unreadable and alike", "urn:x", "urn:x", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := address.SameOrigin(tc.a, tc.b); got != tc.want {
				t.Errorf("SameOrigin(%q, %q) = %v", tc.a, tc.b, got)
			}
		})
	}
}

func TestA13URL(t *testing.T) {
	t.Parallel()
	u, err := address.URL("https://Node.example.org:443/a%2Fb?c=d#main-key")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := u.String(), "https://node.example.org/a%2Fb?c=d#main-key"; got != want {
		t.Errorf("URL = %s, want %s", got, want)
	}
	longest := "https://node.example.org/" + strings.Repeat("a", address.MaxURL-len("https://node.example.org/"))
	if _, err := address.URL(longest); err != nil {
		t.Errorf("the longest address is refused: %v", err)
	}
	for name, in := range map[string]string{
		"one byte too long":    longest + "a",
		"nothing":              "",
		"fragment only":        "#main-key",
		"path only":            "/ap/node",
		"no scheme":            "//node.example.org/",
		"no host":              "https:///path",
		"only a port":          "https://:443/",
		"opaque":               "https:node.example.org",
		"other scheme":         "ftp://node.example.org/",
		"acct":                 "acct:ana@node.example.org",
		"javascript":           "javascript:alert(1)",
		"userinfo":             "https://node.example.org@evil.example/",
		"empty userinfo":       "https://@node.example.org/",
		"space":                "https://node.example.org/a b",
		"space in front":       " https://node.example.org/",
		"no-break space":       "https://node.example.org/a\u00a0b",
		"line break":           "https://node.example.org/\r\nHost: evil",
		"NUL":                  "https://node.example.org/\x00",
		"DEL":                  "https://node.example.org/\x7f",
		"C1 control character": "https://node.example.org/\u009f",
		"direction override":   "https://node.example.org/\u202egpj",
		"broken UTF-8":         "https://node.example.org/\xff",
		"backslash":            `https://node.example.org\@evil.example/`,
		"backslash in path":    `https://node.example.org/a\b`,
		"broken percent":       "https://node.example.org/%zz",
		"number as host":       "https://2130706433/",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := address.URL(in); !errors.Is(err, address.ErrURL) || got != nil {
				t.Errorf("URL(%q) = %v, %v; want ErrURL", in, got, err)
			}
		})
	}
}

func FuzzHost(f *testing.F) {
	for _, s := range []string{
		"node.example.org", "NODE.example.org.:443", "bücher.example", "xn--bcher-kva.example:8443", "[2001:DB8::1]:443",
		"[::ffff:192.0.2.1]", "192.0.2.1", "0x7f.1", "a。b．c", "user@host", "host:", "xn--example-.org", "\u00ad.example", "aא.example",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		host, err := address.Host(in)
		if err != nil {
			if !errors.Is(err, address.ErrHost) || host != "" {
				t.Fatalf("Host(%q) = %q, %v", in, host, err)
			}
			return
		}
		if again, err := address.Host(host); err != nil || again != host {
			t.Fatalf("Host(%q) = %q, and of that %q, %v", in, host, again, err)
		}
		if strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789.-:[]") != "" || strings.HasSuffix(host, ".") {
			t.Fatalf("Host(%q) = %q", in, host)
		}
		u, err := url.Parse("https://" + host + "/")
		if err != nil || u.Host != host {
			t.Fatalf("the standard library reads %q as %v, %v", host, u, err)
		}
		if o, err := address.Origin(u.String()); err != nil || o != "https://"+host {
			t.Fatalf("Origin of %q = %q, %v", host, o, err)
		}
	})
}

func FuzzURL(f *testing.F) {
	for _, s := range []string{
		"https://node.example.org/ap/node#main-key", "http://127.77.0.9:8080/x?y=z", "HTTPS://B%C3%BCcher.example:443/a%2Fb",
		"https://user@node.example.org/", "https:///x", "//x/", "https://[::1%25lo]/", "acct:ana@node.example.org",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		u, err := address.URL(in)
		if err != nil {
			if !errors.Is(err, address.ErrURL) || u != nil || address.SameOrigin(in, in) {
				t.Fatalf("URL(%q) = %v, %v", in, u, err)
			}
			return
		}
		if host, err := url.Parse("https://" + u.Host); err != nil || host.Host != u.Host || u.User != nil {
			t.Fatalf("URL(%q) has the host %q and user %v", in, u.Host, u.User)
		}
		if !address.SameOrigin(in, in) || !address.SameOrigin(in, u.Scheme+"://"+u.Host+"/") {
			t.Fatalf("%q is not of its own origin", in)
		}
		out := u.String()
		if len(out) > address.MaxURL { // escaping made it longer
			return
		}
		if again, err := address.URL(out); err != nil || again.String() != out {
			t.Fatalf("URL(%q) = %s, and of that %v, %v", in, out, again, err)
		}
	})
}
