package crash_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"testing"

	"github.com/poweron-network/poweron/cmd/app"
	"github.com/poweron-network/poweron/cmd/fedtest"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/conversation"
	"github.com/poweron-network/poweron/node/delivery"
	"github.com/poweron-network/poweron/node/store"
)

// evidence is what was sent, what the node says it has, and what others got of it.
type evidence struct {
	said  []*said
	wrote []*written
	known int64 // activities received while the node was set up

	items     map[string]int    // marker -> stored items with it
	posts     map[string]string // id of each own post -> its marker
	announced map[string]int    // URI of an own post -> activities that create it
	arrived   []map[string]map[string]int
	counts    store.Counts
	faults    []string
	origin    node.Origin
}

// verdict lists what is wrong, by kind, each by its marker or id.
type verdict struct {
	lost  []string // acknowledged and not there
	twice []string // there more than once
	half  []string // a post without its announcement, or the other way round
	other []string
}

func (v *verdict) String() string {
	short := func(list []string) string { return fmt.Sprintf("%d %q", len(list), list[:min(len(list), 5)]) }
	return "lost " + short(v.lost) + ", twice " + short(v.twice) + ", half " + short(v.half) + ", other " + short(v.other)
}

func (v *verdict) clean() bool { return len(v.lost)+len(v.twice)+len(v.half)+len(v.other) == 0 }

// judge compares what was acknowledged with what is there (R1–R3).
func (e *evidence) judge() *verdict {
	v := &verdict{other: e.faults}
	for _, s := range e.said {
		if s.acknowledged && e.items[s.marker] == 0 {
			v.lost = append(v.lost, s.marker)
		}
	}
	for _, w := range e.wrote {
		if w.id != "" && e.posts[w.id] != w.marker {
			v.lost = append(v.lost, w.marker)
		}
	}
	for marker, n := range e.items {
		if n > 1 {
			v.twice = append(v.twice, marker)
		}
	}
	uris := map[string]bool{}
	for id, marker := range e.posts {
		uri := string(e.origin) + "/ap/objects/" + id
		uris[uri] = true
		if n := e.announced[uri]; n != 1 {
			v.half = append(v.half, fmt.Sprintf("post %s has %d announcements", marker, n))
		}
	}
	for uri := range e.announced {
		if !uris[uri] {
			v.half = append(v.half, "announced and not there: "+uri)
		}
	}
	e.judgeArrivals(v, uris)
	e.judgeCounts(v)
	return v
}

// judgeArrivals compares what each receiver got with the posts: each at least
// once, and however often, as one activity.
func (e *evidence) judgeArrivals(v *verdict, uris map[string]bool) {
	for n, got := range e.arrived {
		for uri := range uris {
			if len(got[uri]) == 0 {
				v.lost = append(v.lost, fmt.Sprintf("%s on its way to receiver %d", uri, n))
			}
		}
		for uri, activities := range got {
			if len(activities) > 1 {
				v.twice = append(v.twice, fmt.Sprintf("%s at receiver %d", uri, n))
			}
			if !uris[uri] {
				v.half = append(v.half, fmt.Sprintf("receiver %d has %s, the node has not", n, uri))
			}
		}
	}
}

// judgeCounts compares the figures: each activity has one row, however often it
// came, and nothing waits or was put aside.
func (e *evidence) judgeCounts(v *verdict) {
	want := store.Counts{
		"received": e.known + int64(len(e.said)), "remotePosts": int64(len(e.said)), "posts": int64(len(e.posts)), "queued": 0, "jobs": 0, "failedJobs": 0,
	}
	for name, n := range want {
		if e.counts[name] != n {
			v.other = append(v.other, fmt.Sprintf("%s is %d, not %d", name, e.counts[name], n))
		}
	}
}

// sent counts what a receiver got: deliveries, and how many of them came again.
func sent(got map[string]map[string]int) (all, again int) {
	for _, activities := range got {
		for _, n := range activities {
			all, again = all+n, again+n-1
		}
	}
	return all, again
}

var markerIn = regexp.MustCompile(`marker (c\dn\d+)\b`)

// gather opens the stopped node's data and collects the evidence.
func (l *loop) gather() *evidence {
	t, ctx := l.t, l.t.Context()
	t.Helper()
	a, err := app.Open(ctx, options(l.folder, store.Use, l.log))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}()
	e := &evidence{known: l.known, items: map[string]int{}, posts: map[string]string{}, announced: map[string]int{}, origin: a.Origin}
	for _, c := range l.clients {
		e.said, e.wrote = append(e.said, c.said...), append(e.wrote, c.wrote...)
	}
	for _, p := range l.receivers {
		e.arrived = append(e.arrived, creates(p.Received("Create")))
	}
	e.readItems(t, a)
	e.readOutbox(t, a)
	err = a.DB.View(ctx, func(tx *store.Tx) (err error) {
		e.counts, e.faults, err = tx.Verify(ctx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// readItems finds the marker of every stored item.
func (e *evidence) readItems(t *testing.T, a *app.App) {
	t.Helper()
	operator, _, err := a.People.ViewerFor(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	var at conversation.Cursor
	for {
		list, next, err := a.Conversation.Everything(t.Context(), operator, at, 500)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range list {
			marker := "none"
			if m := markerIn.FindStringSubmatch(i.Body.In("en", "en")); m != nil {
				marker = m[1]
			}
			e.items[marker]++
			if i.Local {
				e.posts[i.ID.String()] = marker
			}
		}
		if at = next; at == "" {
			return
		}
	}
}

// readOutbox finds what the node says that it announced.
func (e *evidence) readOutbox(t *testing.T, a *app.App) {
	t.Helper()
	site, err := a.People.Site(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var at delivery.Cursor
	for {
		list, next, _, err := a.Delivery.OutboxPage(t.Context(), site.Organization.ID, at, 500)
		if err != nil {
			t.Fatal(err)
		}
		for _, said := range list {
			var doc fedtest.Doc
			if err := json.Unmarshal(said.Raw, &doc); err != nil {
				t.Fatal(err)
			}
			uri, _ := objectOf(doc)
			e.announced[uri]++
		}
		if at = next; at == "" {
			return
		}
	}
}

// creates counts what a receiver got: object -> activity -> how often.
func creates(list []fedtest.Doc) map[string]map[string]int {
	got := map[string]map[string]int{}
	for _, doc := range list {
		uri, activity := objectOf(doc)
		if got[uri] == nil {
			got[uri] = map[string]int{}
		}
		got[uri][activity]++
	}
	return got
}

// objectOf is the id of what an activity is about, and its own.
func objectOf(doc fedtest.Doc) (object, activity string) {
	activity, _ = doc["id"].(string)
	if o, ok := doc["object"].(fedtest.Doc); ok {
		object, _ = o["id"].(string)
	}
	return object, activity
}

// verify checks a node's data as a whole and returns its figures.
func verify(t *testing.T, a *app.App) (counts store.Counts) {
	t.Helper()
	err := a.DB.View(t.Context(), func(tx *store.Tx) (err error) {
		var faults []string
		if counts, faults, err = tx.Verify(t.Context()); len(faults) > 0 {
			t.Errorf("faults in the data: %v", faults)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return counts
}
