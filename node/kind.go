package node

// Kind is what an object is.
type Kind string

// The kinds of items and of what an Event can be about.
const (
	KindPost         Kind = "post"
	KindGathering    Kind = "gathering"
	KindPerson       Kind = "person"
	KindOrganization Kind = "organization"
	KindFollow       Kind = "follow"
)

// ItemKinds lists the kinds that have an Item row; a completeness test in
// cmd/poweron walks it: each needs a mapping, a page, words and a seeded example.
var ItemKinds = []Kind{KindPost, KindGathering}
