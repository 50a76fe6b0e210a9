package store_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/mattn/go-sqlite3"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/store"
)

var errOwn = errors.New("the intent's own reason")

// put is an intent that stores one setting.
func put(ctx context.Context, name string) func(*store.Tx) error {
	return func(tx *store.Tx) error { return tx.PutSetting(ctx, name, "x") }
}

// stored lists the names of all settings.
func stored(t testing.TB, db *store.DB) []string {
	t.Helper()
	names, err := db.Strings(t.Context(), `SELECT name FROM settings ORDER BY name`)
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// hold makes the writer wait in an intent until the returned function is called.
func hold(t testing.TB, db *store.DB) (release func()) {
	t.Helper()
	begun, end := make(chan struct{}), make(chan struct{})
	done := make(chan error, 1)
	go func() {
		done <- db.Write(t.Context(), func(*store.Tx) error {
			close(begun)
			<-end
			return nil
		})
	}()
	<-begun
	return func() {
		close(end)
		if err := <-done; err != nil && !errors.Is(err, node.ErrFull) {
			t.Errorf("the intent that held the writer: %v", err)
		}
	}
}

// group runs intents so that all of them share one transaction, and returns their errors.
func group(t testing.TB, db *store.DB, intents ...func(*store.Tx) error) []error {
	t.Helper()
	release := hold(t, db)
	errs := make([]error, len(intents))
	var wg sync.WaitGroup
	for i, f := range intents {
		wg.Go(func() { errs[i] = db.Write(t.Context(), f) })
		for db.Queued() <= i { // one after the other, so that their order is known
			runtime.Gosched()
		}
	}
	release()
	wg.Wait()
	return errs
}

// commits counts COMMITs while f runs.
func commits(db *store.DB, f func()) int {
	var n atomic.Int64
	db.Before(func(q string) error {
		if q == "COMMIT" {
			n.Add(1)
		}
		return nil
	})
	defer db.Before(nil)
	f()
	return int(n.Load())
}

func TestConcurrentWritersShareCommits(t *testing.T) {
	t.Parallel()
	db := nodetest.Open(t)
	var intents []func(*store.Tx) error
	for i := range 100 {
		intents = append(intents, put(t.Context(), fmt.Sprintf("s%03d", i)))
	}
	n := commits(db, func() {
		for i, err := range group(t, db, intents...) {
			if err != nil {
				t.Errorf("intent %d: %v", i, err)
			}
		}
	})
	if n != 1 {
		t.Errorf("100 intents took %d commits, want 1", n)
	}
	if got := len(stored(t, db)); got != 100 {
		t.Errorf("%d settings are stored, want 100", got)
	}
	if n := commits(db, func() { _ = db.Write(t.Context(), put(t.Context(), "alone")) }); n != 1 {
		t.Errorf("an intent alone took %d commits", n)
	}
}

func TestFailedIntentUndoesOnlyItself(t *testing.T) {
	t.Parallel()
	db := nodetest.Open(t)
	ctx := t.Context()
	fails := func(name string, end func() error) func(*store.Tx) error {
		return func(tx *store.Tx) error { return errors.Join(tx.PutSetting(ctx, name, "x"), end()) }
	}
	var panics map[string]int
	errs := group(t, db,
		put(ctx, "before"),
		fails("own reason", func() error { return errOwn }),
		put(ctx, "between"),
		fails("panic", func() error { panics["x"]++; return nil }),
		fails("constraint", func() error { return nil }),
		func(tx *store.Tx) error {
			err := tx.PutSetting(ctx, "constraint", "x")
			return errors.Join(err, tx.PutSession(ctx, "hash", &node.Session{ID: newID(), PersonID: newID()})) // nobody has this id
		},
		put(ctx, "after"),
	)
	for i, want := range []string{"", "own reason", "", "panic", "", "constraint", ""} {
		if (errs[i] == nil) != (want == "") {
			t.Errorf("intent %d: %v", i, errs[i])
		}
	}
	if !errors.Is(errs[1], errOwn) {
		t.Errorf("the intent's own error is %v", errs[1])
	}
	if !errors.Is(errs[3], node.ErrCorrupt) || !strings.Contains(errs[3].Error(), "writer_test.go") {
		t.Errorf("a panic gives %v, wanted ErrCorrupt with the place", errs[3])
	}
	var e sqlite3.Error
	if !errors.As(errs[5], &e) || e.Code != sqlite3.ErrConstraint {
		t.Errorf("a constraint gives %v", errs[5])
	}
	if got, want := stored(t, db), []string{"after", "before", "between", "constraint"}; !slices.Equal(got, want) {
		t.Errorf("stored are %v, want %v", got, want)
	}
}

func TestCancelledCallerUndoesNobody(t *testing.T) {
	t.Parallel()
	db := nodetest.Open(t)
	ctx, cancel := context.WithCancel(t.Context())
	errs := group(t, db,
		put(t.Context(), "before"),
		func(tx *store.Tx) error {
			if err := tx.PutSetting(ctx, "mine", "x"); err != nil {
				return err
			}
			cancel() // in the midst of it
			if err := tx.PutSetting(ctx, "mine too", "x"); err != nil {
				return err
			}
			_, err := tx.Setting(ctx, "mine")
			return errors.Join(err, tx.Count(ctx, "counted", 1))
		},
		put(t.Context(), "after"),
	)
	for i, err := range errs {
		if err != nil {
			t.Errorf("intent %d: %v", i, err)
		}
	}
	if got := stored(t, db); len(got) != 4 {
		t.Errorf("stored are %v", got)
	}
}

// TestCallerGivesUpInLine has a caller whose time is over while the line is full.
func TestCallerGivesUpInLine(t *testing.T) {
	t.Parallel()
	db := nodetest.Open(t)
	release := hold(t, db)
	var wg sync.WaitGroup
	for i := range store.QueueSize {
		wg.Go(func() { _ = db.Write(t.Context(), put(t.Context(), fmt.Sprintf("s%03d", i))) })
	}
	for db.Queued() < store.QueueSize {
		runtime.Gosched()
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := db.Write(ctx, put(t.Context(), "too late")); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller that gave up gets %v", err)
	}
	release()
	wg.Wait()
	if got := stored(t, db); len(got) != store.QueueSize || slices.Contains(got, "too late") {
		t.Errorf("%d settings are stored, want %d", len(got), store.QueueSize)
	}
}

func TestWriteAfterClose(t *testing.T) {
	t.Parallel()
	db, err := store.Open(t.Context(), t.TempDir(), store.Migrate)
	if err != nil {
		t.Fatal(err)
	}
	release := hold(t, db)
	waiting := make(chan error, 1)
	go func() { waiting <- db.Write(t.Context(), put(t.Context(), "waiting")) }()
	for db.Queued() == 0 {
		runtime.Gosched()
	}
	closed := make(chan error, 1)
	go func() { closed <- db.Close() }()
	release()
	if err := <-closed; err != nil {
		t.Errorf("close: %v", err)
	}
	if err := <-waiting; err != nil {
		t.Errorf("what waited when the database was closed: %v", err)
	}
	if err := db.Write(t.Context(), put(t.Context(), "late")); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("a write after Close gives %v", err)
	}
	if err := db.View(t.Context(), func(tx *store.Tx) error { return nil }); err == nil {
		t.Error("a view after Close succeeds")
	}
	_ = db.Close() // a second one does not panic
}

