package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/poweron-network/poweron/cmd/app"
	"github.com/poweron-network/poweron/node"
)

type postCommands struct {
	Add    postAdd    `cmd:"" help:"${help_post_add}"`
	Edit   postEdit   `cmd:"" help:"${help_post_edit}"`
	Delete postDelete `cmd:"" help:"${help_post_delete}"`
}

type postAdd struct {
	As       string `required:"" placeholder:"HANDLE" help:"${help_as_author}"`
	Audience string `required:"" placeholder:"public|node" help:"${help_audience}"`
	Title    string `placeholder:"TEXT" help:"${help_post_title}"`
	ReplyTo  string `placeholder:"URL" help:"${help_reply_to}"`
	Text     string `arg:"" help:"${help_text}"`
}

// made is the answer of what makes or changes an item.
type made struct {
	ID  string `json:"id"`
	URL string `json:"url"`
}

func (k *call) printMade(i *node.Item, word string) error {
	return k.object(made{i.URI, i.Page}, func(w io.Writer) { fmt.Fprintln(w, k.say(word, "url", i.Page)) })
}

// Run writes a post or a reply.
func (c *postAdd) Run(ctx context.Context, k *call) error {
	text, err := k.readText(c.Text)
	if err != nil {
		return err
	}
	return k.open(ctx, func(a *app.App) error {
		v, asOrganization, err := a.People.ViewerFor(ctx, c.As)
		if err != nil {
			return err
		}
		to, err := audience(a, v.Organization, c.Audience)
		if err != nil {
			return err
		}
		lang, err := k.textLang(ctx, a)
		if err != nil {
			return err
		}
		i, err := a.Conversation.Post(ctx, v, node.PostInput{
			AsOrganization: asOrganization, Audience: to, Lang: lang, Title: c.Title, Text: text, InReplyTo: c.ReplyTo,
		})
		if err != nil {
			return err
		}
		return k.printMade(i, "post_added")
	})
}

// textLang is the language of what somebody writes: what --lang says, else that of the node.
func (k *call) textLang(ctx context.Context, a *app.App) (string, error) {
	if k.asked != "" {
		return k.asked, nil
	}
	site, err := a.People.Site(ctx)
	if err != nil {
		return "", err
	}
	return site.Lang, nil
}

type postEdit struct {
	ID   string `arg:"" name:"id" help:"${help_id}"`
	Text string `arg:"" help:"${help_text}"`
}

// Run changes what a post says.
func (c *postEdit) Run(ctx context.Context, k *call) error {
	text, err := k.readText(c.Text)
	if err != nil {
		return err
	}
	return k.open(ctx, func(a *app.App) error {
		id, err := itemID(a, c.ID)
		if err != nil {
			return err
		}
		v, _, err := a.People.ViewerFor(ctx, "")
		if err != nil {
			return err
		}
		before, err := a.Conversation.Item(ctx, v, id)
		if err != nil {
			return err
		}
		if !before.Local || before.Kind != node.KindPost {
			return complain("not_our_post", "id", c.ID)
		}
		lang := k.asked
		if lang == "" {
			lang = before.Lang
		}
		i, err := a.Conversation.EditPost(ctx, v, id, node.PostInput{Lang: lang, Title: before.Title[lang], Text: text, Version: before.Version})
		if err != nil {
			return err
		}
		return k.printMade(i, "post_edited")
	})
}

type postDelete struct {
	ID string `arg:"" name:"id" help:"${help_id}"`
}

// Run deletes a post or a gathering for good.
func (c *postDelete) Run(ctx context.Context, k *call) error {
	return k.open(ctx, func(a *app.App) error {
		id, err := itemID(a, c.ID)
		if err != nil {
			return err
		}
		v, _, err := a.People.ViewerFor(ctx, "")
		if err != nil {
			return err
		}
		i, err := a.Conversation.Item(ctx, v, id)
		if err != nil {
			return err
		}
		if err := a.Conversation.Delete(ctx, v, id); err != nil {
			if errors.Is(err, node.ErrForbidden) {
				err = complain("not_our_post", "id", c.ID)
			}
			return err
		}
		return k.printMade(i, "post_deleted")
	})
}
