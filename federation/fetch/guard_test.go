package fetch_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/poweron-network/poweron/federation/fetch"
)

// hostileIPs are addresses of every private and special-use range. Each is tried
// as a literal host and as what a name resolves to.
var hostileIPs = []struct{ name, ip string }{
	{"unspecified", "0.0.0.0"},
	{"this network", "0.255.255.255"},
	{"private 10", "10.0.0.1"},
	{"private 10, last", "10.255.255.255"},
	{"carrier NAT", "100.64.0.1"},
	{"metadata in carrier NAT", "100.100.100.200"},
	{"carrier NAT, last", "100.127.255.255"},
	{"loopback", "127.0.0.1"},
	{"loopback beside the test range", "127.76.255.255"},
	{"loopback, last", "127.255.255.255"},
	{"link-local", "169.254.0.1"},
	{"metadata", "169.254.169.254"},
	{"private 172", "172.16.0.1"},
	{"private 172, last", "172.31.255.255"},
	{"protocol assignments", "192.0.0.1"},
	{"metadata in protocol assignments", "192.0.0.192"},
	{"documentation 1", "192.0.2.1"},
	{"AS112", "192.31.196.1"},
	{"AMT", "192.52.193.1"},
	{"6to4 relay", "192.88.99.1"},
	{"private 192", "192.168.0.1"},
	{"private 192, last", "192.168.255.255"},
	{"AS112 direct", "192.175.48.1"},
	{"benchmarks", "198.18.0.1"},
	{"benchmarks, last", "198.19.255.255"},
	{"documentation 2", "198.51.100.1"},
	{"documentation 3", "203.0.113.1"},
	{"multicast", "224.0.0.1"},
	{"multicast, last", "239.255.255.255"},
	{"reserved", "240.0.0.1"},
	{"broadcast", "255.255.255.255"},
	{"v6 unspecified", "::"},
	{"v6 loopback", "::1"},
	{"mapped loopback", "::ffff:127.0.0.1"},
	{"mapped unspecified", "::ffff:0.0.0.0"},
	{"mapped private", "::ffff:10.0.0.1"},
	{"mapped metadata", "::ffff:169.254.169.254"},
	{"compatible loopback", "::127.0.0.1"},
	{"translated loopback", "::ffff:0:127.0.0.1"},
	{"NAT64 of loopback", "64:ff9b::7f00:1"},
	{"NAT64 of metadata", "64:ff9b::a9fe:a9fe"},
	{"local NAT64", "64:ff9b:1::7f00:1"},
	{"discard only", "100::1"},
	{"Teredo", "2001::7f00:1"},
	{"benchmarks v6", "2001:2::1"},
	{"ORCHID", "2001:20::1"},
	{"documentation v6", "2001:db8::1"},
	{"6to4 of loopback", "2002:7f00:1::"},
	{"AS112 v6", "2620:4f:8000::1"},
	{"documentation v6, new", "3fff::1"},
	{"unassigned", "4000::1"},
	{"segment routing", "5f00::1"},
	{"ULA", "fc00::1"},
	{"metadata in ULA", "fd00:ec2::254"},
	{"link-local v6", "fe80::1"},
	{"site-local", "fec0::1"},
	{"multicast v6", "ff02::1"},
}

// hostileHosts are spellings of such addresses, and names for them.
var hostileHosts = []struct{ name, host string }{
	{"one number", "2130706433"},
	{"one hex number", "0x7f000001"},
	{"one octal number", "017700000001"},
	{"zero", "0"},
	{"octal parts", "0177.0.0.01"},
	{"hex parts", "0x7f.0x0.0x0.0x1"},
	{"two parts", "127.1"},
	{"three parts", "127.0.1"},
	{"trailing dot", "127.0.0.1."},
	{"zeros in front", "127.000.000.001"},
	{"full width digits", "１２７.0.0.1"},
	{"full width dots", "127。0。0。1"},
	{"circled digits", "①②⑦.⓪.⓪.①"},
	{"percent-encoded", "%31%32%37.0.0.1"},
	{"v6 long", "[0:0:0:0:0:0:0:1]"},
	{"v6 mapped in hex", "[::ffff:7f00:1]"},
	{"v6 with zone", "[fe80::1%25lo]"},
	{"v6 loopback with zone", "[::1%25lo]"},
	{"userinfo", "peer.example@127.0.0.1"},
	{"userinfo and port", "peer.example:443@127.0.0.1"},
	{"localhost", "localhost"},
	{"localhost in capitals", "LOCALHOST"},
	{"localhost with dot", "localhost."},
	{"below localhost", "a.localhost"},
	{"name of the machine", "ip6-localhost"},
	{"metadata name", "metadata.google.internal"},
	{"one label", "intranet"},
	{"public service for loopback", "127.0.0.1.nip.io"},
	{"two bad answers", "both.example"},
}

