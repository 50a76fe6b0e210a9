package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/poweron-network/poweron/node"
)

type messageCommands struct {
	Send messageSend `cmd:"" help:"${help_message_send}"`
	List messageList `cmd:"" help:"${help_message_list}"`
}

type messageSend struct {
	As   string `required:"" placeholder:"HANDLE" help:"${help_as_sender}"`
	To   string `required:"" placeholder:"HANDLE|ID" help:"${help_message_to}"`
	Text string `arg:"" help:"${help_plain_text}"`
}

// said is one message.
type said struct {
	ID     string `json:"id"`
	Thread string `json:"thread"`
	From   string `json:"from"`
	To     string `json:"to"`
	Text   string `json:"text"`
	Sent   stamp  `json:"sent"`
}

func newSaid(m *node.Message) said {
	return said{m.URI, m.ThreadID.String(), m.From.Handle, m.To.Handle, m.Body, stamp(m.SentAt)}
}

// Run writes to somebody of another organization, by relay.
func (c *messageSend) Run(ctx context.Context, k *call) error {
	text, err := k.readText(c.Text)
	if err != nil {
		return err
	}
	return k.act(ctx, c.As, func(a acting) error {
		m, err := a.Contact.Send(ctx, a.viewer, strings.TrimPrefix(c.To, "@"), text)
		if err != nil {
			return err
		}
		return k.object(newSaid(m), func(w io.Writer) { fmt.Fprintln(w, k.say("message_sent", "to", c.To)) })
	})
}

type messageList struct {
	As string `required:"" placeholder:"HANDLE" help:"${help_as_sender}"`
}

// Run lists all messages of somebody, oldest first within a thread, and marks them as read.
func (c *messageList) Run(ctx context.Context, k *call) error {
	return k.act(ctx, c.As, func(a acting) error {
		threads, err := a.Contact.Threads(ctx, a.viewer)
		if err != nil {
			return err
		}
		var items []said
		for _, t := range threads {
			messages, err := a.Contact.Thread(ctx, a.viewer, t.ID)
			if err != nil {
				return err
			}
			for _, m := range messages {
				items = append(items, newSaid(m))
			}
		}
		return list(k, items, "message_none", []string{"col_from", "col_to", "col_sent", "col_text"}, func(m said) []string {
			return []string{plain(m.From), plain(m.To), human(m.Sent.time()), oneLine(m.Text)}
		})
	})
}
