package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/poweron-network/poweron/node"
)

type searchCommand struct {
	As           string `placeholder:"HANDLE" help:"${help_as_searcher}"`
	Skill        string `placeholder:"TAG" help:"${help_search_skill}"`
	Stance       string `placeholder:"STANCE" help:"${help_search_stance}"`
	Language     string `placeholder:"CODE" help:"${help_search_language}"`
	Organization string `placeholder:"HANDLE" help:"${help_search_organization}"`
	Mentor       bool   `help:"${help_search_mentor}"`
	Limit        int    `default:"1000" placeholder:"N" help:"${help_timeline_limit}"`
	which        `embed:""`
}

// hit is one person who was found.
type hit struct {
	ID           string      `json:"id"` // for “message send --to”; of people here their handle will do
	Name         string      `json:"name"`
	Handle       string      `json:"handle"`
	Organization string      `json:"organization"`
	Node         string      `json:"node"`    // host
	Network      string      `json:"network"` // handle; empty of people here
	Skill        string      `json:"skill"`
	Stance       node.Stance `json:"stance"`
	Level        int         `json:"level"`
	CanMentor    bool        `json:"canMentor"`
	Languages    []string    `json:"languages"`
	Place        string      `json:"place"`
	Received     stamp       `json:"received"` // null of people here
	Expires      stamp       `json:"expires"`
}

// Run finds people by skill: those here, and the cards of the networks. It asks no other server.
func (c *searchCommand) Run(ctx context.Context, k *call) error {
	return k.act(ctx, c.As, func(a acting) error {
		q, err := c.query(ctx, a)
		if err != nil {
			return err
		}
		networks, err := a.Network.Names(ctx)
		if err != nil {
			return err
		}
		var hits []hit
		for len(hits) < c.Limit {
			q.Limit = min(pageSize, c.Limit-len(hits))
			page, next, err := a.Cards.Search(ctx, a.viewer, q)
			if err != nil {
				return err
			}
			for _, f := range page {
				h, err := a.newHit(ctx, f)
				if err != nil {
					return err
				}
				if f.Card != nil && networks[f.Card.NetworkID] != nil {
					h.Network = networks[f.Card.NetworkID].Handle()
				}
				hits = append(hits, h)
			}
			if q.After = next; next == "" {
				break
			}
		}
		return list(k, hits, "search_none", []string{"col_name", "col_organization", "col_host", "col_skill", "col_stance", "col_level", "col_received"}, func(h hit) []string {
			return []string{plain(h.Name), plain(h.Organization), h.Node, h.Skill, string(h.Stance), strconv.Itoa(h.Level), human(h.Received.time())}
		})
	})
}

// query reads what is looked for.
func (c *searchCommand) query(ctx context.Context, a acting) (q node.Search, err error) {
	q = node.Search{Stance: node.Stance(c.Stance), Language: c.Language, CanMentor: c.Mentor}
	if c.Stance != "" {
		// The rule is in node; any tag will do for asking about a stance.
		trial := node.PersonSkill{Stance: q.Stance, Level: 1}
		if q.Stance == node.Interest {
			trial.Level = 0
		}
		if err := trial.Validate(func(string) bool { return true }); err != nil {
			return q, err
		}
	}
	if c.Language != "" {
		if err := node.CheckLang("language", c.Language); err != nil {
			return q, err
		}
	}
	if c.Skill != "" {
		if q.Tag, err = a.skill(ctx, c.Skill); err != nil {
			return q, err
		}
	}
	if c.Network != "" {
		n, err := a.network(ctx, c.Network, "network_none", current)
		if err != nil {
			return q, err
		}
		q.Network = n.ID
	}
	if c.Organization != "" {
		q.Organization, err = a.organization(ctx, strings.TrimPrefix(c.Organization, "@"))
	}
	return q, err
}

// skill is the code of a skill of the node's or its networks' vocabulary, written as
// code or, of built-in ones, as a label in either language.
func (a acting) skill(ctx context.Context, s string) (string, error) {
	code := tagCode(a.Skills, s)
	_, err := a.Cards.Tag(ctx, a.viewer, code)
	if errors.Is(err, node.ErrNotFound) {
		err = node.Invalid("skills", "error.skill.tag", "tag", s)
	}
	return code, err
}

// organization finds the address of an organization of this node or its networks.
func (a acting) organization(ctx context.Context, handle string) (string, error) {
	if o, err := a.People.Organization(ctx, handle); err == nil {
		return a.Origin.OrganizationURI(o.ID), nil
	}
	all, err := a.Network.Networks(ctx, a.viewer)
	if err != nil {
		return "", err
	}
	for _, n := range all {
		m, err := a.Network.Member(ctx, a.viewer, n.ID, handle)
		if err == nil {
			return m.OrganizationURI, nil
		}
	}
	return "", complain("search_organization", "handle", handle)
}

// newHit is what is printed of somebody who was found.
func (a acting) newHit(ctx context.Context, f node.Found) (hit, error) {
	h := hit{Skill: f.Skill.Tag, Stance: f.Skill.Stance, Level: f.Skill.Level, CanMentor: f.Skill.CanMentor}
	if p := f.Person; p != nil {
		h.ID, h.Name, h.Handle, h.Languages, h.Place, h.Node = p.ID.String(), p.Name, p.Handle, p.Languages, p.Place, a.Origin.Host()
		h.Organization = f.Organization.Name
	}
	if c := f.Card; c != nil {
		h.ID, h.Name, h.Languages, h.Place, h.Received, h.Expires = c.ActorURI, c.Name, c.Languages, c.Place, stamp(c.ReceivedAt), stamp(c.ExpiresAt)
		if m := f.Membership; m != nil {
			h.Organization, h.Node = m.Name, node.Origin(m.Origin).Host()
		}
		actor, err := a.Peers.Actor(ctx, c.ActorURI)
		if err == nil {
			h.Handle = actor.Handle()
		} else if !errors.Is(err, node.ErrNotFound) {
			return h, fmt.Errorf("read actor of card: %w", err)
		}
	}
	h.Languages = append([]string{}, h.Languages...)
	return h, nil
}
