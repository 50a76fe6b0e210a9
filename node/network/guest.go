package network

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/markup"
	"github.com/poweron-network/poweron/node/store"
)

// AddGuest makes an organization that lives on this hub's node, with its first
// admin, and returns that person's sign-in link. It is a member like any other,
// with a page, an actor and people of its own (product.md F18).
func (s *Service) AddGuest(ctx context.Context, v access.Viewer, network uuid.UUID, in NewGuest) (o *node.Organization, link string, err error) {
	now := s.Now()
	lang := textLang(in.Lang, nil)
	o = &node.Organization{
		ID: newID(), Handle: strings.ToLower(strings.TrimSpace(in.Handle)), Name: markup.Name(in.Name), Summary: textOf(lang, in.Summary), Languages: []string{lang},
		Place: markup.Name(in.Place), Contact: markup.Name(in.Contact), Kind: node.GuestOrganization, CreatedAt: now, UpdatedAt: now, Version: 1,
	}
	if err := o.Validate(); err != nil {
		return nil, "", err
	}
	admin := &node.Person{
		ID: newID(), OrganizationID: o.ID, Handle: node.HandleFrom(in.AdminName, "admin_"+o.Handle[:min(len(o.Handle), 20)]), Name: markup.Name(in.AdminName),
		Email: strings.ToLower(strings.TrimSpace(in.AdminEmail)), Languages: []string{lang}, Role: node.Admin, Lang: lang, Audience: node.Networks,
		CreatedAt: now, UpdatedAt: now, Version: 1,
	}
	if err := admin.Validate(func(string) bool { return false }); err != nil {
		return nil, "", err
	}
	actor := &node.LocalActor{ID: o.ID, Kind: node.KindOrganization, OwnerID: o.ID, URI: s.Origin.OrganizationURI(o.ID), CreatedAt: now, Audience: node.Public}
	rsaKey, edKey, err := s.Keys.NewActor(actor)
	if err != nil {
		return nil, "", err
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		n, err := hosted(ctx, tx, v, network)
		if err != nil {
			return err
		}
		if link, err = s.putGuest(ctx, tx, o, admin); err != nil {
			return err
		}
		if err := tx.PutLocalActor(ctx, actor, store.SealedKeys{RSA: rsaKey, Ed25519: edKey}); err != nil {
			return err
		}
		return s.enrol(ctx, tx, v, n, o)
	})
	if err != nil {
		return nil, "", fmt.Errorf("add guest %s: %w", o.Handle, err)
	}
	return o, link, nil
}

// putGuest stores a guest organization and its first admin.
func (s *Service) putGuest(ctx context.Context, tx *store.Tx, o *node.Organization, admin *node.Person) (link string, err error) {
	if taken, err := tx.HandleTaken(ctx, o.Handle); err != nil || taken {
		return "", orTaken(err, o.Handle)
	}
	if taken, err := tx.EmailTaken(ctx, admin.Email, admin.ID); err != nil {
		return "", err
	} else if taken {
		return "", node.Invalid("email", "error.email.taken", "email", admin.Email)
	}
	if admin.Handle, err = freeHandle(ctx, tx, admin.Handle, o.Handle); err != nil {
		return "", err
	}
	if err := tx.PutOrganization(ctx, o); err != nil {
		return "", err
	}
	if err := tx.PutPerson(ctx, admin); err != nil {
		return "", err
	}
	token, hash := node.NewToken()
	if err := tx.PutLink(ctx, hash, admin.ID, s.Now(), s.Now().Add(node.CommandLinkLife)); err != nil {
		return "", err
	}
	return s.Origin.SignInPage(token), nil
}

// freeHandle is wanted, with a number if somebody here has it.
func freeHandle(ctx context.Context, tx *store.Tx, wanted, but string) (string, error) {
	handle := wanted
	for i := 2; ; i++ {
		taken, err := tx.HandleTaken(ctx, handle)
		if err != nil {
			return "", err
		}
		if !taken && handle != but && node.CheckHandle(handle) == nil {
			return handle, nil
		}
		handle = wanted[:min(len(wanted), 25)] + "_" + strconv.Itoa(i)
	}
}

// enrol makes a guest an active member. Its document, which is ours, says so too.
func (s *Service) enrol(ctx context.Context, tx *store.Tx, v access.Viewer, n *node.Network, o *node.Organization) error {
	m, err := lineOf(ctx, tx, n.ID, s.Origin.OrganizationURI(o.ID))
	if err != nil {
		return err
	}
	if m.Fingerprint, err = ownFingerprint(ctx, tx); err != nil {
		return err
	}
	s.describe(m, o)
	m.Kind, m.Claim, m.URI = node.Guest, true, s.Origin.MembershipURI(n.ID, m.ID)
	if err := s.move(ctx, tx, n, m, node.MemberActive); err != nil {
		return err
	}
	by, err := s.decider(ctx, tx, v)
	if err != nil {
		return err
	}
	return s.publish(&decision{ctx: ctx, tx: tx, v: v, n: n, m: m, by: by}, node.Added, "audit.member.guest")
}
