package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
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
			_ = k.printTable(out, []string{"col_host", "col_waiting", "col_failures", "col_next"}, len(q.Hosts), func(i int) []string {
				h := q.Hosts[i]
				return []string{plain(h.Host), strconv.Itoa(h.Waiting), strconv.Itoa(h.Failures), human(h.Next)}
			})
		})
	})
}
