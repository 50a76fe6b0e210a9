package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
)

const personColumns = `p.id, p.organization_id, p.handle, p.name, p.role_title, p.bio, p.email, p.languages, p.role, p.lang,
	p.audience, p.actor_id, p.consent_by, p.created_at, p.updated_at, p.version, p.pronouns, p.place, p.fields, p.unlisted, p.network_actor_id, p.network_by`

func scanPerson(r scanner) (*node.Person, error) {
	var p node.Person
	err := r.Scan(idColumn{&p.ID}, idColumn{&p.OrganizationID}, &p.Handle, &p.Name, textColumn{&p.RoleTitle}, textColumn{&p.Bio},
		&p.Email, codesColumn{&p.Languages}, &p.Role, &p.Lang, &p.Audience, idColumn{&p.ActorID}, &p.ConsentBy,
		timeColumn{&p.CreatedAt}, timeColumn{&p.UpdatedAt}, &p.Version, &p.Pronouns, &p.Place, fieldsColumn{&p.Fields}, &p.Unlisted,
		idColumn{&p.NetworkActorID}, &p.NetworkBy)
	return &p, err
}

func (tx *Tx) person(ctx context.Context, cond string, args ...any) (*node.Person, error) {
	p, err := scanPerson(tx.row(ctx, `SELECT `+personColumns+` FROM people p WHERE `+cond, args...))
	if err != nil {
		return nil, found(err, "person")
	}
	if err := tx.skills(ctx, map[uuid.UUID]*node.Person{p.ID: p}); err != nil {
		return nil, err
	}
	return p, nil
}

// Person returns what s includes of the person with this handle, if it includes
// their profile at all. What it returns is for showing, never for storing.
func (tx *Tx) Person(ctx context.Context, s access.Scope, handle string) (*node.Person, error) {
	return tx.shown(ctx, s, `p.handle = ?`, handle)
}

// PersonByID is Person by id.
func (tx *Tx) PersonByID(ctx context.Context, s access.Scope, personID uuid.UUID) (*node.Person, error) {
	return tx.shown(ctx, s, `p.id = ?`, personID.String())
}

func (tx *Tx) shown(ctx context.Context, s access.Scope, which string, arg any) (*node.Person, error) {
	cond, args := visible(s)
	p, err := tx.person(ctx, which+` AND `+cond, append([]any{arg}, args...)...)
	if err != nil {
		return nil, err
	}
	s.Reduce(p)
	return p, nil
}

// visible is the condition that s includes a profile: its audience is among s,
// or it is s's own person's. A profile for the members of networks is for its own
// organization too, also while that is in none.
func visible(s access.Scope) (string, []any) {
	cond, args := in("p.audience", s)
	member := s.Includes(node.Networks)
	for _, a := range s {
		_, id, _ := strings.Cut(string(a), ":")
		switch {
		case a.Kind() == "person":
			cond, args = cond+` OR p.id = ?`, append(args, id)
		case a.Kind() == "organization" && !member:
			cond, args = cond+` OR p.organization_id = ? AND p.audience = 'networks'`, append(args, id)
		}
	}
	return `(` + cond + `)`, args
}

// PersonByEmail returns whom a sign-in mail to this address is for. It is for
// signing in only: nothing of it may be shown.
func (tx *Tx) PersonByEmail(ctx context.Context, email string) (*node.Person, error) {
	return tx.person(ctx, `p.email = ?`, email)
}

// PersonSelf returns the person that a session or a link belongs to.
func (tx *Tx) PersonSelf(ctx context.Context, personID uuid.UUID) (*node.Person, error) {
	return tx.person(ctx, `p.id = ?`, personID.String())
}

// PeopleFilter narrows a list of people.
type PeopleFilter struct {
	After  string // Key of the last one shown
	Limit  int
	Skill  string // exact tag
	Stance node.Stance
	// Organization narrows to one of ours; uuid.Nil takes all.
	Organization uuid.UUID
}