// hostileNames resolves every name of the table.
func hostileNames() names {
	n := names{"both.example": {"127.0.0.1", "::1"}}
	for _, host := range []string{
		"localhost", "a.localhost", "ip6-localhost", "metadata.google.internal", "intranet", "127.0.0.1.nip.io",
	} {
		n[host] = []string{"127.0.0.1"}
	}
	for i, h := range hostileIPs {
		n[fmt.Sprintf("name-%d.example", i)] = []string{h.ip}
	}
	return n
}

// TestB2HostileAddresses tries every address for every use of the client, as
// literal, by name and by redirect. A listener on all addresses of this machine
// must see no connection.
func TestB2HostileAddresses(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var caught atomic.Int64
	go count(l, &caught)
	trap := fmt.Sprint(l.Addr().(*net.TCPAddr).Port)

	var redirected atomic.Int64
	helper := start(t, "127.77.2.1", func(w http.ResponseWriter, r *http.Request) {
		redirected.Add(1)
		w.Header().Set("Location", r.URL.Query().Get("to"))
		w.WriteHeader(http.StatusFound)
	})
	hosts := map[string]string{}
	for i, h := range hostileIPs {
		hosts[h.name+" by name"] = fmt.Sprintf("name-%d.example", i)
		if strings.Contains(h.ip, ":") {
			hosts[h.name] = "[" + h.ip + "]"
		} else {
			hosts[h.name] = h.ip
		}
	}
	for _, h := range hostileHosts {
		hosts[h.name+" (host)"] = h.host
	}
	clients := map[string]*fetch.Client{
		"test range": newClient(t, func(o *fetch.Options) { o.Resolver, o.Unlimited = hostileNames(), true }),
		"production": newClient(t, func(o *fetch.Options) { o.Resolver, o.AllowNets = hostileNames(), nil }),
	}
	for _, u := range fetch.Users {
		for setting, c := range clients {
			t.Run(string(u.Purpose)+"/"+setting, func(t *testing.T) {
				tried := 0
				for name, host := range hosts {
					for _, target := range []string{"https://" + host + "/", "https://" + host + ":" + trap + "/", "http://" + host + ":" + trap + "/"} {
						tried++
						if err := ask(t.Context(), c, u, target); !errors.Is(err, fetch.ErrBlockedAddress) {
							t.Errorf("%s, %s: %v, want ErrBlockedAddress", name, target, err)
						}
						if setting == "production" || u.Method != http.MethodGet || !strings.HasPrefix(target, "http:") {
							continue
						}
						tried++
						via := helper.URL + "/?to=" + url.QueryEscape(target)
						if err := ask(t.Context(), c, u, via); !errors.Is(err, fetch.ErrBlockedAddress) {
							t.Errorf("%s, by redirect to %s: %v, want ErrBlockedAddress", name, target, err)
						}
					}
				}
				t.Logf("%d refused", tried)
			})
		}
	}
	if n := caught.Load(); n != 0 {
		t.Errorf("%d connections arrived", n)
	}
	if redirected.Load() == 0 {
		t.Error("no redirect was tried")
	}
}

// TestB2OneGoodAddressIsEnough covers a name with a private and a public address.
func TestB2OneGoodAddressIsEnough(t *testing.T) {
	t.Parallel()
	s := start(t, "127.77.2.2", serve(asJSON, `{}`))
	c := newClient(t, func(o *fetch.Options) { o.Resolver = names{"peer.example": {"127.0.0.1", "127.77.2.2"}} })
	if _, err := c.Get(within(t), fetch.Actor, "http://peer.example:"+port(s), nil); err != nil {
		t.Error(err)
	}
}

