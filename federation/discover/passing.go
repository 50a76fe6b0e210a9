package discover

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"

	"github.com/poweron-network/poweron/federation/authority"
	"github.com/poweron-network/poweron/federation/fetch"
	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/federation/signature"
	"github.com/poweron-network/poweron/federation/vocab"
)

// Passing reports whether a lookup failed for a reason that may be gone later:
// the network, trouble at the other server, a limit or a fault of ours. Then
// whoever sent something is asked to send it again; all else is refused.
func Passing(err error) bool {
	if status := (*fetch.StatusError)(nil); errors.As(err, &status) {
		switch status.Code {
		case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
			return true
		}
		return status.Code/100 == 5
	}
	for _, lasting := range []error{
		authority.ErrNotTheirs, signature.ErrRefused, vocab.ErrDocument, jsonld.ErrMalformed, jsonld.ErrTooLarge, errNoActor, ErrTooSoon,
		fetch.ErrBlockedAddress, fetch.ErrMediaType, fetch.ErrTooLarge, fetch.ErrRedirect,
	} {
		if errors.Is(err, lasting) {
			return false
		}
	}
	name, certificate := (*net.DNSError)(nil), (*tls.CertificateVerificationError)(nil)
	return err != nil && !errors.As(err, &certificate) && (!errors.As(err, &name) || !name.IsNotFound)
}
