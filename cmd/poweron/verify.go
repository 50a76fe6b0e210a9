package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/poweron-network/poweron/cmd/app"
	"github.com/poweron-network/poweron/node/store"
)

type verifyCommand struct{}

// Run checks the data as a whole, prints the figures, and fails if anything is wrong.
func (c *verifyCommand) Run(ctx context.Context, k *call) error {
	return k.open(ctx, func(a *app.App) error {
		var counts store.Counts
		var faults []string
		err := a.DB.View(ctx, func(tx *store.Tx) (err error) {
			counts, faults, err = tx.Verify(ctx)
			return err
		})
		if err != nil {
			return err
		}
		if k.json {
			answer := map[string]any{"faults": append([]string{}, faults...)}
			for name, n := range counts {
				answer[name] = n
			}
			line, err := encode(answer)
			if err != nil {
				return err
			}
			fmt.Fprintln(k.out, line)
		} else {
			for _, name := range slices.Sorted(maps.Keys(counts)) {
				fmt.Fprintf(k.out, "%-18s %d\n", name, counts[name])
			}
			for _, f := range faults {
				fmt.Fprintln(k.out, k.say("verify_fault", "fault", plain(f)))
			}
		}
		if len(faults) > 0 {
			return complain("verify_faults", "n", fmt.Sprint(len(faults)), "first", strings.TrimSpace(plain(faults[0])))
		}
		if !k.json {
			fmt.Fprintln(k.out, k.say("verify_ok"))
		}
		return nil
	})
}
