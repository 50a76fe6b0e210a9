package network

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/markup"
	"github.com/poweron-network/poweron/node/store"
)

// tagPattern is how a tag's code looks, in the shared vocabulary too.
var tagPattern = regexp.MustCompile(`^[a-z0-9]+(?:-[a-z0-9]+)*$`)

// Limits of a vocabulary.
const (
	maxTags     = 500
	maxSynonyms = 20
	maxTagCode  = 40
)

// Tags lists a network's own skill tags, and what it says about built-in ones.
func (s *Service) Tags(ctx context.Context, network uuid.UUID) (list []node.NetworkTag, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		list, err = tx.Tags(ctx, network)
		return err
	})
	return list, err
}

// tidy writes t in its one form, and reports what it cannot have.
func tidy(t *node.NetworkTag) error {
	t.Code = strings.ToLower(strings.TrimSpace(t.Code))
	if len(t.Code) > maxTagCode || !tagPattern.MatchString(t.Code) {
		return node.Invalid("code", "error.tag.code", "tag", t.Code)
	}
	labels := node.Text{}
	for lang, label := range t.Labels {
		if label = markup.Name(label); label == "" {
			continue
		}
		if err := node.CheckLang("labels", lang); err != nil {
			return err
		}
		if len([]rune(label)) > node.MaxNameRunes {
			return node.Invalid("labels", "error.tag.label", "tag", t.Code)
		}
		labels[lang] = label
	}
	t.Labels = labels
	synonyms := map[string][]string{}
	for lang, words := range t.Synonyms {
		if err := node.CheckLang("synonyms", lang); err != nil {
			return err
		}
		for _, word := range words {
			if word = markup.Name(word); word != "" && !slices.Contains(synonyms[lang], word) {
				synonyms[lang] = append(synonyms[lang], word)
			}
		}
		if len(synonyms[lang]) > maxSynonyms {
			return node.Invalid("synonyms", "error.tag.synonyms", "tag", t.Code)
		}
	}
	t.Synonyms = synonyms
	return nil
}

// PutTag adds a tag to a hosted network's vocabulary or changes its words. What
// was merged or retired comes back by it.
func (s *Service) PutTag(ctx context.Context, v access.Viewer, t *node.NetworkTag) error {
	named := *t
	if err := tidy(&named); err != nil {
		return err
	}
	for _, lang := range node.Languages {
		if named.Labels[lang] == "" {
			return node.Invalid("labels", "error.tag.label", "tag", named.Code)
		}
	}
	return s.changeTag(ctx, v, named.NetworkID, named.Code, func(tx *store.Tx, stored *node.NetworkTag) error {
		if stored.UpdatedAt.IsZero() { // new
			all, err := tx.Tags(ctx, named.NetworkID)
			if err != nil {
				return err
			}
			if len(all) >= maxTags {
				return node.Invalid("code", "error.tag.many")
			}
		}
		*stored = node.NetworkTag{NetworkID: named.NetworkID, Code: named.Code, Labels: named.Labels, Synonyms: named.Synonyms}
		return nil
	})
}

// MergeTag lets a tag, also a built-in one, stand for another one from now on.
func (s *Service) MergeTag(ctx context.Context, v access.Viewer, network uuid.UUID, code, into string) error {
	into = strings.ToLower(strings.TrimSpace(into))
	if !tagPattern.MatchString(into) {
		return node.Invalid("into", "error.tag.code", "tag", into)
	}
	return s.changeTag(ctx, v, network, code, func(tx *store.Tx, t *node.NetworkTag) error {
		target, err := tx.Tag(ctx, network, into)
		if err != nil && !isNotFound(err) {
			return err
		}
		if _, builtIn := s.Skills.Tag(into); err != nil && !builtIn {
			return node.Invalid("into", "error.tag.unknown", "tag", into)
		}
		if into == t.Code || err == nil && target.Into != "" {
			return node.Invalid("into", "error.tag.circle", "tag", into)
		}
		all, err := tx.Tags(ctx, network)
		if err != nil {
			return err
		}
		for _, other := range all { // what stood for this one stands for that one too
			if other.Into == t.Code {
				other.Into, other.UpdatedAt = into, s.Now()
				if err := tx.PutTag(ctx, &other); err != nil {
					return err
				}
			}
		}
		t.Into = into
		return nil
	})
}

// RetireTag stops offering a tag, also a built-in one; what has it keeps it.
func (s *Service) RetireTag(ctx context.Context, v access.Viewer, network uuid.UUID, code string) error {
	return s.changeTag(ctx, v, network, code, func(_ *store.Tx, t *node.NetworkTag) error {
		t.RetiredAt = s.Now()
		return nil
	})
}

// changeTag runs f on a tag of a hosted network and tells the members.
func (s *Service) changeTag(ctx context.Context, v access.Viewer, network uuid.UUID, code string, f func(*store.Tx, *node.NetworkTag) error) error {
	code = strings.ToLower(strings.TrimSpace(code))
	if len(code) > maxTagCode || !tagPattern.MatchString(code) {
		return node.Invalid("code", "error.tag.code", "tag", code)
	}
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		n, err := hosted(ctx, tx, v, network)
		if err != nil {
			return err
		}
		t, err := tx.Tag(ctx, network, code)
		if isNotFound(err) {
			t, err = &node.NetworkTag{NetworkID: network, Code: code}, nil
		}
		if err == nil {
			err = f(tx, t)
		}
		if err != nil {
			return err
		}
		t.UpdatedAt = s.Now()
		if err := tx.PutTag(ctx, t); err != nil {
			return err
		}
		return s.announce(ctx, tx, node.Event{Verb: node.Updated, Kind: node.KindNetwork, Object: n.ID, Actor: n.ID, Audience: node.NetworkOnly(n.ID)})
	})
	if err != nil {
		return fmt.Errorf("change tag %s: %w", code, err)
	}
	return nil
}

// ReceiveTags keeps the vocabulary that a hub publishes, instead of what we had
// of it. A tag that no tag can be is left out.
func (s *Service) ReceiveTags(ctx context.Context, network uuid.UUID, tags []node.NetworkTag) error {
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		n, err := tx.Network(ctx, network)
		if err != nil || n.Hosted {
			return err
		}
		if err := tx.DeleteTags(ctx, network); err != nil {
			return err
		}
		for _, t := range tags[:min(len(tags), maxTags)] {
			if tidy(&t) != nil || t.Into != "" && !tagPattern.MatchString(t.Into) {
				continue
			}
			t.NetworkID = network
			if t.UpdatedAt.IsZero() {
				t.UpdatedAt = s.Now()
			}
			if err := tx.PutTag(ctx, &t); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keep vocabulary of network %s: %w", network, err)
	}
	return nil
}
