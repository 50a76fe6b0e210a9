package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/cmd/app"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/config"
	"github.com/poweron-network/poweron/node/keyring"
	"github.com/poweron-network/poweron/node/mail"
	"github.com/poweron-network/poweron/node/store"
	"github.com/poweron-network/poweron/ui/locale"
)

// call is one run of one command.
type call struct {
	process
	lang  string // of messages: en or es
	asked string // what --lang said; commands give it their own meaning too
	json  bool
	set   *config.Settings
	words *locale.Catalog
}

// options are the settings as app takes them. Log is for serve and demo;
// commands say what they have to say in one sentence.
func (k *call) options(mode store.Mode) (app.Options, error) {
	o := app.Options{
		Data: k.set.Data, Origin: k.set.Origin, AllowNets: k.set.AllowNets, TrustedProxies: k.set.TrustedProxies, DateWindow: k.set.DateWindow,
		InboxRate: k.set.InboxRate, Version: version(), Log: slog.New(slog.DiscardHandler), Now: k.now, Mode: mode,
	}
	if k.set.SMTPURL != "" {
		m, err := mail.New(k.set.SMTPURL, k.set.MailFrom, k.now)
		if err != nil {
			return o, err
		}
		o.Mail = m // not assigned when there is none: a nil pointer in an interface is not nil
	}
	return o, nil
}

// open opens the node for one command and closes it again. A running server
// sees what the command changed (design.md 4).
func (k *call) open(ctx context.Context, f func(*app.App) error) error {
	if err := k.checkClock(); err != nil {
		return err
	}
	o, err := k.options(store.Use)
	if err != nil {
		return err
	}
	a, err := openApp(ctx, o)
	if err != nil {
		return err
	}
	return errors.Join(f(a), a.Close())
}

// acting is an open node, with whom a command acts for there: a person, or the
// operator in the name of an organization.
type acting struct {
	*app.App
	viewer         access.Viewer
	asOrganization bool
}

// act opens the node for one command of somebody: a person or an organization of
// the node, by handle; without one it is the operator, for the organization.
func (k *call) act(ctx context.Context, handle string, f func(acting) error) error {
	return k.open(ctx, func(a *app.App) error {
		v, asOrganization, err := a.People.ViewerFor(ctx, strings.TrimPrefix(handle, "@"))
		if err != nil {
			return err
		}
		return f(acting{a, v, asOrganization})
	})
}

// openApp opens a node whose key opens what its database keeps sealed.
func openApp(ctx context.Context, o app.Options) (*app.App, error) {
	a, err := app.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	if _, _, err := a.People.SigningKeys(ctx, uuid.Nil); err != nil {
		if errors.Is(err, node.ErrCorrupt) {
			err = errors.Join(complain("key_wrong", "folder", o.Data), err)
		}
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

// earliest is before the first release: a clock that shows less has lost its battery.
var earliest = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

// checkClock refuses to date anything by a clock that is plainly wrong.
func (k *call) checkClock() error {
	if now := k.now(); now.Before(earliest) {
		return complain("clock", "time", now.UTC().Format("2006-01-02 15:04"))
	}
	return nil
}

// complaint is an error of the command line itself; words holds its sentence.
type complaint struct {
	key  string
	args []string // name, value pairs
}

func (c *complaint) Error() string { return c.key + " " + strings.Join(c.args, " ") }

func complain(key string, args ...string) error { return &complaint{key, args} }

// say returns the words for key with its placeholders filled; args are name, value pairs.
func (k *call) say(key string, args ...string) string { return fill(wordsIn(k.lang, key), args) }

func fill(s string, args []string) string {
	pairs := make([]string, len(args))
	for i, a := range args {
		if i%2 == 0 {
			a = "{" + a + "}"
		}
		pairs[i] = a
	}
	return strings.NewReplacer(pairs...).Replace(s)
}

// sentence says err on one line, with the cure, in the caller's language.
func (k *call) sentence(err error) string {
	var own *complaint
	var setting *config.Error
	var path *fs.PathError
	s := ""
	switch {
	case errors.As(err, &own):
		s = k.say(own.key, own.args...)
	case errors.As(err, &setting):
		s = setting.Say[k.lang]
	case errors.Is(err, context.Canceled):
		s = k.say("stopped")
	case errors.Is(err, store.ErrSchema):
		s = k.say("schema", "folder", k.set.Data)
	case errors.Is(err, keyring.ErrReadable):
		s = k.say("key_readable", "file", filepath.Join(k.set.Data, keyring.FileName))
	case errors.As(err, &path) && filepath.Base(path.Path) == keyring.FileName && errors.Is(err, fs.ErrNotExist):
		s = k.say("key_missing", "file", path.Path)
	default:
		s = k.words.Error(k.lang, err)
	}
	return strings.Join(strings.Fields(s), " ")
}

// readText returns a TEXT argument; "-" stands for standard input.
func (k *call) readText(arg string) (string, error) {
	if arg != "-" {
		return arg, nil
	}
	// What is longer is refused further in; there is no need to read all of it.
	raw, err := io.ReadAll(io.LimitReader(k.in, 4*node.MaxTextRunes+4))
	if err != nil {
		return "", fmt.Errorf("read standard input: %w", err)
	}
	return strings.TrimRight(string(raw), "\r\n"), nil
}

// version is the module's version, or the commit that it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "devel-" + s.Value[:12]
		}
	}
	return "devel"
}
