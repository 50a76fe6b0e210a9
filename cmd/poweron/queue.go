package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
)

type queueCommand struct{}

// queueReport is what waits to be delivered.
type queueReport struct {
	Waiting   int         `json:"waiting"`
	OldestDue stamp       `json:"oldestDue"`
	Hosts     []queueHost `json:"hosts"` // only those that fail
}

type queueHost struct {
	Host     string `json:"host"`
	Failures int    `json:"failures"`
	Next     stamp  `json:"next"`
	Open     bool   `json:"open"` // the circuit: true means that nothing is tried before next
}

// Run prints what waits, and the servers that cannot be reached.
func (c *queueCommand) Run(ctx context.Context, k *call) error {
	return k.act(ctx, "", func(a acting) error {
		q, err := a.Delivery.Queue(ctx, a.viewer)
		if err != nil {
			return err
		}
		report := queueReport{Waiting: q.Waiting, OldestDue: stamp(q.OldestDue), Hosts: []queueHost{}}
		for _, h := range q.Hosts {
			report.Hosts = append(report.Hosts, queueHost{h.Host, h.Failures, stamp(h.Next), h.Open})
		}
		return k.object(report, func(out io.Writer) {
			fmt.Fprintln(out, k.say("queue_waiting", "n", strconv.Itoa(q.Waiting), "oldest", human(q.OldestDue)))
			if len(q.Hosts) == 0 {
				return
			}
			w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", k.say("col_host"), k.say("col_waiting"), k.say("col_failures"), k.say("col_next"))
			for _, h := range q.Hosts {
				fmt.Fprintf(w, "%s\t%d\t%d\t%s\n", plain(h.Host), h.Waiting, h.Failures, human(h.Next))
			}
			_ = w.Flush()
		})
	})
}
