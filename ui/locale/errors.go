package locale

import (
	"errors"
	"io/fs"
	"syscall"

	"github.com/poweron-network/poweron/node"
)

// kinds maps what went wrong to the sentence that says so and names the cure.
var kinds = []struct {
	kind error
	key  string
}{
	{node.ErrNotFound, "error.not_found"},
	{node.ErrForbidden, "error.forbidden"},
	{node.ErrConflict, "error.conflict"},
	{node.ErrSignedOut, "error.signed_out"},
	{node.ErrGone, "error.gone"},
	{node.ErrTooMany, "error.too_many"},
	{node.ErrFull, "error.disk_full"},
	{node.ErrReadOnly, "error.read_only"},
	{node.ErrCorrupt, "error.bad_data"},
	{node.ErrNoNode, "error.no_node"},
	{node.ErrExists, "error.exists"},
	{node.ErrOtherSite, "error.other_origin"},
	{syscall.ENOSPC, "error.disk_full"},
	{syscall.EROFS, "error.read_only"},
	{syscall.EADDRINUSE, "error.port_in_use"},
	{fs.ErrPermission, "error.read_only"},
}

// Error says err in one sentence of lang that names the cure. What nobody wrote
// a sentence for is shown with its technical text, so this is for commands;
// pages show people a code to read out instead.
func (c *Catalog) Error(lang string, err error) string {
	if err == nil {
		return ""
	}
	if s, ok := c.FieldError(lang, err); ok {
		return s
	}
	for _, k := range kinds {
		if errors.Is(err, k.kind) {
			return c.T(lang, k.key, nil)
		}
	}
	return c.T(lang, "error.other", map[string]string{"detail": err.Error()})
}

// FieldError says what is wrong with a field that somebody filled in, and
// reports false if err is about something else.
func (c *Catalog) FieldError(lang string, err error) (string, bool) {
	var field *node.FieldError
	if !errors.As(err, &field) {
		return "", false
	}
	return c.T(lang, field.Key, field.Args), true
}
