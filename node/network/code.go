package network

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/store"
)

// codeLetters has none that people mistake for another (Crockford's base32).
const codeLetters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// codeLength is 128 bits in letters of 5.
const codeLength = 26

// newCode returns a secret for joining, as people copy it, and the hash under
// which it is stored.
func newCode() (code, hash string) {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails: crypto/rand.Read ends the program instead
	plain := base32.NewEncoding(codeLetters).WithPadding(base32.NoPadding).EncodeToString(b)
	var groups []string
	for len(plain) > 4 {
		groups, plain = append(groups, plain[:4]), plain[4:]
	}
	code = strings.Join(append(groups, plain), "-")
	hash, _ = CodeHash(code)
	return code, hash
}

// CodeHash is what a code is stored and asked for by. It reads what people type:
// small letters, spaces, and O, I and L for the numbers that they look like.
func CodeHash(code string) (hash string, ok bool) {
	plain := strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(code))
	if len(plain) != codeLength || strings.Trim(plain, codeLetters) != "" {
		return "", false
	}
	sum := sha256.Sum256([]byte(plain))
	return hex.EncodeToString(sum[:]), true
}

// invitation is what somebody pasted to join: a code of a hub, or a hub alone.
type invitation struct {
	hub  string // handle or address
	hash string // of the code; "" without one
}

// readInvitation reads "hub.example/ptp/K7Q2-…", "ptp@hub.example" or an address.
func readInvitation(ref string) (in invitation, err error) {
	ref = strings.TrimSpace(ref)
	bare := ref
	if _, rest, ok := strings.Cut(ref, "://"); ok {
		bare = rest
	}
	parts := strings.Split(strings.Trim(bare, "/"), "/")
	if len(parts) == 3 && parts[0] != "" && parts[1] != "" {
		hash, ok := CodeHash(parts[2])
		if ok {
			return invitation{strings.ToLower(parts[1]) + "@" + strings.ToLower(parts[0]), hash}, nil
		}
		if bare == ref { // no address: it can only be a code
			return in, node.Invalid("ref", "error.code.form")
		}
	}
	switch {
	case ref == "":
		return in, node.Invalid("ref", "error.hub.empty")
	case bare != ref:
		return invitation{hub: ref}, nil
	case strings.Count(strings.TrimPrefix(ref, "@"), "@") == 1 && !strings.ContainsAny(ref, "/ "):
		return invitation{hub: strings.TrimPrefix(ref, "@")}, nil
	}
	return in, node.Invalid("ref", "error.hub.form", "ref", ref)
}

// NewCode makes a code for joining, "hub.example/ptp/K7Q2-…". It is shown once,
// works once and for 14 days.
func (s *Service) NewCode(ctx context.Context, v access.Viewer, network uuid.UUID) (string, error) {
	code, hash := newCode()
	now := s.Now()
	var n *node.Network
	err := s.DB.Write(ctx, func(tx *store.Tx) (err error) {
		if n, err = hosted(ctx, tx, v, network); err != nil {
			return err
		}
		return tx.PutCode(ctx, hash, node.HubCode{ID: newID(), NetworkID: n.ID, MadeBy: v.Person, CreatedAt: now, ExpiresAt: now.Add(node.HubCodeLife)})
	})
	if err != nil {
		return "", fmt.Errorf("make code for network %s: %w", network, err)
	}
	return n.Host + "/" + n.Username + "/" + code, nil
}

// Codes lists the codes that were given out, newest first.
func (s *Service) Codes(ctx context.Context, v access.Viewer, network uuid.UUID) (list []node.HubCode, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		if _, err := hosted(ctx, tx, v, network); err != nil {
			return err
		}
		list, err = tx.Codes(ctx, network)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list codes of network %s: %w", network, err)
	}
	return list, nil
}

// CheckCode reports why the code with this hash cannot be used for a hosted network, if so.
func (s *Service) CheckCode(ctx context.Context, network uuid.UUID, hash string) error {
	return s.DB.View(ctx, func(tx *store.Tx) error {
		n, err := tx.Network(ctx, network)
		if err == nil && !n.Hosted {
			err = node.ErrNotFound
		}
		if err != nil {
			return fmt.Errorf("check code: %w", err)
		}
		_, err = s.usable(ctx, tx, network, hash, "")
		return err
	})
}

// usable returns a code that organizationURI can still come with. It may come
// with its own again: its Join was lost.
func (s *Service) usable(ctx context.Context, tx *store.Tx, network uuid.UUID, hash, organizationURI string) (*node.HubCode, error) {
	c, err := tx.Code(ctx, network, hash)
	switch {
	case isNotFound(err):
		return nil, node.Invalid("ref", "error.code.wrong")
	case err != nil:
		return nil, err
	case !c.UsedAt.IsZero() && c.UsedBy != organizationURI:
		return nil, node.Invalid("ref", "error.code.used")
	case c.UsedAt.IsZero() && !s.Now().Before(c.ExpiresAt):
		return nil, node.Invalid("ref", "error.code.expired")
	}
	return c, nil
}
