package fedtest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/poweron-network/poweron/cmd/fedtest"
	"github.com/poweron-network/poweron/federation/vocab"
	"github.com/poweron-network/poweron/node"
)

// TestEveryKindIsComplete walks node.ItemKinds: a kind that is added there needs
// a way to make one, a mapping both ways with an example document, a page in
// each language, a document at the page's address, and a way to delete it.
func TestEveryKindIsComplete(t *testing.T) {
	c := fedtest.New(t, "river", "centro")
	n, other := c.Nodes[0], c.Nodes[1]
	other.Follow(n.At("river"))
	makers := map[node.Kind]func() (*node.Item, error){
		node.KindPost: func() (*node.Item, error) {
			return n.Conversation.Post(t.Context(), n.Admin, node.PostInput{AsOrganization: true, Audience: node.Public, Lang: "en", Text: "a canary"})
		},
		node.KindGathering: func() (*node.Item, error) {
			return n.Gathering.Announce(t.Context(), n.Admin, node.GatheringInput{
				AsOrganization: true, Audience: node.Public, Lang: "en", Name: "a canary",
				Start: "2030-01-01T10:00", End: "2030-01-01T11:00", Zone: "Europe/London", Place: "Hall",
			})
		},
	}
	for _, kind := range node.ItemKinds {
		t.Run(string(kind), func(t *testing.T) {
			make := makers[kind]
			if make == nil {
				t.Fatal("nothing makes one here")
			}
			i, err := make()
			if err != nil {
				t.Fatal(err)
			}
			if len(vocab.TypesOf(kind)) == 0 || !exampleOf(t, kind) {
				t.Error("no document type is read as it, or schema/examples has none")
			}
			for _, lang := range node.Languages {
				if status, body := get(t, i.Page+"?lang="+lang, "text/html"); status != http.StatusOK || !strings.Contains(body, "a canary") || !strings.Contains(body, `lang="`+lang+`"`) {
					t.Errorf("its page in %s: %d", lang, status)
				}
			}
			if status, body := get(t, i.Page, "application/activity+json"); status != http.StatusOK || !strings.Contains(body, i.URI) {
				t.Errorf("its document: %d", status)
			}
			c.Settle()
			if find(other.Home(), i.URI) == nil {
				t.Error("it does not reach another node")
			}
			if err := n.Conversation.Delete(t.Context(), n.Admin, i.ID); err != nil {
				t.Error(err)
			}
			if status, _ := get(t, i.URI, "application/activity+json"); status != http.StatusGone {
				t.Errorf("deleted, its document answers %d", status)
			}
			c.Settle()
			if find(other.Home(), i.URI) != nil {
				t.Error("deleted, it is still at the other node")
			}
		})
	}
}

// exampleOf reports whether an example document is of this kind.
func exampleOf(t *testing.T, kind node.Kind) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "schema", "examples", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatal("no examples", err)
	}
	return slices.ContainsFunc(files, func(name string) bool {
		raw, err := os.ReadFile(name)
		var doc struct {
			Type string `json:"type"`
		}
		return err == nil && json.Unmarshal(raw, &doc) == nil && vocab.KindOf(doc.Type) == kind
	})
}

func get(t *testing.T, url, accept string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", accept)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}
