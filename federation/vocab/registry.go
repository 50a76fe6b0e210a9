package vocab

import (
	"maps"
	"slices"

	"github.com/poweron-network/poweron/node"
)

// kinds tells what we read each type of object as (AS2, Vocabulary §3.2 and
// §3.3). Whatever is not here we do not handle: its activities are answered and
// dropped.
var kinds = map[string]node.Kind{
	"Note":     node.KindPost,
	"Article":  node.KindPost,
	"Page":     node.KindPost, // Lemmy
	"Question": node.KindPost, // a poll, read as the post that asks (FEP-9967)
	"Document": node.KindPost,
	"Image":    node.KindPost, // Pixelfed
	"Video":    node.KindPost, // PeerTube
	"Audio":    node.KindPost, // Funkwhale
	"Event":    node.KindGathering,

	"Person":       node.KindPerson,
	"Organization": node.KindOrganization,
	"Group":        node.KindOrganization,
	"Service":      node.KindOrganization,
	"Application":  node.KindOrganization,
}

// KindOf is what a document of this type is here; empty if we do not handle it.
func KindOf(objectType string) node.Kind { return kinds[objectType] }

// TypesOf lists the types that are read as k, sorted.
func TypesOf(k node.Kind) []string {
	var types []string
	for _, t := range slices.Sorted(maps.Keys(kinds)) {
		if kinds[t] == k {
			types = append(types, t)
		}
	}
	return types
}

// IsActor reports whether documents of this type are actors.
func IsActor(objectType string) bool {
	k := kinds[objectType]
	return k == node.KindPerson || k == node.KindOrganization
}

// IsItem reports whether documents of this type are posts or gatherings.
func IsItem(objectType string) bool { return slices.Contains(node.ItemKinds, kinds[objectType]) }
