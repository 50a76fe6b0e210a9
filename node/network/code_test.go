package network_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/network"
)

var codeForm = regexp.MustCompile(`^node\.example\.org/ptp/([0-9A-HJKMNP-TV-Z]{4}-){6}[0-9A-HJKMNP-TV-Z]{2}$`)

// code makes a code and returns its hash.
func (h *hub) code(t testing.TB) (code, hash string) {
	t.Helper()
	code, err := h.Networks.NewCode(t.Context(), h.Admin, h.net.ID)
	if err != nil {
		t.Fatal(err)
	}
	hash, ok := network.CodeHash(code[strings.LastIndex(code, "/")+1:])
	if !ok {
		t.Fatalf("%s has no hash", code)
	}
	return code, hash
}

func TestCodes(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	seen := map[string]bool{}
	for range 20 {
		code, _ := h.code(t)
		if !codeForm.MatchString(code) || seen[code] {
			t.Errorf("a code is %s", code)
		}
		seen[code] = true
	}
	list, err := h.Networks.Codes(t.Context(), h.Admin, h.net.ID)
	if err != nil || len(list) != 20 || list[0].MadeBy != h.Admin.Person || list[0].ExpiresAt.Sub(list[0].CreatedAt) != node.HubCodeLife || list[0].UsedBy != "" {
		t.Errorf("codes are %+v, %v", list, err)
	}
	for name, v := range map[string]access.Viewer{"visitor": access.Visitor, "editor": h.Person(t, "ed", node.Editor), "member": access.Remote("https://east.example/ap/node", h.net.ID)} {
		if _, err := h.Networks.NewCode(t.Context(), v, h.net.ID); !errors.Is(err, node.ErrForbidden) {
			t.Errorf("%s makes a code: %v", name, err)
		}
		if _, err := h.Networks.Codes(t.Context(), v, h.net.ID); !errors.Is(err, node.ErrForbidden) {
			t.Errorf("%s lists codes: %v", name, err)
		}
	}
}

// TestCodeHash: what people mistype reads as what was meant.
func TestCodeHash(t *testing.T) {
	t.Parallel()
	want, ok := network.CodeHash("01AB-CDEF-GHJK-MNPQ-RSTV-WXYZ-01")
	if !ok {
		t.Fatal("a good code has no hash")
	}
	for code, same := range map[string]bool{
		"01abcdefghjkmnpqrstvwxyz01": true, "OIab cdef ghjk mnpq rstv wxyz Ol": true, " 01AB-CDEF-GHJK-MNPQ-RSTV-WXYZ-01 ": true,
		"01AB-CDEF-GHJK-MNPQ-RSTV-WXYZ-02": false,
	} {
		if got, ok := network.CodeHash(code); !ok || (got == want) != same {
			t.Errorf("%q: the same = %v, %v", code, got == want, ok)
		}
	}
	for _, code := range []string{"", "01AB", "01AB-CDEF-GHJK-MNPQ-RSTV-WXYZ-012", "01AB-CDEF-GHJK-MNPQ-RSTV-WXYU-01", "01AB-CDEF-GHJK-MNPQ-RSTV-WXY!-01"} {
		if _, ok := network.CodeHash(code); ok {
			t.Errorf("%q is a code", code)
		}
	}
}

