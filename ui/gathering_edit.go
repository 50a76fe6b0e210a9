package ui

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
)

// gatheringPage is the form for a gathering.
type gatheringPage struct {
	*Frame
	Lead, Button string
	BackTo       string
	Form         *form
	Audience     *audience
	Theirs       []named
}

// localTime is how browsers send and take a time without a zone.
const localTime = "2006-01-02T15:04"

// zones are suggestions; any IANA name may be typed.
var zones = []string{
	"America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles", "America/Anchorage", "Pacific/Honolulu",
	"America/Puerto_Rico", "America/Toronto", "America/Mexico_City", "America/Guatemala", "America/Bogota", "America/Lima", "America/Santiago",
	"America/Argentina/Buenos_Aires", "America/Sao_Paulo", "Europe/London", "Europe/Madrid", "Europe/Paris", "Europe/Berlin", "Africa/Lagos",
	"Africa/Nairobi", "Africa/Johannesburg", "Asia/Kolkata", "Asia/Manila", "Asia/Tokyo", "Australia/Sydney", "UTC",
}

func (v *visit) gatheringForm(f *Frame, action string, values url.Values) *form {
	form := v.form(f, action, values)
	form.add(field{Name: "name", Label: "gathering.name", Max: node.MaxNameRunes, Required: true, Missing: "error.gathering.name"})
	form.add(field{Name: "start", Kind: "datetime-local", Label: "gathering.start", Required: true, Missing: "error.gathering.start"})
	form.add(field{Name: "end", Kind: "datetime-local", Label: "gathering.end", Required: true, Missing: "error.gathering.until"})
	form.add(field{Name: "zone", Label: "gathering.zone", Hint: "gathering.zone.hint", Required: true, Missing: "error.zone.missing", List: zones, Max: 60})
	form.add(field{Name: "place", Label: "field.place", Hint: "gathering.place.hint", Or: "link", Missing: "error.gathering.where", Max: node.MaxNameRunes})
	form.add(field{Name: "address", Label: "gathering.address", Max: node.MaxNameRunes})
	form.add(field{Name: "link", Kind: "url", Label: "gathering.link", Hint: "gathering.link.hint"})
	v.addLanguages(form, "gathering.languages")
	form.add(field{Name: "text", Kind: "textarea", Rows: 8, Label: "gathering.text", Hint: "field.markdown"})
	form.add(field{Name: "lang", Kind: "select", Label: "post.lang", Options: v.languageOptions()})
	return form
}

func (v *visit) newGatheringPage(values url.Values) *gatheringPage {
	f := v.frame("gatherings", v.t("home.announce"))
	f.NoIndex = true
	p := &gatheringPage{Frame: f, Lead: v.t("gathering.new.lead"), Button: v.t("gathering.announce"), BackTo: "/gatherings"}
	p.Form = v.gatheringForm(f, "/gatherings/new", values)
	v.addVoice(p.Form, nil)
	return p
}

func gatheringNew(v *visit) error {
	if !access.Can(v.viewer, access.Write) {
		return node.ErrForbidden
	}
	zone, err := v.usualZone()
	if err != nil {
		return err
	}
	values := url.Values{"lang": {v.lang}, "languages": {v.lang}, "zone": {zone}}
	return v.show(http.StatusOK, "gathering_edit", v.newGatheringPage(values))
}

// recentItems is how far back usualZone looks.
const recentItems = 50

// usualZone is the zone of the last gathering that the organization announced,
// else the node's own. UTC is where no one meets: it is left empty to be asked.
func (v *visit) usualZone() (string, error) {
	items, _, err := v.s.Conversation.By(v.ctx(), v.viewer, v.viewer.Organization, "", recentItems)
	if err != nil {
		return "", err
	}
	for _, i := range items {
		if i.Gathering != nil && i.Gathering.Zone != "UTC" {
			return i.Gathering.Zone, nil
		}
	}
	if name := v.s.Zone.String(); name != "UTC" && name != "Local" {
		return name, nil
	}
	return "", nil
}

// gatheringInput reads the form.
func (v *visit) gatheringInput() node.GatheringInput {
	posted := v.Request.PostForm
	trimmed := func(name string) string { return strings.TrimSpace(posted.Get(name)) }
	return node.GatheringInput{
		AsOrganization: v.speaksAsOrganization(), Audience: node.Audience(posted.Get("audience")), Lang: posted.Get("lang"),
		Name: trimmed("name"), Text: posted.Get("text"), Start: trimmed("start"), End: trimmed("end"), Zone: trimmed("zone"),
		Place: trimmed("place"), Address: trimmed("address"), Link: trimmed("link"),
		Languages: codes(posted["languages"], posted.Get("languages.other")), Status: node.Status(posted.Get("status")), Version: number(posted.Get("version")),
	}
}

