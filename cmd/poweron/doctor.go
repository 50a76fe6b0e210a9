package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/poweron-network/poweron/cmd/app"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/config"
	"github.com/poweron-network/poweron/node/keyring"
	"github.com/poweron-network/poweron/node/mail"
	"github.com/poweron-network/poweron/node/store"
)

type doctorCommand struct{}

// finding is the outcome of one check.
type finding struct {
	Check string `json:"check"`
	State string `json:"state"` // ok, warn or fail
	Say   string `json:"say"`
}

// The states of a finding.
const (
	fine = "ok"
	warn = "warn"
	fail = "fail"
)

// setting is one effective value; a secret is hidden.
type setting struct {
	Name  string       `json:"name"`
	Value string       `json:"value"`
	From  config.Place `json:"from"`
}

// Run looks at everything that keeps a node from running well, and prints the
// effective settings. It fails if something has to be put right.
func (c *doctorCommand) Run(ctx context.Context, k *call) error {
	findings := []finding{k.clockFinding(), k.folderFinding()}
	if findings[1].State != fail { // without a folder the others only say so again
		findings = append(findings, k.keyFinding(), k.diskFinding())
		findings = append(findings, k.nodeFindings(ctx)...)
		findings = append(findings, k.servingFinding())
	}
	findings = append(findings, k.mailFinding())
	for _, name := range k.set.Unknown {
		findings = append(findings, finding{"settings", warn, k.say("doctor_unknown", "name", name)})
	}
	settings := []setting{}
	for _, v := range k.set.Effective() {
		settings = append(settings, setting(v))
	}
	ok := true
	for _, f := range findings {
		ok = ok && f.State != fail
	}
	if k.json {
		line, err := encode(struct {
			OK       bool      `json:"ok"`
			Checks   []finding `json:"checks"`
			Settings []setting `json:"settings"`
		}{ok, findings, settings})
		if err != nil {
			return err
		}
		fmt.Fprintln(k.out, line)
	} else {
		for _, f := range findings {
			fmt.Fprintf(k.out, "%-4s  %s\n", k.say("doctor_"+f.State), f.Say)
		}
		fmt.Fprintf(k.out, "\n%s\n", k.say("doctor_settings"))
		for _, s := range settings {
			fmt.Fprintf(k.out, "  %-24s %s (%s)\n", s.Name, s.Value, k.say("from_"+string(s.From)))
		}
	}
	if !ok {
		return quietError{}
	}
	return nil
}

// clockFinding looks at the machine's clock, also against what was written last.
func (k *call) clockFinding() finding {
	now := k.now()
	if err := k.checkClock(); err != nil {
		return finding{"clock", fail, k.sentence(err)}
	}
	info, err := os.Stat(filepath.Join(k.set.Data, store.FileName))
	if err == nil && info.ModTime().Sub(now) > time.Minute {
		return finding{"clock", warn, k.say("doctor_clock_back", "time", info.ModTime().Local().Format("2006-01-02 15:04"))}
	}
	return finding{"clock", fine, k.say("doctor_clock", "time", now.Format("2006-01-02 15:04 -0700"))}
}

// folderFinding tries to write into the data folder and looks who else could.
func (k *call) folderFinding() finding {
	folder := k.set.Data
	info, err := os.Stat(folder)
	if err != nil || !info.IsDir() {
		return finding{"folder", fail, k.say("doctor_no_folder", "folder", folder)}
	}
	f, err := os.CreateTemp(folder, ".doctor-*")
	if err != nil {
		return finding{"folder", fail, k.sentence(err)}
	}
	if err := errors.Join(f.Close(), os.Remove(f.Name())); err != nil {
		return finding{"folder", fail, k.sentence(err)}
	}
	if info.Mode().Perm()&0o077 != 0 {
		return finding{"folder", warn, k.say("doctor_folder_open", "folder", folder)}
	}
	return finding{"folder", fine, k.say("doctor_folder", "folder", folder)}
}

func (k *call) keyFinding() finding {
	if _, err := keyring.Open(k.set.Data); err != nil {
		return finding{"key", fail, k.sentence(err)}
	}
	return finding{"key", fine, k.say("doctor_key")}
}

