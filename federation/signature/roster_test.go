package signature_test

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/poweron-network/poweron/federation/signature"
)

// TestRosterHeaderIsSigned: in every scheme, where it is there; what somebody
// adds or changes on the way does not count.
func TestRosterHeaderIsSigned(t *testing.T) {
	t.Parallel()
	now := time.Now() // httpsig looks at the machine's clock
	const told = `id="https://hub.example/ap/networks/1/members",version=44,digest="00"`
	origin, err := url.Parse("https://node.example")
	if err != nil {
		t.Fatal(err)
	}
	body := []byte(`{}`)
	edKey := proofPrivate(3)
	rsaPrivate := rsaKey(t, 2048)
	for scheme, key := range map[signature.Scheme]crypto.Signer{signature.Cavage: rsaPrivate, signature.RFC9421: rsaPrivate, signature.RFC9421Ed25519: edKey} {
		request := func(header string) *http.Request {
			t.Helper()
			r := httptest.NewRequest(http.MethodPost, "https://node.example/ap/inbox", bytes.NewReader(body))
			if header != "" {
				r.Header.Set(signature.RosterHeader, header)
			}
			if err := signature.Sign(r, body, scheme, signature.Key{ID: "https://other.example/a#k", Private: key}, now); err != nil {
				t.Fatal(err)
			}
			return r
		}
		check := func(r *http.Request) (string, bool) {
			t.Helper()
			claim, err := signature.Check(r, body, signature.Policy{Now: now, Origin: origin})
			if err != nil {
				return "", false
			}
			public := key.Public()
			if p, ok := public.(ed25519.PublicKey); ok {
				return claim.Covered(signature.RosterHeader), claim.Verify(p) == nil
			}
			return claim.Covered(signature.RosterHeader), claim.Verify(public) == nil
		}
		if got, ok := check(request(told)); got != told || !ok {
			t.Errorf("%s: %q, %v", scheme, got, ok)
		}
		changed := request(told)
		changed.Header.Set(signature.RosterHeader, told+"1")
		if _, ok := check(changed); ok {
			t.Errorf("%s: changed on the way, and taken", scheme)
		}
		dropped := request(told)
		dropped.Header.Del(signature.RosterHeader)
		if _, ok := check(dropped); ok {
			t.Errorf("%s: dropped on the way, and taken", scheme)
		}
		added := request("")
		added.Header.Set(signature.RosterHeader, told)
		if got, ok := check(added); got != "" || !ok {
			t.Errorf("%s: added on the way: %q, %v", scheme, got, ok)
		}
	}
}
