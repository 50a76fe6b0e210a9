package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/cmd/app"
	"github.com/poweron-network/poweron/node"
)

type postCommands struct {
	Add    postAdd    `cmd:"" help:"${help_post_add}"`
	Edit   postEdit   `cmd:"" help:"${help_post_edit}"`
	Delete postDelete `cmd:"" help:"${help_post_delete}"`
}

// writer are the flags of whatever somebody writes: who says it, and to whom.
type writer struct {
	As       string `required:"" placeholder:"HANDLE" help:"${help_as_author}"`
	Audience string `required:"" placeholder:"public|node|network:NAME" help:"${help_audience}"`
}

// writing is an open node, with who writes there, to whom, and what in which language.
type writing struct {
	acting
	to         node.Audience
	text, lang string
}

// write opens the node for who writes; arg is a text, or "-" for standard input.
func (k *call) write(ctx context.Context, by writer, arg string, f func(writing) error) error {
	text, err := k.readText(arg)
	if err != nil {
		return err
	}
	return k.act(ctx, by.As, func(a acting) error {
		to, err := a.audience(ctx, by.Audience)
		if err != nil {
			return err
		}
		lang, err := k.textLang(ctx, a.App)
		if err != nil {
			return err
		}
		return f(writing{a, to, text, lang})
	})
}

// onItem opens the node for a command about one of its items.
func (k *call) onItem(ctx context.Context, arg string, f func(acting, uuid.UUID) error) error {
	return k.act(ctx, "", func(a acting) error {
		id, ok := a.Origin.ParseID(arg) // AP id, page address or UUID (design.md 9, Ids)
		if !ok {
			return complain("id_form", "id", arg)
		}
		return f(a, id)
	})
}

type postAdd struct {
	writer  `embed:""`
	Title   string `placeholder:"TEXT" help:"${help_post_title}"`
	ReplyTo string `placeholder:"URL" help:"${help_reply_to}"`
	Text    string `arg:"" help:"${help_text}"`
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
	return k.write(ctx, c.writer, c.Text, func(w writing) error {
		i, err := w.Conversation.Post(ctx, w.viewer, node.PostInput{
			AsOrganization: w.asOrganization, Audience: w.to, Lang: w.lang, Title: c.Title, Text: w.text, InReplyTo: c.ReplyTo,
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
	return k.onItem(ctx, c.ID, func(a acting, id uuid.UUID) error {
		before, err := a.Conversation.Item(ctx, a.viewer, id)
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
		i, err := a.Conversation.EditPost(ctx, a.viewer, id, node.PostInput{Lang: lang, Title: before.Title[lang], Text: text, Version: before.Version})
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
	return k.onItem(ctx, c.ID, func(a acting, id uuid.UUID) error {
		i, err := a.Conversation.Item(ctx, a.viewer, id)
		if err != nil {
			return err
		}
		if err := a.Conversation.Delete(ctx, a.viewer, id); err != nil {
			if errors.Is(err, node.ErrForbidden) {
				err = complain("not_our_post", "id", c.ID)
			}
			return err
		}
		return k.printMade(i, "post_deleted")
	})
}
