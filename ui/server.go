// Package ui shows a node to people: pages, forms, feeds and calendars, in
// every language of ui/locale. All of it works without JavaScript. It asks the
// services of node/... and decides nothing about who may see or do what.
package ui

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/time/rate"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/card"
	"github.com/poweron-network/poweron/node/contact"
	"github.com/poweron-network/poweron/node/conversation"
	"github.com/poweron-network/poweron/node/delivery"
	"github.com/poweron-network/poweron/node/following"
	"github.com/poweron-network/poweron/node/gathering"
	"github.com/poweron-network/poweron/node/mentoring"
	"github.com/poweron-network/poweron/node/network"
	"github.com/poweron-network/poweron/node/people"
	"github.com/poweron-network/poweron/node/skillset"
	"github.com/poweron-network/poweron/ui/locale"
	"github.com/poweron-network/poweron/ui/templates"
)

// Options is what the pages need. All fields without a default must be set.
type Options struct {
	People       *people.Service
	Conversation *conversation.Service
	Gathering    *gathering.Service
	Following    *following.Service
	Network      *network.Service
	Cards        *card.Service
	Mentoring    *mentoring.Service
	Contact      *contact.Service
	Delivery     *delivery.Service
	Skills       *skillset.Set
	Origin       node.Origin
	// Secure tells that browsers reach the node by https: cookies are then bound to it (design.md 9, Cookie).
	Secure bool
	// NodeID tells cookies of nodes apart that share a host name on different ports.
	NodeID  string
	Log     *slog.Logger
	Now     func() time.Time
	Version string
	// Zone is the clock that posts are told by; UTC if nil. Gatherings have their own.
	Zone *time.Location
}

// Server answers browsers.
type Server struct {
	Options
	words   *locale.Catalog
	pages   map[string]page
	files   *files
	forgery *http.CrossOriginProtection
	signIns *limits
	mails   *limits
	buffers sync.Pool
}

// Limits of D7: fifty sign-in attempts of an address block in a quarter of an
// hour, five mails to an address in an hour.
const (
	signInBurst   = 50
	signInWindow  = 15 * time.Minute
	mailBurst     = 5
	mailWindow    = time.Hour
	maxLimitRows  = 10000
	layoutPage    = "layout.html"
	maxFormBytes  = 64 << 10
	maxDrainBytes = 2 << 20
)

// New makes the pages of a node.
func New(o Options) (*Server, error) {
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.Log == nil || o.Now == nil || o.Origin == "" {
		return nil, errors.New("make pages: Log, Now and Origin must be set")
	}
	s := &Server{Options: o, forgery: http.NewCrossOriginProtection()}
	s.buffers.New = func() any { return new(bytes.Buffer) }
	s.signIns = newLimits(rate.Every(signInWindow/signInBurst), signInBurst, maxLimitRows)
	s.mails = newLimits(rate.Every(mailWindow/mailBurst), mailBurst, maxLimitRows)
	if err := s.forgery.AddTrustedOrigin(string(o.Origin)); err != nil {
		return nil, fmt.Errorf("trust origin %s: %w", o.Origin, err)
	}
	var err error
	if s.words, err = locale.New(); err != nil {
		return nil, err
	}
	if s.files, err = newFiles(); err != nil {
		return nil, err
	}
	if s.pages, err = findPages(); err != nil {
		return nil, err
	}
	return s, nil
}

// sharedPages are the files that every page is parsed with: the frame and the parts.
var sharedPages = []string{layoutPage, "parts.html", "form.html", "person_parts.html", "network_parts.html", "hub_parts.html", "search_parts.html", "mentor_parts.html"}

// page is one page's template. It is parsed when somebody first opens the page:
// all of them would take a third of the memory of an idle node. A test opens each.
type page func() (*template.Template, error)

// findPages gives every page the frame and the parts that pages share.
func findPages() (map[string]page, error) {
	shared, err := template.ParseFS(templates.Files, sharedPages...)
	if err != nil {
		return nil, fmt.Errorf("parse shared templates: %w", err)
	}
	names, err := fs.Glob(templates.Files, "*.html")
	if err != nil {
		return nil, fmt.Errorf("list templates: %w", err)
	}
	pages := map[string]page{}
	for _, name := range names {
		if slices.Contains(sharedPages, name) {
			continue
		}
		pages[strings.TrimSuffix(name, ".html")] = sync.OnceValues(func() (*template.Template, error) {
			own, err := shared.Clone()
			if err == nil {
				own, err = own.ParseFS(templates.Files, name)
			}
			if err != nil {
				return nil, fmt.Errorf("parse template %s: %w", name, err)
			}
			return own, nil
		})
	}
	return pages, nil
}

