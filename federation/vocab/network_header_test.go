package vocab_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/poweron-network/poweron/federation/vocab"
)

func TestRosterNotes(t *testing.T) {
	t.Parallel()
	list := []vocab.RosterNote{
		{Members: "https://hub.example/ap/networks/1/members", Version: 44, Digest: strings.Repeat("0a", 32)},
		{Members: "https://two.example/ap/networks/2/members", Version: 1, Digest: strings.Repeat("ff", 32)},
	}
	header := vocab.RosterNotes(list)
	if want := `id="https://hub.example/ap/networks/1/members",version=44,digest="` + list[0].Digest + `";`; !strings.HasPrefix(header, want) {
		t.Errorf("%s", header)
	}
	if diff := cmp.Diff(list, vocab.ReadRosterNotes(header)); diff != "" {
		t.Error(diff)
	}
	one := vocab.RosterNotes(list[:1])
	for name, header := range map[string]string{
		"nothing": "", "words": "hello", "no version": strings.Replace(one, "44", "", 1), "version 0": strings.Replace(one, "44", "0", 1), "below zero": strings.Replace(one, "44", "-4", 1),
		"a version without end": strings.Replace(one, "44", strings.Repeat("9", 30), 1), "another scheme": strings.Replace(one, "https://", "file://", 1),
		"no digest": strings.Replace(one, "0a0a", "", 1), "big letters": strings.ToUpper(one), "something behind": one + ",x=1",
		"too long": strings.Repeat(one+";", 100),
	} {
		if got := vocab.ReadRosterNotes(header); len(got) != 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := vocab.ReadRosterNotes(strings.Repeat(one+";", 30)); len(got) != 16 {
		t.Errorf("%d notes", len(got))
	}
	if got := vocab.ReadRosterNotes("x;" + one); len(got) != 1 {
		t.Errorf("beside nonsense: %+v", got)
	}
}
