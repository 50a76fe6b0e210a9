package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// object prints one answer: as JSON on one line, or as human says it.
func (k *call) object(v any, human func(w io.Writer)) error {
	if !k.json {
		human(k.out)
		return nil
	}
	line, err := encode(v)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(k.out, line)
	return err
}

// list prints an array with one item a line, or a table.
func list[T any](k *call, items []T, empty string, heads []string, row func(T) []string) error {
	if k.json {
		return printArray(k.out, items)
	}
	if len(items) == 0 {
		_, err := fmt.Fprintln(k.out, k.say(empty))
		return err
	}
	return k.printTable(k.out, heads, len(items), func(i int) []string { return row(items[i]) })
}

// printTable prints lines under heads, which are keys of words.
func (k *call) printTable(out io.Writer, heads []string, lines int, row func(int) []string) error {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	said := make([]string, len(heads))
	for i, key := range heads {
		said[i] = k.say(key)
	}
	fmt.Fprintln(w, strings.Join(said, "\t"))
	for i := range lines {
		fmt.Fprintln(w, strings.Join(row(i), "\t"))
	}
	return w.Flush()
}

// oneLine is what others wrote, fit for a table.
func oneLine(s string) string { return strings.Join(strings.Fields(plain(s)), " ") }

func printArray[T any](w io.Writer, items []T) error {
	lines := make([]string, len(items))
	for i, item := range items {
		line, err := encode(item)
		if err != nil {
			return err
		}
		lines[i] = line
	}
	text := "[]"
	if len(lines) > 0 {
		text = "[\n" + strings.Join(lines, ",\n") + "\n]"
	}
	_, err := fmt.Fprintln(w, text)
	return err
}

// encode writes v as JSON on one line; addresses keep their & and <.
func encode(v any) (string, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "", fmt.Errorf("write JSON: %w", err)
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

// stamp is a time in JSON; null when there is none.
type stamp time.Time

// MarshalJSON writes RFC 3339 in UTC with milliseconds.
func (s stamp) MarshalJSON() ([]byte, error) {
	t := time.Time(s)
	if t.IsZero() {
		return []byte("null"), nil
	}
	return []byte(t.UTC().Format(`"2006-01-02T15:04:05.000Z"`)), nil
}

func (s stamp) time() time.Time { return time.Time(s) }

// human writes a time for people, in the machine's zone.
func human(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.Local().Format("2006-01-02 15:04")
}
