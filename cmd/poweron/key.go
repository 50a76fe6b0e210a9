package main

import (
	"context"
	"fmt"
	"io"

	"github.com/poweron-network/poweron/node"
)

type keyCommands struct {
	Rotate keyRotate `cmd:"" help:"${help_key_rotate}"`
}

type keyRotate struct {
	Yes bool `help:"${help_yes}"`
}

// Run replaces all keys of the node, and tells the fingerprint that its hubs have to know.
func (c *keyRotate) Run(ctx context.Context, k *call) error {
	if !c.Yes {
		return complain("key_rotate_sure")
	}
	return k.act(ctx, "", func(a acting) error {
		fingerprint, err := a.People.RotateKeys(ctx, a.viewer)
		if err != nil {
			return err
		}
		answer := struct {
			Fingerprint string `json:"fingerprint"`
		}{fingerprint}
		return k.object(answer, func(w io.Writer) { fmt.Fprintln(w, k.say("key_rotated", "fingerprint", fingerprint)) })
	})
}

type hubKey struct {
	memberArg   `embed:""`
	Fingerprint string `arg:"" help:"${help_hub_key_fingerprint}"`
}

// Run takes over the new key of a member, as its admin told it.
func (c *hubKey) Run(ctx context.Context, k *call) error {
	return k.onMember(ctx, c.memberArg, "hub_keyed", func(a acting, n *node.Network, who string) error {
		return a.Network.SetFingerprint(ctx, a.viewer, n.ID, who, c.Fingerprint)
	})
}
