package contact

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/store"
)

// Blocked is somebody from whom a person hears nothing.
type Blocked struct {
	URI          string // what Unblock takes
	Who          node.Author
	Organization bool // everyone of it
}

// Block keeps messages and requests of the other one of a thread away from v, or
// of everyone in their organization. They cannot tell (D8).
func (s *Service) Block(ctx context.Context, v access.Viewer, thread uuid.UUID, organization bool) error {
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		if v.Person == uuid.Nil {
			return node.ErrSignedOut
		}
		o, err := s.ofThread(ctx, tx, v, thread)
		if err != nil {
			return err
		}
		uri := o.uri
		if o.person != uuid.Nil {
			if organization {
				return node.Invalid("block", "error.contact.own")
			}
			uri = string(node.Only(o.person))
		} else if organization {
			if uri, err = tx.OrganizationOfActor(ctx, o.uri); err != nil {
				return err
			}
			if uri == "" {
				uri = o.uri
			}
		}
		return tx.PutBlock(ctx, v.Person, uri, s.Now())
	})
	if err != nil {
		return fmt.Errorf("block in thread %s: %w", thread, err)
	}
	return nil
}

// Unblock lets somebody write to v again. What they wrote meanwhile does not come.
func (s *Service) Unblock(ctx context.Context, v access.Viewer, uri string) error {
	if v.Person == uuid.Nil {
		return fmt.Errorf("unblock: %w", node.ErrSignedOut)
	}
	return s.DB.Write(ctx, func(tx *store.Tx) error { return tx.DeleteBlock(ctx, v.Person, uri) })
}

// Blocks lists whom v blocks.
func (s *Service) Blocks(ctx context.Context, v access.Viewer) (list []Blocked, err error) {
	if v.Person == uuid.Nil {
		return nil, fmt.Errorf("list blocks: %w", node.ErrSignedOut)
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		uris, err := tx.Blocks(ctx, v.Person)
		if err != nil {
			return err
		}
		for _, uri := range uris {
			b := Blocked{URI: uri}
			of, err := tx.MembershipsOf(ctx, uri)
			if err != nil {
				return err
			}
			if b.Organization = len(of) > 0; b.Organization {
				b.Who = node.Author{Kind: node.KindOrganization, URI: uri, Name: of[0].Name, Handle: of[0].Handle}
			} else if b.Who, err = tx.Party(ctx, access.ScopeOf(v), uuid.Nil, uri); err != nil {
				return err
			}
			list = append(list, b)
		}
		return nil
	})
	return list, err
}

// Arrival is a message as it comes in.
type Arrival struct {
	URI        string
	To         []string
	Body       string // plain text
	Lang       string
	RequestURI string // that it belongs to; empty for others
	SourceID   int64
}

// Fate is what became of it.
type Fate string

// The fates.
const (
	Stored  Fate = "stored"
	Old     Fate = "old"     // we have it
	Refused Fate = "refused" // from nobody who may write to us, or to nobody here
	Limited Fate = "limited" // too much of it
	Kept    Fate = "kept"    // from somebody who is blocked; they hear nothing of that
)

// Receive takes in a message of somebody elsewhere: of a member of a network of
// ours, or of who agreed on something with the one it is to.
func (s *Service) Receive(ctx context.Context, actor string, in Arrival) (fate Fate, err error) {
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		fate, err = s.receive(ctx, tx, actor, in)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("receive message %s: %w", in.URI, err)
	}
	return fate, nil
}

func (s *Service) receive(ctx context.Context, tx *store.Tx, actor string, in Arrival) (Fate, error) {
	p, err := s.receiver(ctx, tx, in.To)
	if err != nil || p == uuid.Nil || node.CheckMessage("text", in.Body) != nil {
		return Refused, err
	}
	agreed, err := tx.RequestBetween(ctx, p, actor)
	if err != nil {
		return "", err
	}
	origin := node.OriginOf(actor)
	if !agreed {
		to, err := tx.PersonSelf(ctx, p)
		if err != nil {
			return "", err
		}
		if shares, err := tx.SharesNetwork(ctx, to.OrganizationID, origin, s.Now()); err != nil || !shares {
			return Refused, err
		}
	}
	thread := pair(string(node.Only(p)), actor)
	if in.RequestURI != "" {
		r, err := tx.MentorRequestOf(ctx, in.RequestURI, p, actor)
		if err != nil {
			return "", err
		}
		if r != uuid.Nil {
			thread = r
		}
	}
	if blocked, err := tx.Blocked(ctx, p, uuid.Nil, actor); err != nil || blocked {
		return Kept, err
	}
	var much *node.FieldError
	if err := s.withinLimits(ctx, tx, uuid.Nil, actor, thread); errors.As(err, &much) {
		return Limited, nil
	} else if err != nil {
		return "", err
	}
	if begun, err := tx.HasThread(ctx, thread); err != nil {
		return "", err
	} else if !begun {
		// A server that makes up ever new people gets no further with one of ours.
		n, err := tx.CountNewThreadsTo(ctx, p, origin, s.Now().Add(-24*time.Hour))
		if err != nil {
			return "", err
		}
		if n >= maxThreadsADay {
			return Limited, nil
		}
	}
	fresh, err := tx.InsertMessage(ctx, &node.Message{
		ID: newID(), URI: in.URI, ThreadID: thread, FromURI: actor, ToID: p, ToURI: in.To[0], Body: in.Body, Lang: in.Lang, SentAt: s.Now(), SourceID: in.SourceID,
	})
	if err != nil || !fresh {
		return Old, err
	}
	return Stored, s.tell(ctx, tx, p, actor, thread)
}

// receiver is the one person of ours whom a message is to, by their actor for
// the networks; uuid.Nil if there is none, or it is to others too.
func (s *Service) receiver(ctx context.Context, tx *store.Tx, to []string) (uuid.UUID, error) {
	if len(to) != 1 || !s.Origin.Owns(to[0]) || !strings.Contains(to[0], "/ap/people/") {
		return uuid.Nil, nil
	}
	return tx.PersonOfNetworkActor(ctx, to[0])
}