// Mount adds all pages to r. On a whole engine it also answers what no route
// knows. The client address that limits are counted by is gin's, so the engine
// must name its trusted proxies.
func (s *Server) Mount(r gin.IRouter) {
	g := r.Group("", s.headers)
	g.GET("/static/*file", s.files.serve)
	g.HEAD("/static/*file", s.files.serve)
	for _, route := range s.routes() {
		g.Handle(route.method, route.path, s.page(route.handle))
		if route.method == http.MethodGet {
			g.HEAD(route.path, s.page(route.handle))
		}
	}
	if engine, ok := r.(*gin.Engine); ok {
		engine.RedirectTrailingSlash = false // gin would answer without our headers
		engine.NoRoute(s.headers, s.page(nowhere))
	}
}

// nowhere is what no route knows: nothing, or a page with a slash too many.
func nowhere(v *visit) error {
	path := v.Request.URL.Path
	if bare := strings.TrimRight(path, "/"); bare != "" && bare != path && v.Request.Method == http.MethodGet {
		v.redirect(localPath(bare))
		return nil
	}
	return node.ErrNotFound
}

type route struct {
	method, path string
	handle       handler
}

// routes is every page of the interface (product.md 5.1).
func (s *Server) routes() []route {
	get, post := http.MethodGet, http.MethodPost
	return append(append(networkRoutes(), mentorRoutes()...), []route{
		{get, "/", homeShow},
		{post, "/confirm-followable", confirmFollowable},
		{post, "/confirm-networks", confirmNetworks},
		{post, "/look", lookSave},
		{get, "/sign-in", signInShow},
		{post, "/sign-in", signInMail},
		{get, "/sign-in/:token", signInLink},
		{post, "/sign-in/:token", signInUse},
		{post, "/sign-out", signOut},

		{get, "/people", personList},
		{get, "/people/new", personNew},
		{post, "/people/new", personAdd},
		{get, "/people/:handle", personShow},
		{get, "/people/:handle/edit", personEdit},
		{post, "/people/:handle/edit", personSave},
		{post, "/people/:handle/followable", personFollowable},
		{post, "/people/:handle/listed", personNetworks},
		{get, "/people/:handle/see", personSee},
		{get, "/people/:handle/link", personLinkAsk},
		{post, "/people/:handle/link", personLinkMake},
		{get, "/people/:handle/cards", cardsShow},
		{get, "/search", searchShow},
		{get, "/skills", skillsShow},
		{get, "/skills/:tag", skillShow},
		{get, "/network/people/:id", cardShow},
		{get, "/organizations/:handle", organizationShow},
		{get, "/organizations/:handle/edit", organizationEdit},
		{post, "/organizations/:handle/edit", organizationSave},
		{get, "/@:handle", handleShow},

		{get, "/posts", postList},
		{get, "/posts/new", postNew},
		{post, "/posts/new", postSend},
		{get, "/posts/:id", itemShow},
		{get, "/posts/:id/edit", postEdit},
		{post, "/posts/:id/edit", postSave},
		{get, "/posts/:id/delete", itemDeleteAsk},
		{post, "/posts/:id/delete", itemDelete},
		{get, "/gatherings", gatheringList},
		{get, "/gatherings.ics", gatheringsCalendar},
		{get, "/gatherings/new", gatheringNew},
		{post, "/gatherings/new", gatheringAnnounce},
		{get, "/gatherings/:id", itemShow},
		{get, "/gatherings/:id/edit", gatheringEdit},
		{post, "/gatherings/:id/edit", gatheringSave},
		{get, "/gatherings/:id/cancel", gatheringCancelAsk},
		{post, "/gatherings/:id/cancel", gatheringCancel},
		{get, "/gatherings/:id/delete", itemDeleteAsk},
		{post, "/gatherings/:id/delete", itemDelete},

		{get, "/following", followingList},
		{post, "/following/find", followingFind},
		{post, "/following", followingAdd},
		{post, "/following/stop", followingStop},
		{get, "/followers", followerList},
		{get, "/admin/held", heldList},
		{post, "/admin/held/:id/accept", heldAccept},
		{post, "/admin/held/:id/reject", heldReject},

		{get, "/feed.atom", feedAtom},
		{get, "/robots.txt", robots},
	}...)
}
