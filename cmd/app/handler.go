package app

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/poweron-network/poweron/node/store"
	"github.com/poweron-network/poweron/ui"
)

// Handler answers everything that reaches the node: machines, then people.
func (a *App) Handler(ctx context.Context) (http.Handler, error) {
	site, err := a.People.Site(ctx)
	if err != nil {
		return nil, err
	}
	pages, err := ui.New(ui.Options{
		People: a.People, Conversation: a.Conversation, Gathering: a.Gathering, Following: a.Following, Skills: a.Skills, Origin: a.Origin,
		Network: a.Network, Cards: a.Cards, Mentoring: a.Mentoring, Contact: a.Contact, Delivery: a.Delivery,
		Secure: strings.HasPrefix(string(a.Origin), "https://"), NodeID: site.NodeID, Log: a.Options.Log, Now: a.Options.Now, Version: a.Options.Version,
	})
	if err != nil {
		return nil, err
	}
	gin.SetMode(gin.ReleaseMode) // process-wide; its debug mode only prints routes
	r := gin.New()
	r.ContextWithFallback = true
	proxies := make([]string, len(a.Options.TrustedProxies))
	for i, p := range a.Options.TrustedProxies {
		proxies[i] = p.String()
	}
	if err := r.SetTrustedProxies(proxies); err != nil {
		return nil, fmt.Errorf("trust proxies: %w", err)
	}
	r.Use(a.log, a.recover, a.machines.Negotiate)
	r.GET("/healthz", func(c *gin.Context) { c.String(http.StatusOK, "ok\n") })
	r.GET("/readyz", a.ready)
	a.machines.Mount(r)
	pages.Mount(r)
	return r, nil
}

// ready reports whether the database answers.
func (a *App) ready(c *gin.Context) {
	err := a.DB.View(c.Request.Context(), func(tx *store.Tx) error {
		_, err := tx.HomeOrganization(c.Request.Context())
		return err
	})
	if err != nil {
		c.String(http.StatusServiceUnavailable, "not ready\n")
		return
	}
	c.String(http.StatusOK, "ready\n")
}

// log writes one line for a request that failed on our side; ids and hosts, no content (C10).
func (a *App) log(c *gin.Context) {
	start := a.Options.Now()
	c.Next()
	if status := c.Writer.Status(); status >= http.StatusInternalServerError {
		a.Options.Log.Error("request", "method", c.Request.Method, "route", c.FullPath(), "status", status, "took", a.Options.Now().Sub(start).Round(time.Millisecond))
	} else {
		a.Options.Log.Debug("request", "method", c.Request.Method, "route", c.FullPath(), "status", status)
	}
}

// recover turns a panic into a 500 without ending the process.
func (a *App) recover(c *gin.Context) {
	defer func() {
		if p := recover(); p != nil {
			a.Options.Log.Error("panic", "route", c.FullPath(), "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			c.AbortWithStatus(http.StatusInternalServerError)
		}
	}()
	c.Next()
}

// clientAddress names the client of a request. X-Forwarded-For is believed only
// from configured proxies (design.md 9, Limits), and of all its lines: a proxy
// may add one of its own below one that the client made up.
func (o Options) clientAddress() func(*http.Request) string {
	return func(r *http.Request) string {
		host, _, err := net.SplitHostPort(r.RemoteAddr)
		if err != nil {
			return r.RemoteAddr
		}
		ip, err := netip.ParseAddr(host)
		if err != nil {
			return host
		}
		if !trusted(o.TrustedProxies, ip) {
			return block(ip)
		}
		chain := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		for i := len(chain) - 1; i >= 0; i-- {
			hop, err := netip.ParseAddr(strings.TrimSpace(chain[i]))
			if err != nil {
				break
			}
			if !trusted(o.TrustedProxies, hop) {
				return block(hop)
			}
		}
		return block(ip)
	}
}

// block is what one client has for itself: an IPv4 address, or the /64 of an
// IPv6 address, in which it may have any.
func block(ip netip.Addr) string {
	if ip = ip.Unmap(); ip.Is4() {
		return ip.String()
	}
	return netip.PrefixFrom(ip.WithZone(""), 64).Masked().String()
}

func trusted(proxies []netip.Prefix, ip netip.Addr) bool {
	for _, p := range proxies {
		if p.Contains(ip.Unmap()) {
			return true
		}
	}
	return false
}

// NewServer wraps a handler with the limits of F12.
func NewServer(ctx context.Context, h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 60 * time.Second, WriteTimeout: 60 * time.Second, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10, BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
}