// TestB2SystemResolver makes sure that the way without an own Resolver, which
// production takes, is guarded too. localhost is in every hosts file.
func TestB2SystemResolver(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var caught atomic.Int64
	go count(l, &caught)
	c := newClient(t, nil)
	for _, target := range []string{"https://localhost/", fmt.Sprintf("http://localhost:%d/", l.Addr().(*net.TCPAddr).Port)} {
		if _, err := c.Get(within(t), fetch.Actor, target, nil); !errors.Is(err, fetch.ErrBlockedAddress) {
			t.Errorf("%s: %v, want ErrBlockedAddress", target, err)
		}
	}
	if caught.Load() != 0 {
		t.Error("a connection arrived")
	}
}

// TestB2Public covers both sides of the edges of every range.
func TestB2Public(t *testing.T) {
	t.Parallel()
	for _, h := range hostileIPs {
		if fetch.Public(netip.MustParseAddr(h.ip)) {
			t.Errorf("%s, %s, counts as public", h.name, h.ip)
		}
	}
	for _, ip := range []string{
		"1.0.0.0", "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
		"128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0", "192.0.3.0",
		"192.31.195.255", "192.31.197.0", "192.52.192.255", "192.52.194.0", "192.88.98.255", "192.88.100.0",
		"192.167.255.255", "192.169.0.0", "192.175.47.255", "192.175.49.0", "198.17.255.255", "198.20.0.0",
		"198.51.99.255", "198.51.101.0", "203.0.112.255", "203.0.114.0", "223.255.255.255",
		"::ffff:8.8.8.8", "2000::1", "2001:200::1", "2001:db7::1", "2001:db9::1", "2003::1", "2606:4700:4700::1111",
		"2620:4f:7fff::1", "2620:4f:8001::1", "2a00:1450::1", "3ffe::1", "3fff:1000::1",
	} {
		if !fetch.Public(netip.MustParseAddr(ip)) {
			t.Errorf("%s does not count as public", ip)
		}
	}
	for _, ip := range []string{
		"192.0.0.255", "192.0.2.255", "192.31.196.255", "192.52.193.255", "192.88.99.255", "192.175.48.255", "198.51.100.255",
		"203.0.113.255", "2001:1ff:ffff::", "2001:db8:ffff::", "2002:ffff::", "2620:4f:8000:ffff::", "3fff:fff::",
		"2606:4700:4700::1111%eth0",
	} {
		if fetch.Public(netip.MustParseAddr(ip)) {
			t.Errorf("%s counts as public", ip)
		}
	}
	if fetch.Public(netip.Addr{}) {
		t.Error("no address counts as public")
	}
}

// TestB2Control asks the check at connect directly about public addresses, as
// tests send nothing to them.
func TestB2Control(t *testing.T) {
	t.Parallel()
	production := newClient(t, func(o *fetch.Options) { o.AllowNets = nil })
	pair := newClient(t, func(o *fetch.Options) {
		o.AllowNets, o.AllowHostPorts = nil, []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:8081")}
	})
	ranged := newClient(t, nil)
	for _, tc := range []struct {
		name            string
		client          *fetch.Client
		scheme, address string
		ok              bool
	}{
		{"public by https", production, "https", "93.184.216.34:443", true},
		{"public v6 by https", production, "https", "[2606:4700:4700::1111]:443", true},
		{"public by http", production, "http", "93.184.216.34:443", false},
		{"public by http on 80", production, "http", "93.184.216.34:80", false},
		{"public on another port", production, "https", "93.184.216.34:8443", false},
		{"private", production, "https", "127.77.0.1:443", false},
		{"unreadable", production, "https", "peer.example:443", false},
		{"public by https beside a range", ranged, "https", "93.184.216.34:443", true},
		{"public by http beside a range", ranged, "http", "93.184.216.34:80", false},
		{"public on another port beside a range", ranged, "https", "93.184.216.34:8443", false},
		{"in the range by http", ranged, "http", "127.77.9.9:8080", true},
		{"in the range, mapped", ranged, "http", "[::ffff:127.77.9.9]:8080", true},
		{"beside the range", ranged, "http", "127.78.0.1:8080", false},
		{"the pair", pair, "http", "127.0.0.1:8081", true},
		{"the pair, mapped", pair, "http", "[::ffff:127.0.0.1]:8081", true},
		{"another port than the pair", pair, "http", "127.0.0.1:8082", false},
		{"another address than the pair", pair, "http", "127.0.0.2:8081", false},
	} {
		err := tc.client.Control(tc.scheme, tc.address)
		if tc.ok != (err == nil) || !tc.ok && !errors.Is(err, fetch.ErrBlockedAddress) {
			t.Errorf("%s, %s %s: %v", tc.name, tc.scheme, tc.address, err)
		}
	}
}

