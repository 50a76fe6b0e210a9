// Package interop holds the tests of a whole node against an independent
// ActivityPub implementation: a small server built on Fedify, which shares no
// code with ours. What it accepts, verifies and understands of what we send is
// a second opinion; the tests read what the peer received, never our own queue.
package interop
