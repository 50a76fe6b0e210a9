package fedtest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/cmd/fedtest"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/mentoring"
	"github.com/poweron-network/poweron/node/network"
	"github.com/poweron-network/poweron/node/people"
)

// The audience matrix (E2): in each field of a profile, each skill and each kind
// of item lies a word of its own per audience. Then every address of every node
// is asked for as everybody that there is; each word has to be found by those
// who may read it and by nobody else. Fields, kinds, audiences and addresses are
// taken from the program, so that a new one without a row here fails the test.

// word is what lies in one place for one audience.
type word struct {
	text  string        // lower case; found anywhere in an answer
	where string        // what it lies in
	for_  node.Audience // who may read it; empty for what only parties may
	only  []string      // then: the viewers who may
}

// world is the nodes and what was planted.
type world struct {
	t                                      *testing.T
	c                                      *fedtest.Cluster
	home, friend, second, former, outsider *fedtest.Node
	alpha, beta                            *node.Network
	guest                                  *node.Organization
	words                                  []word
	skills                                 map[string]node.Audience // tag -> audience; the person who has it is "p" + its number
	handles                                []string
	known                                  map[*fedtest.Node][]string // addresses
}

// tags are skills that the planted people have, one per audience.
var matrixTags = []string{"community-organizing", "one-on-ones", "leadership-development", "membership-engagement", "volunteer-coordination", "campaign-strategy"}

// fieldWords puts a word into a field of a profile.
var fieldWords = map[node.Field]func(in *people.Profile, word string){
	node.FieldName:      func(in *people.Profile, w string) { in.Name = w },
	node.FieldPronouns:  func(in *people.Profile, w string) { in.Pronouns = w },
	node.FieldRole:      func(in *people.Profile, w string) { in.RoleTitle = node.Text{"en": w} },
	node.FieldPlace:     func(in *people.Profile, w string) { in.Place = w },
	node.FieldLanguages: func(in *people.Profile, w string) { in.Languages = []string{"en-" + w[len(w)-7:]} },
	node.FieldBio:       func(in *people.Profile, w string) { in.Bio = node.Text{"en": w} },
	node.FieldEmail:     nil, // an address is given when a person is added
}

// audiences are all that somebody can choose for a field, at home.
func (w *world) audiences(person uuid.UUID) []node.Audience {
	return node.FieldAudiences(person, w.home.Admin.Organization, []uuid.UUID{w.alpha.ID, w.beta.ID})
}

func newWorld(t *testing.T) *world {
	t.Helper()
	c := fedtest.New(t, "home", "friend", "second", "former", "outsider")
	w := &world{t: t, c: c, home: c.Nodes[0], friend: c.Nodes[1], second: c.Nodes[2], former: c.Nodes[3], outsider: c.Nodes[4], skills: map[string]node.Audience{}, known: map[*fedtest.Node][]string{}}
	w.alpha, w.beta = w.home.Found("alpha"), w.home.Found("beta")
	w.home.Join(w.alpha, w.friend, w.former)
	w.home.Join(w.beta, w.second)
	guest, _, err := w.home.Network.AddGuest(t.Context(), w.home.Admin, w.alpha.ID, network.NewGuest{
		Name: "The guest", Handle: "guest", Lang: "en", AdminName: "Guest admin", AdminEmail: "admin@guest.example",
	})
	w.must(err)
	w.guest = guest
	c.Settle()
	if done, err := w.home.Network.Expel(t.Context(), w.home.Admin, w.alpha.ID, "former@"+w.former.Origin.Host()); err != nil || !done {
		t.Fatalf("expel: %v, %v", done, err)
	}
	c.Settle()
	w.outsider.Follow(w.home.At("home"))
	for _, n := range c.Nodes {
		n.Again()
	}
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) plant(where, text string, a node.Audience) string {
	w.words = append(w.words, word{text: text, where: where, for_: a})
	return text
}

// people plants one person per audience: followable, shown to the networks, and
// everything that they have for that audience.
func (w *world) people() {
	t := w.t
	w.home.Person("colleague", false)
	for k := range w.audiences(uuid.Nil) {
		handle := fmt.Sprintf("p%d", k)
		w.handles = append(w.handles, handle)
		mail := fmt.Sprintf("canaryemail%dx", k)
		p, _, err := w.home.People.AddPerson(t.Context(), w.home.Admin, people.NewPerson{
			Name: handle, Email: mail + "@home.example", Handle: handle, Followable: true, Network: true,
		})
		w.must(err)
		self, _, err := w.home.People.ViewerFor(t.Context(), handle)
		w.must(err)
		a := w.audiences(p.ID)[k]
		in := people.Profile{Handle: handle, Lang: "en", Fields: map[node.Field]node.Audience{}}
		for _, f := range node.Fields {
			put, known := fieldWords[f]
			if !known {
				t.Fatalf("the matrix has no word for the field %s", f)
			}
			in.Fields[f] = a
			text := fmt.Sprintf("canary%s%dx", f, k)
			if f == node.FieldLanguages {
				text = fmt.Sprintf("zqcan%dx", k)
			}
			if put != nil {
				put(&in, w.plant(string(f)+" for "+a.Kind(), text, a))
			} else {
				w.plant(string(f)+" for "+a.Kind(), mail, a)
			}
		}
		in.Skills = []node.PersonSkill{{Tag: matrixTags[k], Stance: node.Offer, Level: 2, CanMentor: true, Audience: a}}
		w.skills[matrixTags[k]] = a
		_, err = w.home.People.SaveProfile(t.Context(), self, in)
		w.must(err)
		if k == 0 { // p0 may read what they keep to themselves
			for i := range w.words {
				if w.words[i].for_ == node.Only(p.ID) {
					w.words[i].for_, w.words[i].only = "", []string{handle}
				}
			}
		}
	}
	w.narrow()
}

