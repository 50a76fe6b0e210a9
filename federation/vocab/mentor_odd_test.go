package vocab_test

import (
	"errors"
	"maps"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/federation/vocab"
	"github.com/poweron-network/poweron/node"
)

// anything is a value that a document of somebody else may hold.
func anything(depth int) *rapid.Generator[any] {
	leaf := rapid.OneOf(
		rapid.Just[any](nil), rapid.Map(rapid.String(), func(s string) any { return s }), rapid.Map(rapid.Float64(), func(f float64) any { return f }),
		rapid.Map(rapid.Bool(), func(b bool) any { return b }),
		rapid.SampledFrom([]any{"Note", "Intent", "Agreement", "Commitment", "offer", "contact", "text/plain", "https://w3id.org/poweron/skills/x", "https://a.example/1", "2026-11-22T09:00:00Z", "\xff\x00"}),
	)
	if depth == 0 {
		return leaf
	}
	inner := anything(depth - 1)
	return rapid.OneOf(leaf,
		rapid.Map(rapid.SliceOfN(inner, 0, 3), func(l []any) any { return l }),
		rapid.Map(rapid.MapOfN(rapid.SampledFrom(mentorKeys), inner, 0, 6), func(m map[string]any) any { return m }),
	)
}

var mentorKeys = []string{
	"id", "type", "object", "publishes", "purpose", "stipulates", "satisfies", "resourceConformsTo", "resourceQuantity", "hasNumericalValue", "availableLanguage",
	"mentorFormat", "mentorWeeks", "paused", "full", "version", "endTime", "updated", "source", "content", "contentMap", "mediaType", "timeWanted", "inLanguage", "to", "context",
	"threadKind", "requestState", "suggests",
}

// TestReadersOfMentoringTakeAnything: whatever a document holds, it is refused as
// one, or what comes out of it can be stored and shown.
func TestReadersOfMentoringTakeAnything(t *testing.T) {
	t.Parallel()
	good := mentorDocuments(t)
	bases := []jsonld.Object{{}, reread(t, good["mentor-offer"]), reread(t, good["mentor-request"]), reread(t, good["message"]).Object("object"), reread(t, good["mentor-decline"])}
	read := 0
	rapid.Check(t, func(t *rapid.T) {
		doc := maps.Clone(rapid.SampledFrom(bases).Draw(t, "base"))
		maps.Copy(doc, rapid.MapOfN(rapid.SampledFrom(mentorKeys), anything(3), 0, 3).Draw(t, "changes"))
		plain := func(what, s string) {
			if !utf8.ValidString(s) || strings.ContainsRune(s, 0) || utf8.RuneCountInString(s) > node.MaxMessageRunes {
				t.Fatalf("%s is %q", what, s)
			}
		}
		if o, err := vocab.ReadMentorOffer(doc); err == nil {
			read++
			for _, s := range o.Note {
				plain("note", s)
			}
			if err := o.Validate(func(string) bool { return true }); err != nil {
				t.Fatalf("an offer that cannot be: %v", err)
			}
		} else if !errors.Is(err, vocab.ErrDocument) {
			t.Fatal(err)
		}
		if ask, err := vocab.ReadMentorRequest(doc); err == nil {
			plain("need", ask.Need)
			plain("time", ask.Time)
		} else if !errors.Is(err, vocab.ErrDocument) {
			t.Fatal(err)
		}
		if m, err := vocab.ReadMessage(doc); err == nil {
			plain("message", m.Body)
		} else if !errors.Is(err, vocab.ErrDocument) {
			t.Fatal(err)
		}
		plain("reason", vocab.ReadMentorAnswer(doc).Reason)
		_, _ = vocab.IsMentorOffer(doc), vocab.IsMessage(doc)
	})
	if read == 0 {
		t.Error("no document was read as an offer: the test shows nothing")
	}
}
