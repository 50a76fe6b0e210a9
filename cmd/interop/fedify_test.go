package interop_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// peer is a running Fedify peer.
type peer struct {
	t   *testing.T
	URL string
}

type doc = map[string]any

// folder finds the peer's program with its packages installed, or skips the
// test; on CI it must be there.
func folder(t *testing.T) string {
	t.Helper()
	missing := t.Skipf
	if os.Getenv("POWERON_CI") != "" {
		missing = t.Fatalf
	}
	dir := os.Getenv("POWERON_FEDIFY_DIR")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "interop", "fedify-peer")
	}
	if _, err := exec.LookPath("node"); err != nil {
		missing("the Fedify peer needs Node.js: install it to run this test")
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules")); err != nil {
		missing("no Fedify peer with its packages in %s: set POWERON_FEDIFY_DIR to a copy of it after `npm ci`", dir)
	}
	return dir
}

// start runs a peer on an address of its own and waits until it listens.
func start(t *testing.T, ip string, args ...string) *peer {
	t.Helper()
	dir := folder(t)
	ln, err := net.Listen("tcp", ip+":0")
	if err != nil {
		t.Fatal(err)
	}
	addr := ln.Addr().(*net.TCPAddr)
	_ = ln.Close()
	p := &peer{t: t, URL: "http://" + addr.String()}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	all := append([]string{"server.mjs", "--host", ip, "--port", fmt.Sprint(addr.Port), "--origin", p.URL}, args...)
	cmd := exec.CommandContext(ctx, "node", all...)
	cmd.Dir = dir
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var problems bytes.Buffer
	cmd.Stderr = &problems
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait()
		if t.Failed() && problems.Len() > 0 {
			t.Logf("the peer says: %s", problems.String())
		}
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "listening") {
			go func() {
				for lines.Scan() {
					continue
				}
			}()
			return p
		}
	}
	t.Fatalf("the peer did not start: %s", problems.String())
	return nil
}

// do asks the peer to do something.
func (p *peer) do(name string, body doc) doc {
	p.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.call(http.MethodPost, name, raw)
}

// ask reads something of the peer.
func (p *peer) ask(name string, query url.Values) doc {
	p.t.Helper()
	return p.call(http.MethodGet, name+"?"+query.Encode(), nil)
}

func (p *peer) call(method, name string, body []byte) doc {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.URL+"/control/"+name, bytes.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatalf("peer %s: %v", name, err)
	}
	defer resp.Body.Close()
	var answer any
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		p.t.Fatalf("peer %s: %v", name, err)
	}
	if resp.StatusCode != http.StatusOK {
		p.t.Fatalf("peer %s: %d %v", name, resp.StatusCode, answer)
	}
	if list, ok := answer.([]any); ok {
		return doc{"items": list}
	}
	return answer.(doc)
}

// received lists the activities of a type that reached the peer and whose signature it verified.
func (p *peer) received(kind string) (list []doc) {
	p.t.Helper()
	answer := p.ask("received", url.Values{"type": {kind}})
	for _, key := range []string{"items", "received"} {
		entries, _ := answer[key].([]any)
		for _, e := range entries {
			list = append(list, e.(doc))
		}
	}
	return list
}

// delivered fails the test unless everything that an action sent was accepted.
func (p *peer) delivered(answer doc) {
	p.t.Helper()
	deliveries, _ := answer["delivery"].([]any)
	if len(deliveries) == 0 {
		p.t.Fatalf("the peer delivered nothing: %v", answer)
	}
	for _, d := range deliveries {
		if ok, _ := d.(doc)["ok"].(bool); !ok {
			p.t.Errorf("the peer's delivery failed: %v", d)
		}
	}
}

// host is the peer's authority.
func (p *peer) host() string { return strings.TrimPrefix(p.URL, "http://") }
