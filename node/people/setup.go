package people

import (
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/keyring"
	"github.com/poweron-network/poweron/node/markup"
	"github.com/poweron-network/poweron/node/store"
)

// Setup is what it takes to set up a node.
type Setup struct {
	Origin       node.Origin
	Organization string // its name
	Handle       string // of the organization
	AdminName    string
	AdminEmail   string
	AdminHandle  string // empty: made from the name
	Lang         string // "en" or "es"
}

// Init creates the organization, its actors and its first admin, all or
// nothing, and returns the admin's sign-in link. A second Init is refused.
func (s *Service) Init(ctx context.Context, in Setup) (o *node.Organization, link string, err error) {
	now := s.Now()
	if !slices.Contains(node.Languages, in.Lang) {
		return nil, "", node.Invalid("lang", "error.lang.form", "lang", in.Lang)
	}
	in.AdminEmail = strings.ToLower(strings.TrimSpace(in.AdminEmail)) // as SendLink looks for it
	o = &node.Organization{ID: newID(), Handle: in.Handle, Name: markup.Name(in.Organization), Languages: []string{in.Lang}, CreatedAt: now, UpdatedAt: now, Version: 1}
	if err := o.Validate(); err != nil {
		return nil, "", err
	}
	if in.AdminHandle == "" {
		in.AdminHandle = handleFrom(in.AdminName)
	}
	if in.AdminHandle == in.Handle {
		in.AdminHandle += "_1"
	}
	admin := &node.Person{
		ID: newID(), OrganizationID: o.ID, Handle: in.AdminHandle, Name: markup.Name(in.AdminName), Email: in.AdminEmail, Languages: []string{in.Lang},
		Role: node.Admin, Lang: in.Lang, Audience: node.Networks, CreatedAt: now, UpdatedAt: now, Version: 1,
	}
	if err := admin.Validate(s.known); err != nil {
		return nil, "", err
	}
	relay, relayKeys, err := s.newActor(&node.LocalActor{URI: in.Origin.Relay()})
	if err != nil {
		return nil, "", err
	}
	org, orgKeys, err := s.newActor(&node.LocalActor{ID: o.ID, Kind: node.KindOrganization, OwnerID: o.ID, URI: in.Origin.OrganizationURI(o.ID)})
	if err != nil {
		return nil, "", err
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		if there, err := tx.Setting(ctx, settingOrigin); err != nil || there != "" {
			if err == nil {
				err = node.ErrExists
			}
			return err
		}
		for name, value := range map[string]string{settingOrigin: string(in.Origin), settingLang: in.Lang, settingNode: uuid.NewString()[:8]} {
			if err := tx.PutSetting(ctx, name, value); err != nil {
				return err
			}
		}
		if err := tx.PutOrganization(ctx, o); err != nil {
			return err
		}
		if err := tx.PutLocalActor(ctx, relay, relayKeys); err != nil {
			return err
		}
		if err := tx.PutLocalActor(ctx, org, orgKeys); err != nil {
			return err
		}
		if err := tx.PutPerson(ctx, admin); err != nil {
			return err
		}
		link, err = s.newLink(ctx, tx, in.Origin, admin.ID, node.CommandLinkLife)
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("set up node: %w", err)
	}
	return o, link, nil
}

// newActor makes the keys of an actor.
func (s *Service) newActor(a *node.LocalActor) (*node.LocalActor, store.SealedKeys, error) {
	pair, err := keyring.Generate()
	if err != nil {
		return nil, store.SealedKeys{}, err
	}
	der, err := x509.MarshalPKIXPublicKey(&pair.RSA.PublicKey)
	if err != nil {
		return nil, store.SealedKeys{}, fmt.Errorf("write public key: %w", err)
	}
	a.CreatedAt = s.Now()
	a.RSAPublic = string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	a.EdPublic = keyring.Multikey(pair.Ed25519.Public().(ed25519.PublicKey))
	rsaKey, edKey, err := s.Keys.Seal(pair, a.URI)
	return a, store.SealedKeys{RSA: rsaKey, Ed25519: edKey}, err
}

func (s *Service) known(code string) bool { _, ok := s.Skills.Tag(code); return ok }

// folded are the letters that a handle made from a name writes without their marks.
var folded = strings.NewReplacer("á", "a", "é", "e", "í", "i", "ó", "o", "ú", "u", "ü", "u", "ñ", "n", "ç", "c", "à", "a", "è", "e", "ö", "o", "ä", "a")

// handleFrom makes a handle out of a name: "Ana María Ruiz" gives "ana_maria_ruiz".
func handleFrom(name string) string {
	var b strings.Builder
	for _, r := range folded.Replace(strings.ToLower(name)) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
	}
	h := strings.Trim(b.String(), "_")
	if len(h) > 30 {
		h = strings.Trim(h[:30], "_")
	}
	if node.CheckHandle(h) != nil {
		return "first_admin"
	}
	return h
}

// newLink stores a sign-in link for person and returns its address.
func (s *Service) newLink(ctx context.Context, tx *store.Tx, origin node.Origin, person uuid.UUID, life time.Duration) (string, error) {
	token, hash := newToken()
	now := s.Now()
	if err := tx.PutLink(ctx, hash, person, now, now.Add(life)); err != nil {
		return "", err
	}
	return origin.SignInPage(token), nil
}
