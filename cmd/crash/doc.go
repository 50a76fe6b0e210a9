// Package crash holds the kill loop (R1–R3): a node in a process of its own is
// killed without warning again and again while others send to it and people
// write on it. At the end everything that it ever acknowledged must be there,
// once, with all that belongs to it.
package crash
