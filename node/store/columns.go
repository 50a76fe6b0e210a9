package store

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
)

// in renders s as a condition on column col. Every query on what has an
// audience goes through it. The last token is repeated until their number is a
// power of two: statements are kept, and there must be few different ones.
func in(col string, s access.Scope) (string, []any) {
	if len(s) == 0 {
		return "1 = 0", nil
	}
	args := make([]any, 1<<bits.Len(uint(len(s)-1)))
	for i := range args {
		args[i] = string(s[min(i, len(s)-1)])
	}
	return col + " IN (" + marks(len(args)) + ")", args
}

// marks is n placeholders.
func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?,", n), ",") }

// text and its inverse keep a node.Text in one column.
func text(t node.Text) string {
	if len(t) == 0 {
		return "{}"
	}
	b, err := json.Marshal(t)
	if err != nil { // a map of strings always marshals
		return "{}"
	}
	return string(b)
}

type textColumn struct{ to *node.Text }

func (c textColumn) Scan(v any) error {
	*c.to = nil
	s, ok := v.(string)
	if !ok || s == "{}" || s == "" {
		return nil
	}
	return json.Unmarshal([]byte(s), c.to)
}

// fields and its inverse keep the audiences of a profile's fields in one column.
func fields(m map[node.Field]node.Audience) string {
	b, err := json.Marshal(m)
	if err != nil || len(m) == 0 { // a map of strings always marshals
		return "{}"
	}
	return string(b)
}

type fieldsColumn struct {
	to *map[node.Field]node.Audience
}

func (c fieldsColumn) Scan(v any) error {
	*c.to = nil
	s, ok := v.(string)
	if !ok || s == "{}" || s == "" {
		return nil
	}
	return json.Unmarshal([]byte(s), c.to)
}

// codes keeps a list of codes without commas in one column.
func codes(list []string) string { return strings.Join(list, ",") }

type codesColumn struct{ to *[]string }

func (c codesColumn) Scan(v any) error {
	*c.to = nil
	if s, ok := v.(string); ok && s != "" {
		*c.to = strings.Split(s, ",")
	}
	return nil
}

// id is an id for the database; uuid.Nil is the empty string.
func id(u uuid.UUID) string {
	if u == uuid.Nil {
		return ""
	}
	return u.String()
}

type idColumn struct{ to *uuid.UUID }

func (c idColumn) Scan(v any) error {
	*c.to = uuid.Nil
	s, ok := v.(string)
	if !ok || s == "" {
		return nil
	}
	u, err := uuid.Parse(s)
	*c.to = u
	return err
}

type timeColumn struct{ to *time.Time }

func (c timeColumn) Scan(v any) error {
	n, _ := v.(int64)
	*c.to = at(n)
	return nil
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// found turns the driver's "no rows" into node.ErrNotFound and names what was looked for.
func found(err error, what string, args ...any) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, sql.ErrNoRows) {
		err = node.ErrNotFound
	}
	return fmt.Errorf(what+": %w", append(args, err)...)
}
