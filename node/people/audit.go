package people

import (
	"context"
	"fmt"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/store"
)

// auditShown is how many entries a person reads of their own.
const auditShown = 50

// Opened lists what was opened of v's own profile, and when, newest first (E1).
func (s *Service) Opened(ctx context.Context, v access.Viewer) (list []node.AuditEntry, err error) {
	if !v.SignedIn() || v.Operator {
		return nil, fmt.Errorf("list what was opened: %w", node.ErrSignedOut)
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		list, err = tx.AuditOf(ctx, v.Person, auditShown)
		return err
	})
	return list, err
}

// note writes an entry about p.
func (s *Service) note(ctx context.Context, tx *store.Tx, v access.Viewer, p *node.Person, what string, detail map[string]string) error {
	return tx.PutAudit(ctx, &node.AuditEntry{ID: newID(), About: p.ID, By: v.Person, What: what, Detail: detail, At: s.Now()})
}

// noteOpened writes an entry for each thing of a person that more people see after than before; what
// names the switch that did it, if one did.
func (s *Service) noteOpened(ctx context.Context, tx *store.Tx, v access.Viewer, before, after *node.Person, what string) error {
	if what != "" {
		if err := s.note(ctx, tx, v, after, what, nil); err != nil {
			return err
		}
	}
	for _, f := range node.Fields {
		if from, to := before.AudienceOf(f), after.AudienceOf(f); access.Wider(to, from) {
			if err := s.note(ctx, tx, v, after, "audit.field", map[string]string{"field": string(f), "from": string(from), "to": string(to)}); err != nil {
				return err
			}
		}
	}
	had := map[string]node.PersonSkill{}
	for _, k := range before.Skills {
		had[k.Tag+" "+string(k.Stance)] = k
	}
	for _, k := range after.Skills {
		// A skill that is new starts where skills start.
		from, to := access.SkillAudience(had[k.Tag+" "+string(k.Stance)]), access.SkillAudience(k)
		if access.Wider(to, from) {
			detail := map[string]string{"tag": k.Tag, "stance": string(k.Stance), "from": string(from), "to": string(to)}
			if err := s.note(ctx, tx, v, after, "audit.skill", detail); err != nil {
				return err
			}
		}
	}
	if before.Unlisted && !after.Unlisted {
		return s.note(ctx, tx, v, after, "audit.listed", nil)
	}
	return nil
}