// People lists people that s includes, by name, as far as it includes them. Who
// hides their skill from s is not found by it; unlisted people are not found at all. The second result is the key
// of the next page, "" at the end.
func (tx *Tx) People(ctx context.Context, s access.Scope, f PeopleFilter) (list []*node.Person, next string, err error) {
	cond, args := visible(s)
	cond += ` AND p.unlisted = 0`
	if f.Organization != uuid.Nil {
		cond += ` AND p.organization_id = ?`
		args = append(args, f.Organization.String())
	}
	if f.After != "" {
		var name string
		if err := tx.row(ctx, `SELECT name FROM people WHERE id = ?`, f.After).Scan(&name); err == nil {
			cond += ` AND (p.name, p.id) > (?, ?)`
			args = append(args, name, f.After)
		}
	}
	if f.Skill != "" {
		cond += ` AND EXISTS (SELECT 1 FROM person_skills k WHERE k.person_id = p.id AND k.tag = ? AND `
		args = append(args, f.Skill)
		seen, seenArgs := in("k.audience", s)
		cond += seen
		args = append(args, seenArgs...)
		if f.Stance != "" {
			cond += ` AND k.stance = ?`
			args = append(args, string(f.Stance))
		}
		cond += `)`
	}
	byID := map[uuid.UUID]*node.Person{}
	err = tx.rows(ctx, `SELECT `+personColumns+` FROM people p WHERE `+cond+` ORDER BY p.name, p.id LIMIT ?`,
		append(args, f.Limit+1), func(r scanner) error {
			p, err := scanPerson(r)
			list = append(list, p)
			byID[p.ID] = p
			return err
		})
	if err != nil {
		return nil, "", fmt.Errorf("list people: %w", err)
	}
	if len(list) > f.Limit {
		delete(byID, list[f.Limit].ID)
		list = list[:f.Limit]
		next = list[f.Limit-1].ID.String()
	}
	if err := tx.skills(ctx, byID); err != nil {
		return nil, "", err
	}
	for _, p := range list {
		s.Reduce(p)
	}
	return list, next, nil
}

// skills fills in the skills of people.
func (tx *Tx) skills(ctx context.Context, people map[uuid.UUID]*node.Person) error {
	if len(people) == 0 {
		return nil
	}
	args := make([]any, 0, len(people))
	for personID := range people {
		args = append(args, personID.String())
	}
	err := tx.rows(ctx, `SELECT person_id, tag, stance, level, can_mentor, audience FROM person_skills
		WHERE person_id IN (`+marks(len(args))+`) ORDER BY person_id, position`, args, func(r scanner) error {
		var owner uuid.UUID
		var k node.PersonSkill
		if err := r.Scan(idColumn{&owner}, &k.Tag, &k.Stance, &k.Level, &k.CanMentor, &k.Audience); err != nil {
			return err
		}
		people[owner].Skills = append(people[owner].Skills, k)
		return nil
	})
	if err != nil {
		return fmt.Errorf("list skills: %w", err)
	}
	return nil
}