func TestACodeIsUsedOnce(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	_, good := h.code(t)
	_, old := h.code(t)
	h.Clock.Add(node.HubCodeLife)
	_, late := h.code(t)
	_ = late
	ask := func(host string, n int, hash string) error {
		in := h.application(host, n)
		in.CodeHash = hash
		return h.Networks.ReceiveJoin(t.Context(), in)
	}
	h.drain(t)
	// What the hub answers to whom asks before it joins, and to whom joins, is the same.
	check(t, "expired", h.Networks.CheckCode(t.Context(), h.net.ID, old), "error.code.expired")
	check(t, "expired too", h.Networks.CheckCode(t.Context(), h.net.ID, good), "error.code.expired")
	check(t, "good", h.Networks.CheckCode(t.Context(), h.net.ID, late), "")
	check(t, "unknown", h.Networks.CheckCode(t.Context(), h.net.ID, "beef"), "error.code.wrong")
	if err := h.Networks.CheckCode(t.Context(), uuid.Must(uuid.NewV7()), late); !errors.Is(err, node.ErrNotFound) {
		t.Errorf("a code of no network: %v", err)
	}
	for _, c := range []struct{ host, hash, reason string }{
		{"first.example", late, ""},
		{"second.example", late, "error.code.used"},
		{"third.example", old, "error.code.expired"},
		{"fourth.example", "beef", "error.code.wrong"},
		{"fifth.example", "", ""},
	} {
		if err := ask(c.host, 1, c.hash); err != nil {
			t.Fatal(c.host, err)
		}
		m := line(t, h.Node, h.net.ID, orgURI(c.host))
		status, answer := node.MemberPending, node.Received
		if c.reason != "" {
			status, answer = node.MemberRefused, node.Refused
		}
		if m.Status != status || m.Reason != c.reason {
			t.Errorf("%s is %s because of %q", c.host, m.Status, m.Reason)
		}
		events := h.drain(t)
		if len(events) != 1 || events[0].Verb != answer || events[0].Target != orgURI(c.host) || events[0].Ref != m.JoinURI || events[0].Object != m.ID || events[0].Actor != h.net.ID {
			t.Errorf("%s is answered %+v", c.host, events)
		}
	}
	// The same organization may come with its own code again: its first Join was lost.
	if err := ask("first.example", 2, late); err != nil {
		t.Fatal(err)
	}
	if m := line(t, h.Node, h.net.ID, orgURI("first.example")); m.Status != node.MemberPending || !strings.HasSuffix(m.JoinURI, "join-2") || m.CodeID == uuid.Nil {
		t.Errorf("asked again it is %+v", m)
	}
	list, err := h.Networks.Applications(t.Context(), h.Admin, h.net.ID)
	if err != nil || len(list) != 2 {
		t.Errorf("%d applications, %v", len(list), err)
	}
	check(t, "used", h.Networks.CheckCode(t.Context(), h.net.ID, late), "error.code.used")
}

// TestOneCodeFiftyTimes: fifty organizations come with one code at once, and one of them has it.
func TestOneCodeFiftyTimes(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	_, hash := h.code(t)
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			in := h.application(fmt.Sprintf("n%d.example", i), 1)
			in.CodeHash = hash
			if err := h.Networks.ReceiveJoin(t.Context(), in); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	list, err := h.Networks.Applications(t.Context(), h.Admin, h.net.ID)
	if err != nil || len(list) != 1 {
		t.Fatalf("%d applications, %v", len(list), err)
	}
	codes, err := h.Networks.Codes(t.Context(), h.Admin, h.net.ID)
	if err != nil || codes[0].UsedBy != list[0].OrganizationURI || codes[0].UsedAt.IsZero() {
		t.Errorf("the code was used by %+v, %v", codes, err)
	}
	refused := 0
	for _, e := range h.drain(t) {
		if e.Verb == node.Refused {
			refused++
		}
	}
	if refused != 49 {
		t.Errorf("%d were refused", refused)
	}
}

func TestWhatPeoplePasteToJoin(t *testing.T) {
	t.Parallel()
	const code = "01AB-CDEF-GHJK-MNPQ-RSTV-WXYZ-01"
	j := applyTo(t, "hub.example")
	hash, _ := network.CodeHash(code)
	for ref, key := range map[string]string{
		"ptp@hub.example": "", "@ptp@hub.example": "", "hub.example/ptp/" + code: "", "  HUB.example/PTP/" + strings.ToLower(code) + " ": "",
		"https://hub.example/ap/networks/1": "", "https://hub.example/ptp/" + code: "",
		"": "error.hub.empty", "ptp": "error.hub.form", "hub.example/ptp": "error.hub.form", "hub.example/ptp/01AB-CDEF": "error.code.form", "a b@c": "error.hub.form",
		"ptp@other.example": "error.hub.none", "https://other.example/ap/networks/1": "error.hub.none",
	} {
		p, err := j.Networks.Preview(t.Context(), j.Admin, ref)
		check(t, ref, err, key)
		if err == nil && (p.Network.URI != j.hub.URI || p.Code != strings.Contains(strings.ToUpper(ref), code) || !strings.HasPrefix(p.Fingerprint, "sha256:") || p.Organization.Handle != "riverside" || !p.Member) {
			t.Errorf("%q is %+v", ref, p)
		}
	}
	for _, key := range []string{"error.code.wrong", "error.code.used", "error.code.expired"} {
		j.hubs.codes[hash] = key
		_, err := j.Networks.Join(t.Context(), j.Admin, "hub.example/ptp/"+code, "")
		check(t, "a code that is "+key, err, key)
	}
}
