package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/poweron-network/poweron/node/config"
	"github.com/poweron-network/poweron/ui/locale"
)

// grammar is the command line as a whole.
type grammar struct {
	Settings settingFlags `embed:""`
	JSON     bool         `name:"json" help:"${help_json}"`
	Lang     string       `placeholder:"CODE" help:"${help_lang}"`

	Init      initCommand      `cmd:"" help:"${help_init}"`
	Serve     serveCommand     `cmd:"" help:"${help_serve}"`
	Demo      demoCommand      `cmd:"" help:"${help_demo}"`
	Person    personCommands   `cmd:"" help:"${help_person}"`
	Post      postCommands     `cmd:"" help:"${help_post}"`
	Gathering gatheringCommand `cmd:"" help:"${help_gathering}"`
	Hub       hubCommands      `cmd:"" help:"${help_hub}"`
	Network   networkCommands  `cmd:"" help:"${help_network}"`

	Search    searchCommand    `cmd:"" help:"${help_search}"`
	Mentor    mentorCommands   `cmd:"" help:"${help_mentor}"`
	Message   messageCommands  `cmd:"" help:"${help_message}"`
	Follow    followCommand    `cmd:"" help:"${help_follow}"`
	Unfollow  unfollowCommand  `cmd:"" help:"${help_unfollow}"`
	Followers followersCommand `cmd:"" help:"${help_followers}"`
	Following followingCommand `cmd:"" help:"${help_following}"`
	Timeline  timelineCommand  `cmd:"" help:"${help_timeline}"`
	Queue     queueCommand     `cmd:"" help:"${help_queue}"`
	Key       keyCommands      `cmd:"" help:"${help_key}"`
	Doctor    doctorCommand    `cmd:"" help:"${help_doctor}"`
	Verify    verifyCommand    `cmd:"" help:"${help_verify}"`
	Version   versionCommand   `cmd:"" help:"${help_version}"`
}

// settingFlags are the flags of the options table; a test compares the two.
// Their values are read by name, so the fields only tell kong what there is.
type settingFlags struct {
	Config         string `group:"settings" placeholder:"FILE" help:"${set_config}"`
	Data           string `group:"settings" placeholder:"DIR" help:"${set_data}"`
	Origin         string `group:"settings" placeholder:"URL" help:"${set_origin}"`
	Listen         string `group:"settings" placeholder:"ADDR" help:"${set_listen}"`
	Database       string `group:"settings" placeholder:"URL" help:"${set_database}"`
	AllowNets      string `group:"settings" placeholder:"NETS" help:"${set_allow_nets}"`
	TrustedProxies string `group:"settings" placeholder:"NETS" help:"${set_trusted_proxies}"`
	MailFrom       string `group:"settings" placeholder:"MAIL" help:"${set_mail_from}"`
	Log            string `group:"settings" placeholder:"LEVEL" help:"${set_log}"`
	InboxRate      string `group:"settings" placeholder:"N" help:"${set_inbox_rate}"`
	DateWindow     string `group:"settings" placeholder:"TIME" help:"${set_date_window}"`
}

// Exit codes: scripts tell a wrong command line from work that failed.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// run is the whole program but for signals and the exit itself.
func run(ctx context.Context, p process) int {
	k := &call{process: p, lang: language(p.args, p.environ)}
	var err error
	if k.words, err = locale.New(); err != nil {
		fmt.Fprintln(p.err, "poweron:", err)
		return exitFailed
	}
	var g grammar
	helped := false
	parser, err := kong.New(&g, kong.Name("poweron"), kong.Description(k.say("help_program")), kong.Writers(p.out, p.err), vars(k.lang),
		kong.Exit(func(int) { helped = true }), kong.Help(k.help), kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
		kong.ExplicitGroups([]kong.Group{{Key: "settings", Title: k.say("help_settings")}}), kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(k))
	if err != nil {
		fmt.Fprintln(p.err, "poweron:", err)
		return exitFailed
	}
	command, err := parser.Parse(p.args)
	if helped {
		return exitOK
	}
	if err != nil {
		fmt.Fprintln(p.err, "poweron: "+k.misused(err))
		return exitUsage
	}
	k.json, k.asked = g.JSON, g.Lang
	if k.set, err = config.Load(config.Source{Flags: given(command), Environ: p.environ}); err == nil {
		err = command.Run()
	}
	var quiet quietError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &quiet):
		return exitFailed
	}
	fmt.Fprintln(p.err, "poweron: "+k.sentence(err))
	return exitFailed
}

// quietError ends a command whose output says already what is wrong.
type quietError struct{}

