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
	KindNetwork      Kind = "network"    // a Group actor of ours
	KindMembership   Kind = "membership" // of an organization in a network
	KindCard         Kind = "card"       // a person as a network sees them
	KindOffer        Kind = "offer"      // of mentoring
	KindRequest      Kind = "request"    // for mentoring
	KindMessage      Kind = "message"    // by relay
)

// ItemKinds lists the kinds that have an Item row; a completeness test in
// cmd/poweron walks it: each needs a mapping, a page, words and a seeded example.
var ItemKinds = []Kind{KindPost, KindGathering}