// PutPerson inserts p, the whole of it, or replaces the one with its id, with all skills.
func (tx *Tx) PutPerson(ctx context.Context, p *node.Person) error {
	var consent time.Time
	if p.ConsentBy != "" {
		consent = p.UpdatedAt
	}
	err := tx.exec(ctx, `INSERT INTO people (id, organization_id, handle, name, role_title, bio, email, languages, role, lang,
		audience, actor_id, consent_by, consent_at, created_at, updated_at, version, pronouns, place, fields, unlisted, network_actor_id, network_by)
		VALUES (`+marks(23)+`)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, role_title = excluded.role_title, bio = excluded.bio,
		email = excluded.email, languages = excluded.languages, role = excluded.role, lang = excluded.lang, audience = excluded.audience,
		actor_id = excluded.actor_id, consent_by = excluded.consent_by, consent_at = CASE WHEN excluded.consent_by = people.consent_by THEN people.consent_at ELSE excluded.consent_at END,
		updated_at = excluded.updated_at, version = excluded.version, pronouns = excluded.pronouns, place = excluded.place, fields = excluded.fields,
		unlisted = excluded.unlisted, network_actor_id = excluded.network_actor_id, network_by = excluded.network_by`,
		p.ID.String(), p.OrganizationID.String(), p.Handle, p.Name, text(p.RoleTitle), text(p.Bio), p.Email, codes(p.Languages), string(p.Role), p.Lang,
		string(p.Audience), id(p.ActorID), p.ConsentBy, ms(consent), ms(p.CreatedAt), ms(p.UpdatedAt), p.Version,
		p.Pronouns, p.Place, fields(p.Fields), flag(p.Unlisted), id(p.NetworkActorID), p.NetworkBy)
	if err != nil {
		return fmt.Errorf("put person %s: %w", p.ID, err)
	}
	if err := tx.exec(ctx, `DELETE FROM person_skills WHERE person_id = ?`, p.ID.String()); err != nil {
		return fmt.Errorf("put skills of %s: %w", p.ID, err)
	}
	for i, k := range p.Skills {
		err := tx.exec(ctx, `INSERT INTO person_skills (person_id, tag, stance, level, can_mentor, position, audience) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			p.ID.String(), k.Tag, string(k.Stance), k.Level, flag(k.CanMentor), i, string(access.SkillAudience(k)))
		if err != nil {
			return fmt.Errorf("put skill %s of %s: %w", k.Tag, p.ID, err)
		}
	}
	return tx.indexPerson(ctx, p)
}

// HandleTaken reports whether a person, an organization or a network of this node has the handle.
func (tx *Tx) HandleTaken(ctx context.Context, handle string) (bool, error) {
	var n int
	err := tx.row(ctx, `SELECT (SELECT COUNT(*) FROM people WHERE handle = ?) + (SELECT COUNT(*) FROM organizations WHERE handle = ?)
		+ (SELECT COUNT(*) FROM networks WHERE username = ? AND hosted = 1)`, handle, handle, handle).Scan(&n)
	return n > 0, err
}

// EmailTaken reports whether one of our people has the address.
func (tx *Tx) EmailTaken(ctx context.Context, email string, except uuid.UUID) (bool, error) {
	var n int
	err := tx.row(ctx, `SELECT COUNT(*) FROM people WHERE email = ? AND id <> ?`, email, except.String()).Scan(&n)
	return n > 0, err
}

// PutLink stores a sign-in link by its hash.
func (tx *Tx) PutLink(ctx context.Context, hash string, person uuid.UUID, now, expires time.Time) error {
	return tx.exec(ctx, `INSERT INTO sign_in_links (token_hash, person_id, created_at, expires_at, used_at) VALUES (?, ?, ?, ?, 0)`,
		hash, person.String(), ms(now), ms(expires))
}

// Link returns whose link this is while it is unused and has not expired.
func (tx *Tx) Link(ctx context.Context, hash string, now time.Time) (person uuid.UUID, err error) {
	err = tx.row(ctx, `SELECT person_id FROM sign_in_links WHERE token_hash = ? AND used_at = 0 AND expires_at > ?`, hash, ms(now)).Scan(idColumn{&person})
	return person, found(err, "sign-in link")
}

// UseLink uses the link up. The second of two browsers gets node.ErrNotFound.
func (tx *Tx) UseLink(ctx context.Context, hash string, now time.Time) error {
	n, err := tx.execN(ctx, `UPDATE sign_in_links SET used_at = ? WHERE token_hash = ? AND used_at = 0 AND expires_at > ?`, ms(now), hash, ms(now))
	if err == nil && n == 0 {
		err = node.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("use sign-in link: %w", err)
	}
	return nil
}

// PutSession stores a session by the hash of its token.
func (tx *Tx) PutSession(ctx context.Context, hash string, s *node.Session) error {
	return tx.exec(ctx, `INSERT INTO sessions (id, token_hash, person_id, created_at, seen_at) VALUES (?, ?, ?, ?, ?)`,
		s.ID.String(), hash, s.PersonID.String(), ms(s.CreatedAt), ms(s.SeenAt))
}

// Session returns the session with this token hash, expired or not.
func (tx *Tx) Session(ctx context.Context, hash string) (*node.Session, error) {
	var s node.Session
	err := tx.row(ctx, `SELECT id, person_id, created_at, seen_at FROM sessions WHERE token_hash = ?`, hash).
		Scan(idColumn{&s.ID}, idColumn{&s.PersonID}, timeColumn{&s.CreatedAt}, timeColumn{&s.SeenAt})
	if errors.Is(err, sql.ErrNoRows) {
		err = node.ErrSignedOut
	}
	if err != nil {
		return nil, fmt.Errorf("session: %w", err)
	}
	return &s, nil
}

// TouchSession notes that a session was used.
func (tx *Tx) TouchSession(ctx context.Context, session uuid.UUID, now time.Time) error {
	return tx.exec(ctx, `UPDATE sessions SET seen_at = ? WHERE id = ?`, ms(now), session.String())
}

// DeleteSession signs a browser out.
func (tx *Tx) DeleteSession(ctx context.Context, hash string) error {
	return tx.exec(ctx, `DELETE FROM sessions WHERE token_hash = ?`, hash)
}

// GroupsOf returns the groups that a person, or everyone of the organization, is part of.
func (tx *Tx) GroupsOf(ctx context.Context, person, organization uuid.UUID) (groups []uuid.UUID, err error) {
	err = tx.rows(ctx, `SELECT DISTINCT group_id FROM group_members WHERE member_id IN (?, ?) ORDER BY group_id`,
		[]any{person.String(), organization.String()}, func(r scanner) error {
			var g uuid.UUID
			err := r.Scan(idColumn{&g})
			groups = append(groups, g)
			return err
		})
	return groups, err
}

// AddToGroup makes member part of group.
func (tx *Tx) AddToGroup(ctx context.Context, group, member uuid.UUID) error {
	return tx.exec(ctx, `INSERT INTO group_members (group_id, member_id) VALUES (?, ?) ON CONFLICT DO NOTHING`, group.String(), member.String())
}

// DeleteGroup ends that for all.
func (tx *Tx) DeleteGroup(ctx context.Context, group uuid.UUID) error {
	return tx.exec(ctx, `DELETE FROM group_members WHERE group_id = ?`, group.String())
}