func (quietError) Error() string { return "see the output" }

// given returns the settings that the command line gives.
func given(command *kong.Context) map[string]string {
	flags := map[string]string{}
	for _, f := range command.Flags() {
		if f.Set && f.Group != nil && f.Group.Key == "settings" {
			flags[f.Name] = f.Target.String()
		}
	}
	return flags
}

// language is what messages are written in: what --lang asks for, else what
// the environment does (POSIX.1-2017 §8.2). It is needed before the command
// line is parsed, because that can go wrong.
func language(args, environ []string) string {
	for i, arg := range args {
		if arg == "--" {
			break
		}
		code, ok := strings.CutPrefix(arg, "--lang=")
		if arg == "--lang" && i+1 < len(args) {
			code, ok = args[i+1], true
		}
		if ok && (code == "en" || code == "es" || strings.HasPrefix(code, "es-") || strings.HasPrefix(code, "en-")) {
			return code[:2]
		}
	}
	set := map[string]string{}
	for _, line := range environ {
		name, value, _ := strings.Cut(line, "=")
		set[name] = value
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if set[name] != "" {
			if strings.HasPrefix(set[name], "es") {
				return "es"
			}
			break
		}
	}
	return "en"
}

// vars are the words of the grammar's tags.
func vars(lang string) kong.Vars {
	v := kong.Vars{}
	for key := range words {
		if strings.HasPrefix(key, "help_") {
			v[key] = wordsIn(lang, key)
		}
	}
	for _, o := range config.Options() {
		v["set_"+strings.ToLower(o.Name)] = o.Help[lang] + " (" + o.Env() + ")"
	}
	return v
}

// settingsShown are the settings in the help of a command: all of them are
// flags everywhere, but only these help there.
var settingsShown = map[string]string{"": "data config", "init": "data config origin allow-nets", "follow": "data config allow-nets", "network": "data config allow-nets"}

// help prints kong's help with its own few words in the caller's language.
func (k *call) help(options kong.HelpOptions, ctx *kong.Context) error {
	command := strings.TrimPrefix(ctx.Command(), "poweron")
	if command != "serve" && command != "doctor" {
		shown := settingsShown[strings.Fields(command + " x")[0]]
		if shown == "" {
			shown = settingsShown[""]
		}
		for _, f := range ctx.Model.Flags {
			if f.Group != nil && f.Group.Key == "settings" {
				f.Hidden = !slices.Contains(strings.Fields(shown), f.Name)
			}
		}
	}
	if k.lang != "es" {
		return kong.DefaultHelpPrinter(options, ctx)
	}
	var b bytes.Buffer
	out := ctx.Stdout
	ctx.Stdout = &b
	err := kong.DefaultHelpPrinter(options, ctx)
	ctx.Stdout = out
	if err != nil {
		return err
	}
	_, err = strings.NewReplacer("Usage: ", "Uso: ", "\nFlags:", "\nOpciones:", "\nCommands:", "\nÓrdenes:", "\nArguments:", "\nArgumentos:", "[flags]", "[opciones]",
		"Show context-sensitive help.", "Muestra esta ayuda.", "Run \"", "Ejecuta \"", "\" for more information on a command.", "\" para saber más de una orden.").WriteString(out, b.String())
	return err
}

// misuses are the errors of the parser, and the words for each. What a
// pattern captures fills {what}.
var misuses = []struct {
	pattern *regexp.Regexp
	key     string
}{
	{regexp.MustCompile(`^unknown flag (-[^\s,]*)`), "use_flag"},
	{regexp.MustCompile(`^missing flags: (.*)$`), "use_missing"},
	{regexp.MustCompile(`^expected one of`), "use_command"},
	{regexp.MustCompile(`^expected "([^"]*)"$`), "use_argument"},
	{regexp.MustCompile(`^unexpected argument ([^\s,]*)`), "use_unexpected"},
	{regexp.MustCompile(`^(--\S+) must be one of`), "use_choice"},
	{regexp.MustCompile(`^(--[^\s:=]+).*expected .* value`), "use_value"},
}

// misused says what is wrong with a command line, and where to read how it is right.
func (k *call) misused(err error) string {
	command := "poweron"
	var parse *kong.ParseError
	if errors.As(err, &parse) && parse.Context != nil && parse.Context.Selected() != nil {
		command = parse.Context.Selected().FullPath()
	}
	for _, m := range misuses {
		if found := m.pattern.FindStringSubmatch(err.Error()); found != nil {
			return k.say(m.key, "what", found[len(found)-1], "command", command)
		}
	}
	return k.say("use_other", "what", err.Error(), "command", command)
}
