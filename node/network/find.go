package network

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/store"
)

func isNotFound(err error) bool { return errors.Is(err, node.ErrNotFound) }

// orTaken is err, or that the handle is in use.
func orTaken(err error, handle string) error {
	if err != nil {
		return err
	}
	return node.Invalid("handle", "error.handle.taken", "handle", handle)
}

// find returns the line of a roster that somebody means: by handle, by the part
// of it before the @ if that is unique, by the organization's address, by the
// line's own id or address.
func find(ctx context.Context, tx *store.Tx, network uuid.UUID, org string) (*node.Membership, error) {
	all, err := tx.Memberships(ctx, network)
	if err != nil {
		return nil, err
	}
	ref := strings.TrimPrefix(strings.TrimSpace(org), "@")
	var short []*node.Membership
	for _, m := range all {
		if ref != "" && slices.Contains([]string{m.OrganizationURI, m.URI, m.ID.String(), m.Page}, ref) || strings.EqualFold(m.Handle, ref) && ref != "" {
			return m, nil
		}
		if name, _, _ := strings.Cut(m.Handle, "@"); name != "" && strings.EqualFold(name, ref) {
			short = append(short, m)
		}
	}
	switch len(short) {
	case 0:
		return nil, node.Invalid("org", "error.member.unknown", "org", org)
	case 1:
		return short[0], nil
	}
	handles := make([]string, len(short))
	for i, m := range short {
		handles[i] = m.Handle
	}
	return nil, node.Invalid("org", "error.member.which", "org", org, "handles", strings.Join(handles, ", "))
}

// fieldKey is the message key of a FieldError in err's chain, or "".
func fieldKey(err error) string {
	var f *node.FieldError
	if errors.As(err, &f) {
		return f.Key
	}
	return ""
}