func gatheringAnnounce(v *visit) error {
	if !v.viewer.SignedIn() {
		return node.ErrSignedOut
	}
	in := v.gatheringInput()
	in.Status = ""
	i, err := v.s.Gathering.Announce(v.ctx(), v.viewer, in)
	if err == nil {
		return v.done(itemPath(i), "gathering")
	}
	p := v.newGatheringPage(v.Request.PostForm)
	if !p.Form.take(v.audienceProblem(err, in.Audience)) {
		return err
	}
	return v.show(http.StatusUnprocessableEntity, "gathering_edit", p)
}

func (v *visit) editGatheringPage(i *node.Item, values url.Values) *gatheringPage {
	f := v.frame("gatherings", v.t("gathering.edit"))
	f.NoIndex = true
	words := v.audienceOf(i.Audience)
	p := &gatheringPage{Frame: f, Lead: v.t("gathering.edit.lead"), Button: v.t("form.save"), BackTo: itemPath(i), Audience: &words}
	p.Form = v.gatheringForm(f, itemPath(i)+"/edit", values)
	p.Form.Version = number(values.Get("version"))
	p.Form.fields["lang"].Options = v.onlyLanguage(i.Lang)
	var options []option
	for _, s := range node.Statuses {
		options = append(options, option{Value: string(s), Label: v.t("status." + string(s))})
	}
	p.Form.add(field{Name: "status", Kind: "select", Label: "gathering.status", Options: options})
	return p
}

func (v *visit) gatheringValues(i *node.Item) url.Values {
	g, zone := i.Gathering, v.zoneOf(i.Gathering)
	values := url.Values{
		"name": {i.Title[i.Lang]}, "text": {i.Source[i.Lang]}, "lang": {i.Lang}, "start": {g.Start.In(zone).Format(localTime)},
		"zone": {g.Zone}, "place": {g.Place}, "address": {g.Address}, "link": {g.Link}, "status": {string(g.Status)},
		"version": {strconv.FormatInt(i.Version, 10)},
	}
	if !g.End.IsZero() {
		values.Set("end", g.End.In(zone).Format(localTime))
	}
	v.languageValues(values, g.Languages)
	return values
}

func gatheringEdit(v *visit) error {
	i, err := v.itemToEdit(node.KindGathering)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "gathering_edit", v.editGatheringPage(i, v.gatheringValues(i)))
}

func gatheringSave(v *visit) error {
	i, err := v.itemToEdit(node.KindGathering)
	if err != nil {
		return err
	}
	in := v.gatheringInput()
	in.Audience, in.AsOrganization, in.Lang = i.Audience, i.Author.Kind == node.KindOrganization, i.Lang
	if _, err = v.s.Gathering.Edit(v.ctx(), v.viewer, i.ID, in); err == nil {
		return v.done(itemPath(i), "saved")
	}
	p := v.editGatheringPage(i, v.Request.PostForm)
	if v.conflict(p.Form, err, i.Version) {
		p.Theirs = v.theirGathering(i)
	} else if !p.Form.take(err) {
		return err
	}
	return v.show(http.StatusUnprocessableEntity, "gathering_edit", p)
}

// theirGathering is what somebody else saved, field by field.
func (v *visit) theirGathering(i *node.Item) []named {
	g := i.Gathering
	end := time.Time{}
	if !g.End.IsZero() {
		end = g.End
	}
	return []named{
		{v.t("gathering.name"), i.Title[i.Lang]},
		{v.t("gathering.start"), v.s.words.Span(v.lang, g.Start.In(v.zoneOf(g)), end)},
		{v.t("field.place"), g.Place},
		{v.t("gathering.address"), g.Address},
		{v.t("gathering.link"), g.Link},
		{v.t("gathering.text"), i.Source[i.Lang]},
		{v.t("gathering.status"), v.t("status." + string(g.Status))},
	}
}

func gatheringCancelAsk(v *visit) error {
	i, err := v.itemToEdit(node.KindGathering)
	if err != nil {
		return err
	}
	return v.confirm(i, "cancel")
}

func gatheringCancel(v *visit) error {
	i, err := v.itemToEdit(node.KindGathering)
	if err != nil {
		return err
	}
	if _, err := v.s.Gathering.Cancel(v.ctx(), v.viewer, i.ID); err != nil {
		return err
	}
	return v.done(itemPath(i), "cancelled")
}
