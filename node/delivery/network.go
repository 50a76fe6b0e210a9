package delivery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/store"
)

// Said is an activity as it is served: what was sent, and of what kind of thing.
type Said struct {
	Raw      []byte
	Kind     node.Kind
	Verb     node.Verb
	Audience node.Audience
}

// Activity returns an activity as it is sent, and whom it is for.
func (s *Service) Activity(ctx context.Context, id uuid.UUID) (said *Said, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		a, err := tx.Activity(ctx, id)
		said = &Said{Raw: a.Raw, Kind: a.Kind, Verb: a.Verb, Audience: a.Audience}
		return err
	})
	return said, err
}

// StillMember reports whether what is for the members of networks may be sent to
// an inbox now: a delivery that was read may have been given up since.
func (s *Service) StillMember(ctx context.Context, a node.Audience, inbox string) (member bool, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		member, err = tx.IsMemberInbox(ctx, a, inbox, s.Now())
		return err
	})
	return member, err
}

// NetworkOutboxPage lists what one of our organizations and its people said to a
// network since a time, oldest first, for a member of that network that missed
// some of it. Anybody else finds nothing, as if there were no such network.
func (s *Service) NetworkOutboxPage(ctx context.Context, v access.Viewer, organization uuid.UUID, network string, since time.Time, c Cursor, limit int) (list []*Said, next Cursor, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		n, err := tx.NetworkByURI(ctx, network)
		if errors.Is(err, node.ErrNotFound) || err == nil && !access.ScopeOf(v).Includes(node.NetworkOnly(n.ID)) {
			return nil
		}
		if err != nil {
			return err
		}
		of, err := tx.NetworksOfOrganization(ctx, organization, s.Now())
		if err != nil || !slices.Contains(of.Read, n.ID) {
			return err
		}
		page, more, err := tx.NetworkOutbox(ctx, organization, n.ID, since, c, limit)
		for _, a := range page {
			list = append(list, &Said{Raw: a.Raw, Kind: a.Kind, Verb: a.Verb, Audience: a.Audience})
		}
		next = more
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("outbox for network %s: %w", network, err)
	}
	return list, next, nil
}