func (k *call) diskFinding() finding {
	used, err := diskUsed(k.set.Data)
	if err != nil {
		return finding{"disk", warn, k.sentence(err)}
	}
	state := fine
	if used > fullAt {
		state = warn
	}
	return finding{"disk", state, k.say("doctor_disk_"+state, "percent", strconv.Itoa(used))}
}

// nodeFindings opens the node as a command does and looks at its database and origin.
func (k *call) nodeFindings(ctx context.Context) (list []finding) {
	o, err := k.options(store.Use)
	if err != nil {
		return []finding{{"node", fail, k.sentence(err)}}
	}
	a, err := openApp(ctx, o)
	if err != nil {
		return []finding{{"node", fail, k.sentence(err)}}
	}
	defer a.Close() //nolint:errcheck // nothing was written
	list = append(list, finding{"schema", fine, k.say("doctor_schema")})
	if err := checkServing(a.Origin, o); err != nil {
		list = append(list, finding{"origin", fail, k.sentence(err)})
	} else {
		list = append(list, finding{"origin", fine, k.say("doctor_origin", "origin", string(a.Origin))})
	}
	list = append(list, k.databaseFinding(ctx, a))
	list = append(list, k.queueFinding(ctx, a))
	return append(list, k.networkFindings(ctx, a)...)
}

// networkFindings looks at how old the roster of each network is, and whether
// each that is hosted here could go on without this node.
func (k *call) networkFindings(ctx context.Context, a *app.App) (list []finding) {
	v, _, err := a.People.ViewerFor(ctx, "")
	if err != nil {
		return []finding{{"network", fail, k.sentence(err)}}
	}
	all, err := a.Network.Networks(ctx, v)
	if err != nil {
		return []finding{{"network", fail, k.sentence(err)}}
	}
	for _, n := range all {
		if n.State != node.NetworkActive {
			continue
		}
		state, key := fine, "doctor_network"
		switch {
		case n.Hosted && n.Successor == "":
			state, key = warn, "doctor_network_alone"
		case !n.GoneAt.IsZero():
			state, key = warn, "doctor_network_gone"
		case !n.DiffersAt.IsZero():
			state, key = warn, "doctor_network_differs"
		case n.Age(k.now()) >= node.RosterStale:
			state, key = warn, "doctor_network_stale"
		}
		list = append(list, finding{"network", state, k.say(key, "network", n.Handle(), "time", human(n.FetchedAt))})
	}
	return list
}

// databaseFinding lets SQLite look at its own structure; verify looks deeper.
func (k *call) databaseFinding(ctx context.Context, a *app.App) finding {
	answer, err := a.DB.Pragma(ctx, "quick_check")
	switch {
	case err != nil:
		return finding{"database", fail, k.sentence(err)}
	case answer != "ok":
		return finding{"database", fail, k.say("doctor_database_bad", "answer", plain(strings.ReplaceAll(answer, "\n", " ")))}
	}
	return finding{"database", fine, k.say("doctor_database")}
}

// oldQueue is how long a delivery may be due before somebody should look.
const oldQueue = time.Hour

func (k *call) queueFinding(ctx context.Context, a *app.App) finding {
	v, _, err := a.People.ViewerFor(ctx, "")
	if err != nil {
		return finding{"queue", fail, k.sentence(err)}
	}
	q, err := a.Delivery.Queue(ctx, v)
	if err != nil {
		return finding{"queue", fail, k.sentence(err)}
	}
	state := fine
	if !q.OldestDue.IsZero() && k.now().Sub(q.OldestDue) > oldQueue {
		state = warn
	}
	return finding{"queue", state, k.say("doctor_queue_"+state, "n", strconv.Itoa(q.Waiting), "oldest", human(q.OldestDue))}
}

func (k *call) mailFinding() finding {
	if k.set.SMTPURL == "" {
		return finding{"mail", fine, k.say("doctor_no_mail")}
	}
	m, err := mail.New(k.set.SMTPURL, k.set.MailFrom, k.now)
	if err != nil {
		return finding{"mail", fail, k.sentence(err)}
	}
	return finding{"mail", fine, k.say("doctor_mail", "server", m.Server())}
}

// servingFinding tells whether a server runs on this folder: it holds the lock.
func (k *call) servingFinding() finding {
	if serving(k.set.Data) {
		return finding{"serve", fine, k.say("doctor_serving")}
	}
	return finding{"serve", warn, k.say("doctor_not_serving")}
}
