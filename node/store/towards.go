package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
)

// ScopeTowards is what v may read of the people of one of our organizations. What
// they show to the members of networks is for v only who is in one with them: on
// a hub's node organizations live that are in different ones.
func (tx *Tx) ScopeTowards(ctx context.Context, v access.Viewer, organization uuid.UUID) (access.Scope, error) {
	s := access.ScopeOf(v)
	if v.Operator || v.Organization == organization || !s.Includes(node.Networks) {
		return s, nil
	}
	of, err := tx.NetworksOfOrganization(ctx, organization, time.Time{}) // what may be read does not depend on the time
	if err != nil || slices.ContainsFunc(of.Read, func(n uuid.UUID) bool { return slices.Contains(v.Networks, n) }) {
		return s, err
	}
	return slices.DeleteFunc(s, func(a node.Audience) bool { return a == node.Networks }), nil
}

// PersonTowards is p, whom v was found to see, as far as their organizations have
// to do with each other; node.ErrNotFound if v sees nothing of p then.
func (tx *Tx) PersonTowards(ctx context.Context, v access.Viewer, p *node.Person) (*node.Person, error) {
	s, err := tx.ScopeTowards(ctx, v, p.OrganizationID)
	if err != nil || len(s) == len(access.ScopeOf(v)) {
		return p, err
	}
	return tx.PersonByID(ctx, s, p.ID)
}

// PeopleTowards is PersonTowards for a list, without those of whom v sees nothing.
func (tx *Tx) PeopleTowards(ctx context.Context, v access.Viewer, list []*node.Person) ([]*node.Person, error) {
	out := list[:0]
	for _, p := range list {
		p, err := tx.PersonTowards(ctx, v, p)
		if errors.Is(err, node.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}