func TestReadersDoNotWait(t *testing.T) {
	t.Parallel()
	db := nodetest.Open(t)
	write(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.PutSetting(ctx, "name", "old") })
	begun, end, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- db.Write(t.Context(), func(tx *store.Tx) error {
			if err := tx.PutSetting(t.Context(), "name", "new"); err != nil {
				return err
			}
			close(begun)
			<-end
			return nil
		})
	}()
	<-begun
	read := func() (value string) {
		view(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
			value, err = tx.Setting(ctx, "name")
			return err
		})
		return value
	}
	var wg sync.WaitGroup
	for range 20 { // more than there are connections
		wg.Go(func() {
			if got := read(); got != "old" {
				t.Errorf("a reader sees %q before the commit", got)
			}
		})
	}
	wg.Wait()
	close(end)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if got := read(); got != "new" {
		t.Errorf("a reader sees %q after the commit", got)
	}
}

// TestManyReadersPrepareAtOnce has as many readers as there may be ask what
// nobody asked before, all while they hold their connections.
func TestManyReadersPrepareAtOnce(t *testing.T) {
	t.Parallel()
	db := nodetest.Open(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var inside, wg sync.WaitGroup
	inside.Add(store.MaxReaders)
	for i := range 4 * store.MaxReaders {
		wg.Go(func() {
			err := db.View(ctx, func(tx *store.Tx) error {
				if i < store.MaxReaders {
					inside.Done()
					inside.Wait()
				}
				_, err := tx.PeopleWithRole(ctx, uuid.Nil, make([]node.Role, i+1)...) // a statement of its own
				return err
			})
			if err != nil {
				t.Errorf("reader %d: %v", i, err)
			}
		})
	}
	wg.Wait()
}

// TestReaderGivesUp has a reader whose time is over while it waits, or reads.
func TestReaderGivesUp(t *testing.T) {
	t.Parallel()
	db := nodetest.Open(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := db.View(ctx, func(tx *store.Tx) error {
		cancel()
		_, err := tx.Setting(ctx, "name")
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a reader that gave up gets %v", err)
	}
	for range 3 * store.MaxReaders { // the connection is of use to the next
		view(t, db, func(ctx context.Context, tx *store.Tx) error { _, err := tx.Setting(ctx, "name"); return err })
	}
	func() { // not even a panic keeps a connection
		defer func() { _ = recover() }()
		_ = db.View(t.Context(), func(*store.Tx) error { panic("planted") })
	}()
	_, _ = db.Strings(t.Context(), "COMMIT") // it leaves the connection in another state than it was found
	for range 3 * store.MaxReaders {
		view(t, db, func(ctx context.Context, tx *store.Tx) error { _, err := tx.Setting(ctx, "name"); return err })
	}
}

// TestViewSeesOneState reads twice around a commit of another.
func TestViewSeesOneState(t *testing.T) {
	t.Parallel()
	db := nodetest.Open(t)
	view(t, db, func(ctx context.Context, tx *store.Tx) error {
		before, err := tx.Setting(ctx, "name")
		if err != nil {
			return err
		}
		write(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.PutSetting(ctx, "name", "new") })
		if after, err := tx.Setting(ctx, "name"); err != nil || after != before {
			t.Errorf("one view sees %q, then %q (%v)", before, after, err)
		}
		return nil
	})
}

func TestViewChangesNothing(t *testing.T) {
	t.Parallel()
	db := nodetest.Open(t)
	err := db.View(t.Context(), func(tx *store.Tx) error { return tx.PutSetting(t.Context(), "name", "x") })
	if !errors.Is(err, node.ErrReadOnly) {
		t.Errorf("a write in a view gives %v", err)
	}
	if got := stored(t, db); len(got) != 0 {
		t.Errorf("stored are %v", got)
	}
}

func TestDataVersionTellsOfCommits(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	var dbs [2]*store.DB
	for i, mode := range []store.Mode{store.Migrate, store.Use} {
		var err error
		if dbs[i], err = store.Open(t.Context(), folder, mode); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = dbs[i].Close() })
	}
	version := func(db *store.DB) int64 {
		n, err := db.DataVersion(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	first := version(dbs[0])
	if again := version(dbs[0]); again != first {
		t.Errorf("without a commit the version goes from %d to %d", first, again)
	}
	for i, name := range []string{"own commit", "commit of another process"} {
		write(t, dbs[i], func(ctx context.Context, tx *store.Tx) error { return tx.PutSetting(ctx, "name", name) })
		next := version(dbs[0])
		if next == first {
			t.Errorf("%s is not noticed", name)
		}
		first = next
	}
}

// TestStatementsStayFew lets viewers with ever more groups read: the kept
// statements must not grow with what members read (R21).
func TestR21StatementsStayFew(t *testing.T) {
	t.Parallel()
	db := nodetest.Open(t)
	scope := []node.Audience{node.Public}
	for range 1000 {
		scope = append(scope, node.Group(uuid.New()))
		view(t, db, func(ctx context.Context, tx *store.Tx) error {
			_, _, err := tx.Home(ctx, scope, []uuid.UUID{uuid.Nil}, "", 20)
			return err
		})
	}
	if n := len(db.Queries()); n > 12 {
		t.Errorf("%d statements are kept for viewers with up to 1,000 groups", n)
	}
}
