package browser_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/poweron-network/poweron/cmd/fedtest"
	"github.com/poweron-network/poweron/node"
)

// finding is one line of what the walk says.
type finding struct{ Check, Where, Words string }

// visited is one node as the walk is told of it.
type visited struct {
	URL          string `json:"url"`
	Organization string `json:"organization"`
	Handle       string `json:"handle"`
	Me           string `json:"me"`   // handle of who signs in
	Name         string `json:"name"` // of who signs in, if the walk needs it
	SignIn       string `json:"signIn"`
	HeldOn       string `json:"heldOn"` // page of the post that a held reply answers
}

// checks are what the walk looks for; each is a subtest, in the order of its report.
var checks = []struct{ name, says string }{
	{"walk", "sign in, edit a profile, follow, write, read the other node, announce, reply, review, without JavaScript"},
	{"origin", "E10: no request leaves the node"},
	{"axe", "nothing serious or critical of WCAG 2.2 A, AA and best practice"},
	{"width", "no sideways scroll at 320 px, targets of 44 px"},
	{"heading", "a title, one h1 and the right language"},
	{"keyboard", "skip link and Enter"},
	{"console", "the browser has nothing to say"},
	{"proof", "each check finds the fault that was planted for it"},
}

// budget bounds the walk: a quiet machine needs about a minute.
const budget = 5 * time.Minute

// TestBrowser walks through two nodes in Chromium. A third one, which the two
// do not know, has answered both, so that something is held for review.
func TestBrowser(t *testing.T) {
	dir := folder(t)
	c := fedtest.New(t, "river", "centro", "faraway")
	walked, faraway := c.Nodes[:2], c.Nodes[2]
	var in struct {
		Nodes []visited `json:"nodes"`
	}
	for _, n := range walked {
		in.Nodes = append(in.Nodes, prepare(t, c, n, faraway))
	}
	work(t, c)
	found, ended := walk(t, dir, "walk.mjs", in)
	judge(t, found, ended)
}

// judge makes a subtest of each check of a walk.
func judge(t *testing.T, found map[string][]finding, ended error) {
	t.Helper()
	for _, check := range checks {
		name := check.name
		if name == "origin" {
			name = "E10_" + name
		}
		t.Run(name, func(t *testing.T) {
			for _, f := range found[check.name] {
				t.Errorf("%s: %s: %s", check.says, f.Where, f.Words)
			}
		})
	}
	for _, f := range found["moderate"] {
		t.Logf("moderate: %s: %s", f.Where, f.Words)
	}
	for _, f := range found["done"] {
		t.Log(f.Words)
	}
	if ended != nil || len(found["done"]) == 0 && len(found["walk"]) == 0 {
		t.Errorf("the walk did not end: %v", ended)
	}
}

// folder is e2e with its packages. Without them, Node or Chromium the test is
// skipped; on CI they must be there.
func folder(t *testing.T) string {
	t.Helper()
	missing := t.Skip
	if os.Getenv("POWERON_CI") != "" {
		missing = t.Fatal
	}
	if _, err := exec.LookPath("node"); err != nil {
		missing("the browser test needs Node.js 20 or newer: install it to run this test")
	}
	chromium := os.Getenv("CHROMIUM")
	if chromium == "" {
		chromium = "/usr/bin/chromium"
	}
	if _, err := exec.LookPath(chromium); err != nil {
		missing("the browser test needs Chromium in " + chromium + ": install it, or name another one in CHROMIUM")
	}
	dir := filepath.Join("..", "..", "e2e")
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "playwright-core")); err != nil {
		missing("the browser test needs the packages of e2e: run `npm ci` there")
	}
	return dir
}

// prepare makes n's admin followable, and lets a server that is new to n answer a post.
func prepare(t *testing.T, c *fedtest.Cluster, n, stranger *fedtest.Node) visited {
	t.Helper()
	ctx := t.Context()
	out := visited{URL: n.URL, Organization: "The " + n.Handle, Handle: n.Handle, Me: "admin_" + n.Handle}
	if _, err := n.People.SetFollowable(ctx, n.Admin, out.Me, true); err != nil {
		t.Fatal(err)
	}
	var err error
	if out.SignIn, err = n.People.PersonLink(ctx, n.Admin, out.Me); err != nil {
		t.Fatal(err)
	}
	stranger.Follow(n.At(n.Handle))
	asked := n.Post("Who has a spare set of keys?")
	out.HeldOn = n.URL + "/posts/" + asked.ID.String()
	c.Settle()
	_, err = stranger.Conversation.Post(ctx, stranger.Admin, node.PostInput{
		AsOrganization: true, Audience: node.Public, Lang: "en", Text: "A voice from elsewhere", InReplyTo: asked.URI,
	})
	if err != nil {
		t.Fatal(err)
	}
	c.Settle()
	return out
}

// work lets the nodes do their background work until the test ends.
func work(t *testing.T, c *fedtest.Cluster) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for _, n := range c.Nodes {
		wg.Go(func() { n.Run(ctx) })
	}
	t.Cleanup(func() {
		cancel()
		wg.Wait()
	})
}

// pictures is the folder that gets a picture of each page, if one is named.
func pictures() []string {
	if folder := os.Getenv("POWERON_PICTURES"); folder != "" {
		return []string{folder}
	}
	return nil
}

// walk runs a script of e2e and sorts what it finds by check.
func walk(t *testing.T, dir, script string, in any) (found map[string][]finding, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), budget)
	defer cancel()
	told, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, "node", append([]string{script}, pictures()...)...)
	cmd.Dir, cmd.Stdin, cmd.Stderr = dir, bytes.NewReader(told), t.Output()
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // lets it close the browser
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.Output()
	found = map[string][]finding{}
	for line := range bytes.Lines(out) {
		var f finding
		if err := json.Unmarshal(line, &f); err != nil {
			t.Logf("the walk says: %s", line)
			continue
		}
		found[f.Check] = append(found[f.Check], f)
	}
	return found, err
}