// TestB5OnlyPort443 covers what an address alone tells, and what only the check
// at connect can tell once a test range is set.
func TestB5OnlyPort443(t *testing.T) {
	t.Parallel()
	resolver := names{"peer.example": {"93.184.216.34"}}
	for setting, nets := range map[string][]netip.Prefix{"production": nil, "test range": loopback()} {
		asked := false
		c := newClient(t, func(o *fetch.Options) {
			o.AllowNets = nets
			o.Resolver = asking{resolver, &asked}
		})
		for name, target := range map[string]string{
			"http":                "http://peer.example/",
			"http on 443":         "http://peer.example:443/",
			"http on 8080":        "http://peer.example:8080/",
			"https on 80":         "https://peer.example:80/",
			"https on 22":         "https://peer.example:22/",
			"https on 8443":       "https://peer.example:8443/",
			"public literal":      "https://93.184.216.34/",
			"public v6 literal":   "https://[2606:4700:4700::1111]/",
			"userinfo":            "https://user:secret@peer.example/",
			"other scheme":        "ftp://peer.example/",
			"file":                "file:///etc/passwd",
			"no host":             "https:///ap/node",
			"line break":          "https://peer.example/\r\nx: y",
			"nothing":             "",
			"longer than allowed": "https://peer.example/" + strings.Repeat("a", 2048),
		} {
			for _, u := range fetch.Users {
				if err := ask(within(t), c, u, target); !errors.Is(err, fetch.ErrBlockedAddress) {
					t.Errorf("%s, %s, %s: %v, want ErrBlockedAddress", setting, u.Purpose, name, err)
				}
			}
		}
		if setting == "production" && asked {
			t.Error("a name was looked up for an address that was refused")
		}
	}
}

// asking notes that a name was looked up.
type asking struct {
	names
	asked *bool
}

func (a asking) LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error) {
	*a.asked = true
	return a.names.LookupNetIP(ctx, network, host)
}

func TestAllowHostPortsIsExact(t *testing.T) {
	t.Parallel()
	demo, other := start(t, "127.0.0.1", serve(asJSON, `{}`)), start(t, "127.0.0.1", serve(asJSON, `{}`))
	c := newClient(t, func(o *fetch.Options) {
		o.AllowNets = nil
		o.AllowHostPorts = []netip.AddrPort{netip.MustParseAddrPort(demo.Listener.Addr().String())}
		o.Resolver = names{"localhost": {"127.0.0.1"}}
	})
	for _, target := range []string{demo.URL, "http://localhost:" + port(demo)} {
		if _, err := c.Get(within(t), fetch.Actor, target, nil); err != nil {
			t.Errorf("%s: %v", target, err)
		}
	}
	for _, target := range []string{other.URL, "http://localhost:" + port(other)} {
		if _, err := c.Get(within(t), fetch.Actor, target, nil); !errors.Is(err, fetch.ErrBlockedAddress) {
			t.Errorf("%s: %v, want ErrBlockedAddress", target, err)
		}
	}
}

func TestAllowsPlainOnlyInTheRange(t *testing.T) {
	t.Parallel()
	c := newClient(t, func(o *fetch.Options) {
		o.AllowHostPorts = []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:8081"), netip.MustParseAddrPort("127.0.0.2:80")}
	})
	for authority, want := range map[string]bool{
		"127.77.0.9": true, "127.77.0.9:8080": true, "127.0.0.1:8081": true, "127.0.0.2": true,
		"127.0.0.1": false, "127.0.0.1:8082": false, "127.78.0.9": false, "93.184.216.34": false, "[::1]:8081": false,
		"localhost:8081": false, "peer.example": false, "127.77.0.9:99999": false, "": false,
	} {
		if got := c.AllowsPlain(authority); got != want {
			t.Errorf("%q: %v", authority, got)
		}
	}
}
