package demo_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/poweron-network/poweron/cmd/demo"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/conversation"
	"github.com/poweron-network/poweron/node/store"
)

func options(t *testing.T) demo.Options {
	t.Helper()
	return demo.Options{
		Folder: t.TempDir(), Addresses: []string{"127.77.30.1:0", "127.77.30.2:0", "127.77.30.3:0", "127.77.30.4:0"},
		Version: "test", Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})), Now: time.Now,
	}
}

// everything lists all that a node has stored.
func everything(t *testing.T, n *demo.Node) (items []*node.Item) {
	t.Helper()
	v, _, err := n.App.People.ViewerFor(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for next := conversation.Cursor(""); ; {
		var page []*node.Item
		if page, next, err = n.App.Conversation.Everything(t.Context(), v, next, 100); err != nil {
			t.Fatal(err)
		}
		items = append(items, page...)
		if next == "" {
			return items
		}
	}
}

// count runs the check of the whole data.
func count(t *testing.T, n *demo.Node) store.Counts {
	t.Helper()
	var counts store.Counts
	err := n.App.DB.View(t.Context(), func(tx *store.Tx) error {
		c, faults, err := tx.Verify(t.Context())
		if len(faults) > 0 {
			t.Errorf("%s: %v", n.Key, faults)
		}
		counts = c
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return counts
}

// visitor is a browser of its own; with a link it is signed in.
func visitor(t *testing.T, signIn string) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &http.Client{Jar: jar}
	if signIn == "" {
		return c
	}
	resp, err := c.PostForm(signIn, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK || strings.Contains(resp.Request.URL.Path, "sign-in") {
		t.Fatalf("signing in ends at %s with %d", resp.Request.URL.Path, resp.StatusCode)
	}
	return c
}

// page returns a page with this status.
func page(t *testing.T, c *http.Client, url string, status int) string {
	t.Helper()
	resp, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != status {
		t.Fatalf("%s answers %d (%v), want %d", url, resp.StatusCode, err, status)
	}
	return string(body)
}

func TestDemo(t *testing.T) {
	t.Parallel()
	d, err := demo.Start(t.Context(), options(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, n := range d.Nodes {
		c := count(t, n)
		if c["remotePosts"] < 3 || c["remoteGatherings"] < 1 || c["posts"] < 2 || c["gatherings"] < 1 || c["followers"] < 2 || c["following"] < 2 || c["held"] != 0 {
			t.Errorf("%s has %v", n.Key, c)
		}
		for _, i := range everything(t, n) {
			if !i.Local && (i.SourceID == 0 || i.Author.Host == n.App.Origin.Host()) {
				t.Errorf("%s: %s did not come from outside", n.Key, i.URI)
			}
			if i.PublishedAt.After(time.Now()) || time.Since(i.PublishedAt) > 20*24*time.Hour {
				t.Errorf("%s: %s is dated %s", n.Key, i.URI, i.PublishedAt)
			}
		}
	}
	t.Run("pages", func(t *testing.T) { checkPages(t, d) })
	t.Run("kinds", func(t *testing.T) { checkKinds(t, d) })
	t.Run("inside", func(t *testing.T) { checkInside(t, d) })
	t.Run("network", func(t *testing.T) { checkNetwork(t, d) })
	t.Run("mentoring", func(t *testing.T) { checkMentoring(t, d) })
	t.Run("outside", func(t *testing.T) { checkOutside(t, d) })
}

// checkPages signs people in and looks for what was said elsewhere.
func checkPages(t *testing.T, d *demo.Demo) {
	hub, casa := d.Nodes[0], d.Node("casa_semilla")
	home := page(t, visitor(t, hub.People[0].SignIn), string(hub.App.Origin)+"/", http.StatusOK)
	for _, said := range []string{"One list, nine buildings", "Nadie tuvo que admitir", casa.App.Origin.Host()} {
		if !strings.Contains(home, said) {
			t.Errorf("the hub's home lacks %q", said)
		}
	}
	home = page(t, visitor(t, casa.People[0].SignIn), string(casa.App.Origin)+"/", http.StatusOK)
	if !strings.Contains(home, `lang="es"`) || !strings.Contains(home, "Winter convening") {
		t.Error("Casa Semilla's home is not in Spanish, or lacks the convening")
	}
	public := page(t, visitor(t, ""), string(hub.App.Origin)+"/", http.StatusOK)
	if strings.Contains(public, "One list, nine buildings") {
		t.Error("a visitor reads what came from elsewhere")
	}
}

// checkKinds is the completeness test of node.ItemKinds: each kind has an
// example here, a page, and a document.
func checkKinds(t *testing.T, d *demo.Demo) {
	for _, kind := range node.ItemKinds {
		var example *node.Item
		for _, n := range d.Nodes {
			for _, i := range everything(t, n) {
				if i.Local && i.Kind == kind && i.Audience == node.Public {
					example = i
				}
			}
		}
		if example == nil {
			t.Errorf("no %s in the demo", kind)
			continue
		}
		page(t, visitor(t, ""), example.Page, http.StatusOK)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, example.URI, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept", "application/activity+json")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if body, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(body), example.URI) {
			t.Errorf("%s of kind %s answers %d (%v)", example.URI, kind, resp.StatusCode, err)
		}
	}
}

// checkInside looks for what was said inside one house in the others, and for
// what was said for the network at each of them.
func checkInside(t *testing.T, d *demo.Demo) {
	said := map[string]int{}
	for _, n := range d.Nodes {
		for _, i := range everything(t, n) {
			if !i.Local || i.Audience == node.Public {
				continue
			}
			said[i.Audience.Kind()]++
			for _, other := range d.Nodes {
				there := slices.ContainsFunc(everything(t, other), func(j *node.Item) bool { return j.URI == i.URI })
				if want := other == n || i.Audience.Kind() == "network"; there != want {
					t.Errorf("%s of %s for %s is at %s: %v", i.URI, n.Key, i.Audience, other.Key, there)
				}
			}
			page(t, visitor(t, ""), i.Page, http.StatusNotFound)
		}
	}
	if said["organization"] < 2 || said["network"] < 5 {
		t.Errorf("said inside: %v", said)
	}
}

// checkNetwork looks at the roster and the cards of each node.
func checkNetwork(t *testing.T, d *demo.Demo) {
	for _, n := range d.Nodes {
		v, _, err := n.App.People.ViewerFor(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		in, err := n.App.Network.Network(t.Context(), v, "")
		if err != nil || in.State != node.NetworkActive || in.Hosted != (n == d.Nodes[0]) || in.Successor == "" {
			t.Fatalf("%s is in %+v, %v", n.Key, in, err)
		}
		members, err := n.App.Network.Members(t.Context(), v, in.ID)
		if err != nil {
			t.Fatal(err)
		}
		kinds := map[node.MemberKind]int{}
		for _, m := range members {
			if m.Effective() {
				kinds[m.Kind]++
			}
		}
		if kinds[node.OwnNode] != 4 || kinds[node.Guest] != 1 {
			t.Errorf("%s knows of %v", n.Key, kinds)
		}
		found, _, err := n.App.Cards.Search(t.Context(), v, node.Search{Tag: "spreadsheets", Stance: node.Offer, Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		houses := map[string]bool{}
		for _, f := range found {
			if f.Card != nil {
				houses[f.Membership.Name] = true
			} else {
				houses[f.Organization.Name] = true
			}
		}
		for _, house := range []string{"Riverbend Tenants’ Union", "Casa Semilla", "Open Ledger Collective"} {
			if !houses[house] {
				t.Errorf("at %s nobody of %s offers spreadsheets", n.Key, house)
			}
		}
		if c := count(t, n); c["held"] != 0 {
			t.Errorf("%s holds %v", n.Key, c)
		}
	}
}

// checkMentoring wants one accepted learner, one who waits, and nobody else who can read it.
func checkMentoring(t *testing.T, d *demo.Demo) {
	states := map[string][]string{}
	for _, n := range d.Nodes {
		for _, p := range n.People {
			v, _, err := n.App.People.ViewerFor(t.Context(), p.Handle)
			if err != nil {
				t.Fatal(err)
			}
			all, err := n.App.Mentoring.Requests(t.Context(), v)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range all {
				states[p.Handle] = append(states[p.Handle], string(r.State))
			}
			slices.Sort(states[p.Handle])
		}
	}
	want := map[string][]string{"amaya": {"accepted", "waiting"}, "marisol": {"accepted"}, "kai": {"waiting"}}
	for _, p := range []string{"ines", "sam"} {
		if len(states[p]) > 0 {
			t.Errorf("%s reads %v", p, states[p])
		}
	}
	for p, s := range want {
		if !slices.Equal(states[p], s) {
			t.Errorf("%s reads %v, want %v", p, states[p], s)
		}
	}
}

// checkOutside reads, as anybody and as any server would, the example for the
// network, which is not there, and the one for everyone, which is.
func checkOutside(t *testing.T, d *demo.Demo) {
	tour, err := d.Tour(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if tour.Network.Username != "practice" || tour.Guest == "" {
		t.Errorf("the tour is %+v", tour)
	}
	for _, accept := range []string{"text/html", "application/activity+json"} {
		for i, want := range map[*node.Item]int{tour.Secret: http.StatusNotFound, tour.Open: http.StatusOK} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, i.Page, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Accept", accept)
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			if resp.StatusCode != want {
				t.Errorf("%s as %s answers %d, want %d", i.Page, accept, resp.StatusCode, want)
			}
		}
	}
	// Nor does any public page, feed or outbox of any node have a word of it.
	for _, n := range d.Nodes {
		v, _, err := n.App.People.ViewerFor(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		outbox := n.App.Origin.OrganizationURI(v.Organization) + "/outbox"
		var collection struct{ First string }
		if err := json.Unmarshal([]byte(page(t, visitor(t, ""), outbox, http.StatusOK)), &collection); err != nil || collection.First == "" {
			t.Fatalf("%s: %+v, %v", outbox, collection, err)
		}
		for _, url := range []string{string(n.App.Origin) + "/", string(n.App.Origin) + "/feed.atom", string(n.App.Origin) + "/gatherings", collection.First} {
			body := page(t, visitor(t, ""), url, http.StatusOK)
			for _, word := range []string{"landlord", "cabina el sábado", "carta modelo", "learners’ hour"} {
				if strings.Contains(body, word) {
					t.Errorf("%s shows %q, which is for the network", url, word)
				}
			}
		}
	}
}

// TestStoppedBeforeContact stops a node before anybody knows of it. The others
// then show nothing of it, and all the same of each other: what they show came
// over the network.
func TestStoppedBeforeContact(t *testing.T) {
	t.Parallel()
	d, err := demo.Open(t.Context(), options(t))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	b := d.Node("riverbend")
	host := b.App.Origin.Host()
	if err := b.Stop(); err != nil {
		t.Fatal(err)
	}
	err = d.Play(t.Context())
	if err == nil || !strings.Contains(err.Error(), host) {
		t.Errorf("without %s the story ends with %v", host, err)
	}
	for _, n := range []*demo.Node{d.Node("hub"), d.Node("casa_semilla")} {
		if c := count(t, n); c["remotePosts"]+c["remoteGatherings"] == 0 {
			t.Errorf("%s shows nothing at all", n.Key)
		}
		for _, i := range everything(t, n) {
			if strings.Contains(fmt.Sprint(i.URI, i.Author, i.InReplyTo, i.SharedBy), host) {
				t.Errorf("%s has %s", n.Key, i.URI)
			}
		}
		v, _, err := n.App.People.ViewerFor(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		following, err := n.App.Following.Following(t.Context(), v)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range following {
			if s.Actor.Host == host {
				t.Errorf("%s follows %s", n.Key, s.Actor.Handle())
			}
		}
		browser := visitor(t, n.People[0].SignIn)
		for _, path := range []string{"/", "/following", "/people", "/gatherings"} {
			if strings.Contains(page(t, browser, string(n.App.Origin)+path, http.StatusOK), host) {
				t.Errorf("%s of %s shows %s", path, n.Key, host)
			}
		}
	}
}

// TestKept starts a demo again on its data: same addresses, same things said, new links.
func TestKept(t *testing.T) {
	t.Parallel()
	o := options(t)
	first, err := demo.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	before := map[string]string{}
	for _, n := range first.Nodes {
		before[n.Key] = fmt.Sprint(n.App.Origin, count(t, n))
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	o.Addresses = nil
	again, err := demo.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if !again.Again {
		t.Error("the second run does not know of the first")
	}
	for i, n := range again.Nodes {
		if now := fmt.Sprint(n.App.Origin, count(t, n)); now != before[n.Key] {
			t.Errorf("%s was %s and is %s", n.Key, before[n.Key], now)
		}
		if len(n.People) != len(first.Nodes[i].People) || n.People[0].SignIn == first.Nodes[i].People[0].SignIn {
			t.Errorf("%s: people are %v", n.Key, n.People)
		}
		visitor(t, n.People[0].SignIn)
	}
}

// TestUnfinished refuses data of a demo whose story was not told to the end.
func TestUnfinished(t *testing.T) {
	t.Parallel()
	o := options(t)
	d, err := demo.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := demo.Start(t.Context(), o); !errors.Is(err, demo.ErrUnfinished) {
		t.Errorf("error is %v", err)
	}
}

// TestFallback has addresses that this machine does not own, as 127.77.0.1 on macOS.
func TestFallback(t *testing.T) {
	t.Parallel()
	o := options(t)
	o.Addresses = []string{"127.77.30.1:0", "203.0.113.2:80", "203.0.113.3:80", "203.0.113.4:80"}
	d, err := demo.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if !d.Fallback {
		t.Error("it does not say that it fell back")
	}
	for _, n := range d.Nodes {
		if !strings.HasPrefix(string(n.App.Origin), "http://127.0.0.1:") {
			t.Errorf("%s is at %s", n.Key, n.App.Origin)
		}
		if c := count(t, n); c["remotePosts"] < 3 {
			t.Errorf("%s has %v", n.Key, c)
		}
	}
}

// TestTemporary leaves nothing behind, also when it is stopped early.
func TestTemporary(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	o := options(t)
	o.Folder = ""
	ctx, cancel := context.WithCancel(t.Context())
	d, err := demo.Open(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := d.Play(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled story ends with %v", err)
	}
	if err := errors.Join(d.Close(), d.Close()); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}
