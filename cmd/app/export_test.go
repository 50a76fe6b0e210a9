package app

import "net/http"

// ClientAddress is clientAddress.
func (o Options) ClientAddress(r *http.Request) string { return o.clientAddress()(r) }