// narrow plants somebody whose profile is not for everyone, with fields that would be.
func (w *world) narrow() {
	self := w.home.Person("indoors", false)
	in := people.Profile{Handle: "indoors", Name: "Indoors", Lang: "en", Fields: map[node.Field]node.Audience{node.FieldBio: node.Public, node.FieldRole: node.Public}}
	in.Bio = node.Text{"en": w.plant("bio of a profile for the networks", "canaryindoorsbiox", node.Networks)}
	in.RoleTitle = node.Text{"en": w.plant("role of a profile for the networks", "canaryindoorsrolex", node.Networks)}
	_, err := w.home.People.SaveProfile(w.t.Context(), self, in)
	w.must(err)
}

// items plants each kind of item for each audience that one can have.
func (w *world) items() {
	t := w.t
	for k, a := range w.audiences(uuid.Nil)[1:] { // an item for oneself alone is not one
		for _, kind := range node.ItemKinds {
			text := fmt.Sprintf("canary%s%dx", kind, k)
			w.plant(string(kind)+" for "+a.Kind(), text, a)
			switch kind {
			case node.KindPost:
				root := w.home.PostTo(a, text)
				reply := w.plant("reply for "+a.Kind(), fmt.Sprintf("canaryreply%dx", k), a)
				_, err := w.home.Conversation.Post(t.Context(), w.home.Admin, node.PostInput{AsOrganization: true, Audience: a, Lang: "en", Text: reply, InReplyTo: root.URI})
				w.must(err)
				gone := w.home.PostTo(a, w.plant("deleted post", fmt.Sprintf("canarygone%dx", k), ""))
				w.c.Settle()
				w.must(w.home.Conversation.Delete(t.Context(), w.home.Admin, gone.ID))
			case node.KindGathering:
				in := node.GatheringInput{
					AsOrganization: true, Audience: a, Lang: "en", Name: text, Start: "2031-05-04T10:00", End: "2031-05-04T12:00", Zone: "Europe/Madrid",
					Text:  w.plant("text of a gathering", fmt.Sprintf("canarydetails%dx", k), a),
					Place: w.plant("place of a gathering", fmt.Sprintf("canaryhall%dx", k), a),
				}
				_, err := w.home.Gathering.Announce(t.Context(), w.home.Admin, in)
				w.must(err)
			default:
				t.Fatalf("the matrix has nothing of the kind %s", kind)
			}
		}
	}
}

// private plants what only two people may read, one of them elsewhere.
func (w *world) private() {
	t := w.t
	mentor, _, err := w.home.People.ViewerFor(t.Context(), "p4")
	w.must(err)
	_, _, err = w.friend.People.AddPerson(t.Context(), w.friend.Admin, people.NewPerson{Name: "Learner", Email: "learner@friend.example", Handle: "learner", Network: true})
	w.must(err)
	learner, _, err := w.friend.People.ViewerFor(t.Context(), "learner")
	w.must(err)
	w.c.Settle()
	_, err = w.home.Mentoring.Offer(t.Context(), mentor, mentoring.OfferInput{
		Audience: node.NetworkOnly(w.alpha.ID), Topics: []string{matrixTags[4]}, Languages: []string{"en"}, Format: node.OneCall, Capacity: 1, Lang: "en",
		Note: w.plant("offer of mentoring", "canaryofferx", node.NetworkOnly(w.alpha.ID)),
	})
	w.must(err)
	w.c.Settle()
	offers, err := w.friend.Mentoring.Offers(t.Context(), learner, mentoring.Filter{Limit: 10})
	w.must(err)
	if len(offers) != 1 {
		t.Fatalf("the learner sees %d offers", len(offers))
	}
	parties := []string{"p4", "learner"}
	need := word{text: "canaryneedx", where: "need of a learner", only: parties}
	note := word{text: "canarymessagex", where: "message", only: parties}
	w.words = append(w.words, need, note)
	r, err := w.friend.Mentoring.Request(t.Context(), learner, mentoring.RequestInput{Offer: offers[0].URI, Need: need.text, Time: "one hour", Lang: "en"})
	w.must(err)
	w.c.Settle()
	list, err := w.home.Mentoring.Requests(t.Context(), mentor)
	w.must(err)
	if len(list) != 1 || list[0].URI != r.URI {
		t.Fatalf("the mentor has %d requests", len(list))
	}
	_, err = w.home.Mentoring.Accept(t.Context(), mentor, list[0].ID)
	w.must(err)
	w.c.Settle()
	_, err = w.home.Contact.Send(t.Context(), mentor, list[0].ID.String(), note.text)
	w.must(err)
	w.c.Settle()
}

// may reports whether somebody who holds scope, and is called name, may read w.
func (w word) may(scope access.Scope, name string) bool {
	if w.for_ == "" {
		return slices.Contains(w.only, name)
	}
	return scope.Includes(w.for_)
}

// TestE2AudienceMatrix is the matrix: viewers × audiences × fields and items × surfaces.
func TestE2AudienceMatrix(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people()
	w.items()
	w.private()
	w.c.Settle()
	w.c.Clock.Add(2 * time.Minute)
	w.c.Settle()
	for _, v := range w.viewers() {
		t.Run(strings.ReplaceAll(v.name, " ", "_"), func(t *testing.T) { w.look(t, v) })
	}
}
