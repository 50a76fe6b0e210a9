package crash_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/poweron-network/poweron/cmd/fedtest"
	"github.com/poweron-network/poweron/federation/signature"
)

// said is one activity that a client sends until it is acknowledged.
type said struct {
	marker       string // in the text of its note
	by           *fedtest.Peer
	body         []byte
	tries        int
	acknowledged bool
}

// written is one post that a client writes through the page. It is not sent
// again: without an answer nobody knows whether it is there.
type written struct {
	marker string
	id     string // where the browser was sent; empty without an answer
}

// client sends one thing after the other, without a pause.
type client struct {
	l     *loop
	by    *fedtest.Peer
	name  string
	seq   int
	said  []*said
	open  []*said // of these, what was never answered
	wrote []*written
}

// work sends until the node does not answer any more.
func (c *client) work(ctx context.Context) {
	for k := 0; ctx.Err() == nil; k++ {
		ok := false
		if k%4 == 3 {
			ok = c.write(ctx)
		} else {
			ok = c.say(ctx)
		}
		if !ok {
			return
		}
	}
}

// marker is a word that occurs once in everything that is ever sent.
func (c *client) marker() string {
	c.seq++
	return fmt.Sprintf("%s%d", c.name, c.seq)
}

// say sends what is still without an answer, else something new.
func (c *client) say(ctx context.Context) bool {
	if len(c.open) == 0 {
		c.open = append(c.open, c.note())
	}
	s := c.open[0]
	if !c.send(ctx, s) {
		return false
	}
	s.acknowledged, c.open = true, c.open[1:]
	return true
}

// note makes a new activity: Create of a note for everyone.
func (c *client) note() *said {
	s := &said{marker: c.marker(), by: c.by}
	id := c.by.URL + "/notes/" + s.marker
	body, err := json.Marshal(fedtest.Doc{
		"@context": "https://www.w3.org/ns/activitystreams", "id": id + "/create", "type": "Create", "actor": c.by.Actor,
		"to": []any{"https://www.w3.org/ns/activitystreams#Public"}, "cc": []any{c.by.Actor + "/followers"},
		"object": fedtest.Doc{
			"id": id, "type": "Note", "attributedTo": c.by.Actor, "content": "<p>marker " + s.marker + "</p>", "published": time.Now().UTC().Format(time.RFC3339),
			"to": []any{"https://www.w3.org/ns/activitystreams#Public"}, "cc": []any{c.by.Actor + "/followers"},
		},
	})
	if err != nil {
		c.l.t.Error(err)
	}
	s.body = body
	c.said = append(c.said, s)
	return s
}

// send signs an activity anew and sends it; it reports whether it was acknowledged.
func (c *client) send(ctx context.Context, s *said) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.l.origin+"/ap/inbox", bytes.NewReader(s.body))
	if err != nil {
		c.l.t.Error(err)
		return false
	}
	r.Header.Set("Content-Type", "application/activity+json")
	if err := signature.Sign(r, s.body, s.by.Scheme, s.by.Key, time.Now()); err != nil {
		c.l.t.Error(err)
		return false
	}
	s.tries++
	status, _ := c.l.do(r)
	if status >= 400 {
		c.l.t.Errorf("activity %s is answered with %d", s.marker, status)
	}
	return status/100 == 2
}

// write posts through the page, signed in, as a browser does.
func (c *client) write(ctx context.Context) bool {
	p := &written{marker: c.marker()}
	c.wrote = append(c.wrote, p)
	form := url.Values{"as": {"organization"}, "audience": {"public"}, "lang": {"en"}, "text": {"marker " + p.marker}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.l.origin+"/posts/new", strings.NewReader(form.Encode()))
	if err != nil {
		c.l.t.Error(err)
		return false
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.AddCookie(c.l.cookie)
	status, header := c.l.do(r)
	if status == 0 {
		return false
	}
	path, ok := strings.CutPrefix(header.Get("Location"), "/posts/")
	if status != http.StatusSeeOther || !ok {
		c.l.t.Errorf("post %s is answered with %d", p.marker, status)
		return false
	}
	p.id, _, _ = strings.Cut(path, "?")
	return true
}

// do sends one request; the status is 0 if no whole answer came.
func (l *loop) do(r *http.Request) (status int, header http.Header) {
	l.outstanding.Add(1)
	defer l.outstanding.Add(-1)
	resp, err := l.http.Do(r)
	if err != nil {
		return 0, nil
	}
	defer resp.Body.Close() //nolint:errcheck // it was read
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return 0, nil
	}
	return resp.StatusCode, resp.Header
}
