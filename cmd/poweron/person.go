package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/people"
	"github.com/poweron-network/poweron/node/skillset"
)

type personCommands struct {
	Add  personAdd  `cmd:"" help:"${help_person_add}"`
	Link personLink `cmd:"" help:"${help_person_link}"`
}

type personAdd struct {
	Name         string   `required:"" placeholder:"NAME" help:"${help_person_name}"`
	Email        string   `required:"" placeholder:"MAIL" help:"${help_person_email}"`
	Handle       string   `required:"" placeholder:"HANDLE" help:"${help_person_handle}"`
	Role         string   `placeholder:"ROLE" help:"${help_person_role}"`
	Title        string   `placeholder:"TEXT" help:"${help_person_title}"`
	Public       bool     `help:"${help_person_public}"`
	Network      bool     `help:"${help_person_network}"`
	Organization string   `placeholder:"HANDLE" help:"${help_person_organization}"`
	Skill        []string `sep:"none" placeholder:"STANCE:TAG[:LEVEL[:mentor]]" help:"${help_person_skill}"`
}

// Run adds a person and prints their sign-in link.
func (c *personAdd) Run(ctx context.Context, k *call) error {
	if k.asked != "" && !slices.Contains(node.Languages, k.asked) {
		return complain("lang_pages", "lang", k.asked)
	}
	in := people.NewPerson{Name: c.Name, Email: c.Email, Handle: c.Handle, RoleTitle: c.Title, Lang: k.asked, Followable: c.Public, Network: c.Network}
	switch role := node.Role(c.Role); role {
	case "", node.Member, node.Editor, node.Admin:
		in.Role = role
	default: // not a right on this node, so it is what the person does
		if c.Title != "" {
			return complain("role_form", "role", c.Role)
		}
		in.RoleTitle = c.Role
	}
	return k.act(ctx, "", func(a acting) error {
		if c.Organization != "" {
			o, err := a.People.Organization(ctx, strings.TrimPrefix(c.Organization, "@"))
			if errors.Is(err, node.ErrNotFound) {
				err = complain("no_organization", "handle", c.Organization)
			}
			if err != nil {
				return err
			}
			in.Organization = o.ID
		}
		for _, s := range c.Skill {
			skill, err := parseSkill(a.Skills, s)
			if err != nil {
				return err
			}
			in.Skills = append(in.Skills, skill)
		}
		p, link, err := a.People.AddPerson(ctx, a.viewer, in)
		if err != nil {
			return err
		}
		answer := struct {
			ID     string `json:"id"`
			SignIn string `json:"signIn"`
		}{p.ID.String(), link}
		switch {
		case p.Followable():
			answer.ID = a.Origin.PersonURI(p.ActorID)
		case p.InNetworks():
			answer.ID = a.Origin.PersonURI(p.NetworkActorID)
		}
		return k.object(answer, func(w io.Writer) {
			fmt.Fprintln(w, k.say("person_added", "name", plain(p.Name), "handle", p.Handle, "link", link))
		})
	})
}

// parseSkill reads STANCE:TAG[:LEVEL[:mentor]]. A tag may also be its label in
// either language. Without a level it is the first one.
func parseSkill(set *skillset.Set, s string) (node.PersonSkill, error) {
	parts := strings.Split(s, ":")
	if len(parts) < 2 || len(parts) > 4 || len(parts) == 4 && parts[3] != "mentor" {
		return node.PersonSkill{}, complain("skill_form", "skill", s)
	}
	skill := node.PersonSkill{Stance: node.Stance(parts[0]), Tag: parts[1], CanMentor: len(parts) == 4}
	if tag, ok := set.Match(skill.Tag); ok {
		skill.Tag = tag.Code
	}
	if skill.Stance != node.Interest {
		skill.Level = 1
	}
	if len(parts) > 2 {
		level, err := strconv.Atoi(parts[2])
		if err != nil {
			return node.PersonSkill{}, complain("skill_form", "skill", s)
		}
		skill.Level = level
	}
	return skill, nil
}

type personLink struct {
	Handle string `arg:"" help:"${help_person_handle_arg}"`
}

// Run makes another sign-in link.
func (c *personLink) Run(ctx context.Context, k *call) error {
	return k.act(ctx, "", func(a acting) error {
		link, err := a.People.PersonLink(ctx, a.viewer, strings.TrimPrefix(c.Handle, "@"))
		if err != nil {
			return err
		}
		answer := struct {
			SignIn string `json:"signIn"`
		}{link}
		return k.object(answer, func(w io.Writer) { fmt.Fprintln(w, k.say("person_link", "link", link)) })
	})
}
