// Package schema embeds every shape that outlives a release: migrations, the
// JSON-LD context, the skill vocabulary and the list of specifications. It
// imports nothing of ours.
package schema

import "embed"

// SQLite holds the forward-only migrations, in order of their names.
//
//go:embed sqlite/*.sql
var SQLite embed.FS

// Context is the @context of every document that we send, inlined so that
// nobody has to fetch it (federation.md 6.1).
//
//go:embed context.json
var Context []byte

// Skills is the built-in skill vocabulary, English and Spanish.
//
//go:embed skills.json
var Skills []byte

// Specs lists the specifications that we follow, and how far.
//
//go:embed specs.tsv
var Specs []byte

// SkillSet is the IRI of the built-in vocabulary, the same on every node (design.md 9).
const SkillSet = "https://w3id.org/poweron/skills"

// Namespace is the prefix of our own terms.
const Namespace = "https://w3id.org/poweron/ns#"
