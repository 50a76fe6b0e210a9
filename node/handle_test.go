package node_test

import (
	"testing"

	"github.com/poweron-network/poweron/node"
)

func TestHandleFrom(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Ana María Ruiz": "ana_maria_ruiz", "  Bo  ": "bo", "Ñandú & Söhne": "nandu_sohne", "": "other", "李": "other", "Admin": "other",
		"A very long name of somebody who has many": "a_very_long_name_of_somebody_w",
	} {
		if got := node.HandleFrom(name, "other"); got != want {
			t.Errorf("%q gives %s, want %s", name, got, want)
		}
	}
}
