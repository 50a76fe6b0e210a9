package vocab

import (
	"crypto/ed25519"
	"crypto/rsa"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/poweron-network/poweron/federation/address"
	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/federation/signature"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/markup"
)

// Bounds of what we keep of a foreign profile.
const (
	maxKeys       = 10
	maxLanguages  = 16
	maxImplements = 50
	maxSummary    = 20000 // bytes, before sanitizing
)

// ReadActor reads an actor's document and the keys in it. The caller has made
// sure that it comes from the origin of its id. An actor without an inbox at its
// own origin is an error; other addresses elsewhere are left out (FEP-fe34).
func ReadActor(doc jsonld.Object) (*node.RemoteActor, []node.RemoteKey, error) {
	id := doc.ID()
	u, err := address.URL(id)
	if err != nil {
		return nil, nil, fmt.Errorf("read actor: %w: %w", ErrDocument, err)
	}
	at := home{origin: u.Scheme + "://" + u.Host}
	if !IsActor(doc.Type()) {
		return nil, nil, fmt.Errorf("read actor %s: type %.50q: %w", id, doc.Type(), ErrDocument)
	}
	inbox := at.only(doc.IDOf("inbox"))
	if inbox == "" {
		return nil, nil, fmt.Errorf("read actor %s: no inbox at its origin: %w", id, ErrDocument)
	}
	a := &node.RemoteActor{
		URI: id, Type: doc.Type(), Host: u.Host,
		Username:    username(doc, u),
		Name:        markup.Name(lead(doc, "name")),
		Summary:     markup.Sanitize(cut(lead(doc, "summary"), maxSummary)),
		Page:        page(doc),
		Inbox:       inbox,
		SharedInbox: at.only(doc.Object("endpoints").IDOf("sharedInbox")),
		Followers:   at.only(doc.IDOf("followers")),
		JobTitle:    markup.Name(doc.String("jobTitle")),
		Languages:   languages(doc.Strings("knowsLanguage")),
		Skills:      readSkills(doc),
		Implements:  implements(doc, at),
		UpdatedAt:   doc.Time("updated"),
	}
	if a.Name == "" {
		a.Name = a.Username
	}
	if org := doc.IDOf("worksFor"); isLink(org) {
		a.WorksFor = org
	}
	return a, readKeys(doc, at), nil
}

// home is the origin of a document, to which its parts have to belong.
type home struct{ origin string }

// only returns the address if it lies at the origin, else nothing.
func (h home) only(addr string) string {
	if o, err := address.Origin(addr); err != nil || o != h.origin {
		return ""
	}
	return addr
}

// lead is the text that the document itself puts first.
func lead(doc jsonld.Object, key string) string {
	if s := doc.String(key); s != "" {
		return s
	}
	return doc.Text(key).In("en", jsonld.Unknown)
}

// username is preferredUsername if handles can be made of it, else what comes
// last in the id, else the host.
func username(doc jsonld.Object, u *url.URL) string {
	for _, name := range []string{doc.String("preferredUsername"), path.Base(u.Path)} {
		if h, err := address.ParseHandle(name + "@" + u.Host); err == nil && h.User == name {
			return name
		}
	}
	return u.Hostname()
}

// languages are the codes among tags, each once.
func languages(tags []string) []string {
	var codes []string
	for _, tag := range tags {
		code := jsonld.Lang(tag)
		if code != jsonld.Unknown && !slices.Contains(codes, code) && len(codes) < maxLanguages {
			codes = append(codes, code)
		}
	}
	return codes
}

// implements lists what the actor's server says that it can do (FEP-844e):
// on the Application itself, on other actors in their generator.
func implements(doc jsonld.Object, at home) []string {
	said := doc
	if !doc.Has("implements") {
		said = doc.Object("generator")
		if at.only(said.ID()) == "" {
			return nil
		}
	}
	var specs []string
	for _, s := range said.IDs("implements") {
		if isLink(s) && len(specs) < maxImplements {
			specs = append(specs, s)
		}
	}
	return specs
}

// readKeys returns the keys that belong to the actor and say so themselves, at
// the same origin (A2): publicKey for RSA, and Multikeys in assertionMethod for
// Ed25519 (FEP-521a). Keys that cannot verify anything here are left out.
func readKeys(doc jsonld.Object, at home) []node.RemoteKey {
	var keys []node.RemoteKey
	add := func(k jsonld.Object, owner, algorithm, public string) {
		id := at.only(k.ID())
		if id == "" || owner != doc.ID() || public == "" || len(keys) >= maxKeys {
			return
		}
		keys = append(keys, node.RemoteKey{ID: id, ActorURI: doc.ID(), Algorithm: algorithm, Public: public})
	}
	for _, k := range doc.Objects("publicKey") {
		algorithm, public := readPEM(k.String("publicKeyPem"))
		owner := k.IDOf("owner")
		if owner == "" {
			owner = k.IDOf("controller")
		}
		add(k, owner, algorithm, public)
	}
	for _, k := range doc.Objects("assertionMethod") {
		public := k.String("publicKeyMultibase")
		if _, err := signature.ParseMultikey(public); err == nil && slices.Contains(k.Types(), "Multikey") {
			add(k, k.IDOf("controller"), "ed25519", public)
		}
	}
	return keys
}

// readPEM tells what key a PEM block holds, and the form in which we keep it.
func readPEM(text string) (algorithm, public string) {
	key, err := signature.ParsePublicKeyPEM(text)
	if err != nil {
		return "", ""
	}
	switch key := key.(type) {
	case *rsa.PublicKey:
		return "rsa", strings.TrimSpace(text)
	case ed25519.PublicKey:
		return "ed25519", signature.EncodeMultikey(key)
	}
	return "", ""
}
