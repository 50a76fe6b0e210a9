package vocab_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-fed/activity/streams"

	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/federation/vocab"
)

// fixtures are real documents of other software, kept beside the repository.
const fixtures = "../../../shared/interop/fixtures"

// handled are the activities that we act on, besides the objects of the registry.
var handled = []string{"Create", "Update", "Delete", "Follow", "Accept", "Reject", "Undo", "Announce", "Like"}

// needFixtures skips without the fixtures, except where they have to be there.
func needFixtures(t *testing.T) {
	t.Helper()
	if _, err := os.Stat(fixtures); err == nil {
		return
	}
	if os.Getenv("POWERON_CI") == "1" {
		t.Fatalf("no interop fixtures at %s, but POWERON_CI=1 asks for them", fixtures)
	}
	t.Skipf("no interop fixtures at %s; POWERON_CI=1 makes this a failure", fixtures)
}

// table returns the rows of a file of tab-separated values.
func table(t *testing.T, path string) [][]string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for _, line := range strings.Split(strings.TrimRight(string(raw), "\n"), "\n") {
		rows = append(rows, strings.Split(line, "\t"))
	}
	return rows
}

// TestFixtures compares our decoder with what the documents say by
// testdata/fixtures.py, which shares nothing with it.
func TestFixtures(t *testing.T) {
	t.Parallel()
	needFixtures(t)
	rows := table(t, "testdata/fixtures.tsv")
	if len(rows) < 500 {
		t.Fatalf("only %d rows", len(rows))
	}
	for _, row := range rows {
		t.Run(row[0], func(t *testing.T) {
			t.Parallel()
			raw, err := os.ReadFile(filepath.Join(fixtures, row[0]))
			if err != nil {
				t.Fatal(err)
			}
			doc, err := jsonld.Decode(raw)
			if err != nil {
				t.Fatal(err)
			}
			for n, got := range said(doc) {
				if got != row[n+1] {
					t.Errorf("column %d: got %q, want %q", n+2, got, row[n+1])
				}
			}
			if got := reads(doc); got != row[9] {
				_, _, errActor := vocab.ReadActor(doc)
				_, errItem := vocab.ReadItem(doc)
				t.Errorf("reads as %q, want %q: %v; %v", got, row[9], errActor, errItem)
			}
			if vocab.KindOf(doc.Type()) != "" || slices.Contains(handled, doc.Type()) {
				if err := toType(raw); err != nil {
					t.Errorf("go-fed: %v", err)
				}
			}
		})
	}
}

// said are the columns of the table between file and reads, by our getters.
func said(doc jsonld.Object) []string {
	to := append(doc.IDs("to"), doc.IDs("cc")...)
	slices.Sort(to)
	var dates []string
	for _, key := range []string{"published", "updated", "startTime", "endTime"} {
		at := doc.Time(key)
		if at.IsZero() {
			dates = append(dates, "-")
			continue
		}
		dates = append(dates, at.Format("2006-01-02T15:04:05.000Z"))
	}
	text := words(doc)
	if text == "" {
		text = words(doc.Object("object"))
	}
	if text != "" {
		sum := sha256.Sum256([]byte(text))
		text = hex.EncodeToString(sum[:6])
	}
	return []string{
		doc.ID(), doc.Type(), doc.IDOf("actor"), doc.IDOf("object"), text, strings.Join(doc.IDs("attributedTo"), " "),
		strings.Join(slices.Compact(to), " "), strings.Join(dates, " "),
	}
}

func words(doc jsonld.Object) string {
	for _, key := range []string{"content", "name", "summary"} {
		if s := doc.String(key); s != "" {
			return s
		}
	}
	return ""
}

// reads tells what doc can be read as, and checks what no document may bring in.
func reads(doc jsonld.Object) string {
	if a, keys, err := vocab.ReadActor(doc); err == nil {
		for _, k := range keys {
			if k.ActorURI != a.URI || k.Algorithm == "" || k.Public == "" {
				return fmt.Sprintf("actor with key %+v", k)
			}
		}
		if a.URI == "" || a.Username == "" || a.Name == "" || a.Host == "" || a.Inbox == "" || a.Page == "" {
			return fmt.Sprintf("incomplete actor %+v", a)
		}
		return "actor"
	}
	r, err := vocab.ReadItem(doc)
	if err != nil {
		return "-"
	}
	if r.Item.URI == "" || r.Item.Page == "" || r.Item.Lang == "" || r.Item.Body.Empty() && r.Item.Title.Empty() {
		return fmt.Sprintf("incomplete item %+v", r.Item)
	}
	return "item"
}

// toType lets go-fed type a document, as the inbox does.
func toType(raw []byte) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		return err
	}
	_, err = streams.ToType(context.Background(), jsonld.WithDefaultContext(m))
	return err
}

// TestFixturesCrashNothing reads every fixture of any kind, also the hostile ones, as everything.
func TestFixturesCrashNothing(t *testing.T) {
	t.Parallel()
	needFixtures(t)
	for _, row := range table(t, filepath.Join(fixtures, "index.tsv"))[1:] {
		raw, err := os.ReadFile(filepath.Join(fixtures, row[0]))
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonld.Decode(raw)
		if err != nil {
			continue
		}
		for _, o := range append(doc.Objects("object"), doc) {
			reads(o)
			if _, err := jsonld.Marshal(o); err != nil {
				t.Errorf("%s: %v", row[0], err)
			}
		}
	}
}
