// Package node holds the domain of one organization's node: the people it
// lists, what they write, the gatherings they convene, whom they follow, and
// what has been received from others. It imports nothing above the standard
// library and uuid; SQL, HTTP and ActivityPub live elsewhere.
package node
