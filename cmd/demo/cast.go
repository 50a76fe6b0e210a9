package demo

import (
	"context"
	"fmt"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/people"
)

// organization is one of the invented organizations.
type organization struct {
	key, handle, name, lang string
	summary                 node.Text
	languages               []string
	place, website          string
	contact                 string   // for the network
	why                     string   // it wants to join
	people                  []person // the first is the admin
}

// person is one of the invented people: a first name and what they do.
type person struct {
	handle, name, lang string
	role               node.Role
	title, bio         node.Text
	languages          []string
	public             bool // can be followed from outside
	card               bool // shows themself to the network
	place              string
	skills             []node.PersonSkill
}

func (p person) email(o organization) string { return p.handle + "@" + o.key + ".example" }

func offer(tag string, level int) node.PersonSkill {
	return node.PersonSkill{Tag: tag, Stance: node.Offer, Level: level}
}

func mentor(tag string) node.PersonSkill {
	return node.PersonSkill{Tag: tag, Stance: node.Offer, Level: 3, CanMentor: true}
}

func learning(tag string, level int) node.PersonSkill {
	return node.PersonSkill{Tag: tag, Stance: node.Learning, Level: level}
}

func interest(tag string) node.PersonSkill {
	return node.PersonSkill{Tag: tag, Stance: node.Interest}
}

// organizations are who takes part with a node of their own, the hub first.
var organizations = []organization{
	{
		key: "hub", handle: "common_ground", name: "Common Ground Network", lang: "en", languages: []string{"en", "es"},
		place: "Eastgate", website: "https://common-ground.example/", contact: "The coordinator, any weekday before noon",
		summary: node.Text{
			"en": "We bring together organizers and the people who keep their computers running. Members learn from each other: on calls, at dinners, at two convenings a year.",
			"es": "Reunimos a quienes organizan y a quienes mantienen en marcha sus computadoras. Aquí se aprende entre pares: en llamadas, en cenas y en dos encuentros al año.",
		},
		people: []person{
			{
				card: true, handle: "ines", name: "Ines", lang: "en", role: node.Admin, public: true, languages: []string{"en", "es"},
				title:  node.Text{"en": "Network coordinator", "es": "Coordinadora de la red"},
				bio:    node.Text{"en": "I introduce people to the person they did not know they needed. Ask me who has done it before."},
				skills: []node.PersonSkill{mentor("facilitation"), offer("meeting-design", 3), offer("communities-of-practice", 2), learning("servers-hosting", 1)},
			},
			{
				card: true, handle: "sam", name: "Sam", lang: "en", role: node.Editor, public: true, languages: []string{"en"},
				title:  node.Text{"en": "Community technologist"},
				bio:    node.Text{"en": "Keeps four small servers and many laptops alive. Likes boring tools, labels on cables, and backups that somebody has tried."},
				skills: []node.PersonSkill{mentor("servers-hosting"), offer("backups", 3), offer("tech-support", 2), learning("federated-social-web", 2), interest("interpretation")},
			},
		},
	}, {
		key: "riverbend", handle: "riverbend", name: "Riverbend Tenants’ Union", lang: "en", languages: []string{"en", "es"},
		place: "Riverbend", website: "https://riverbend.example/", contact: "The data organizer", why: "Nine buildings, one list. We want to learn how others keep theirs.",
		summary: node.Text{
			"en": "Nine buildings, nine hundred households, one list. We knock on doors, we share what we learn, and we write it down so that the next building need not start over.",
			"es": "Nueve edificios, novecientos hogares, una sola lista. Tocamos puertas, compartimos lo que aprendemos y lo escribimos para que el próximo edificio no empiece de cero.",
		},
		people: []person{
			{
				card: true, handle: "amaya", name: "Amaya", lang: "en", role: node.Admin, public: true, languages: []string{"es", "en"},
				title:  node.Text{"en": "Data and tenant organizer", "es": "Organizadora de datos e inquilinato"},
				bio:    node.Text{"en": "I knock on doors by day and tidy the list by night. Ask me how a union keeps one honest spreadsheet, and what we do when it breaks."},
				skills: []node.PersonSkill{mentor("spreadsheets"), offer("phone-banking", 3), offer("facilitation", 2), learning("mapping", 1), learning("digital-security", 2), interest("audio-video")},
			},
			{
				handle: "dele", name: "Dele", lang: "en", role: node.Member, languages: []string{"en"},
				title:  node.Text{"en": "Membership coordinator"},
				skills: []node.PersonSkill{offer("data-cleaning", 2), learning("crm-migration", 1), interest("story-collection")},
			},
			{
				card: true, handle: "joy", name: "Joy", lang: "en", role: node.Editor, public: true, languages: []string{"en"},
				title:  node.Text{"en": "Volunteer lead"},
				bio:    node.Text{"en": "Turns “I could help some time” into Saturday at ten."},
				skills: []node.PersonSkill{mentor("canvassing"), offer("texting", 2), offer("volunteer-coordination", 3), learning("account-security", 1)},
			},
		},
	}, {
		key: "casa_semilla", handle: "casa_semilla", name: "Casa Semilla", lang: "es", languages: []string{"es", "en"},
		place: "Barrio Las Acequias", website: "https://casa-semilla.example/", contact: "La mesa de la entrada", why: "Enseñamos con papel y luego con pantalla, y queremos compartir las guías.",
		summary: node.Text{
			"es": "Una casa abierta en el barrio: cocina los jueves, talleres los sábados y una mesa donde siempre hay alguien que sabe un poco más de computadoras que tú.",
			"en": "An open house in the neighborhood: kitchen on Thursdays, workshops on Saturdays, and a table with somebody who knows a little more about computers than you do.",
		},
		people: []person{
			{
				card: true, handle: "marisol", name: "Marisol", lang: "es", role: node.Admin, public: true, languages: []string{"es", "en"},
				title:  node.Text{"es": "Educadora popular", "en": "Popular educator"},
				bio:    node.Text{"es": "Preparo talleres donde habla más quien menos suele hablar. Con papelógrafo primero y con pantalla después."},
				skills: []node.PersonSkill{mentor("popular-education"), offer("training-design", 3), offer("spreadsheets", 2), learning("federated-social-web", 1)},
			},
			{
				card: true, handle: "pilar", name: "Pilar", lang: "es", role: node.Editor, public: true, languages: []string{"es", "en"},
				title:  node.Text{"es": "Promotora vecinal", "en": "Neighborhood organizer"},
				bio:    node.Text{"es": "Cocino para cien y traduzco en vivo, a veces a la vez."},
				skills: []node.PersonSkill{mentor("interpretation"), offer("community-dinners", 3), offer("language-justice", 2), interest("mapping")},
			},
			{
				card: true, handle: "tomas", name: "Tomás", lang: "es", role: node.Member, languages: []string{"es"},
				title:  node.Text{"es": "Técnico comunitario"},
				skills: []node.PersonSkill{offer("community-technology", 2), offer("computers-networks", 2), learning("backups", 1)},
			},
		},
	}, {
		key: "open_ledger", handle: "open_ledger", name: "Open Ledger Collective", lang: "en", languages: []string{"en", "es"},
		place: "North Pier", website: "https://open-ledger.example/", contact: "The bookkeeper", why: "We keep the books of eleven small groups and would rather teach than do it.",
		summary: node.Text{
			"en": "Bookkeepers, spreadsheet people and one former auditor. We keep the books of groups that are too small for a bookkeeper until they can do it themselves.",
			"es": "Llevamos las cuentas de grupos demasiado pequeños para pagar a alguien, hasta que pueden llevarlas por su cuenta.",
		},
		people: []person{
			{
				handle: "kai", name: "Kai", lang: "en", role: node.Admin, public: true, card: true, languages: []string{"en"}, place: "North Pier",
				title:  node.Text{"en": "Bookkeeper", "es": "Contabilidad"},
				bio:    node.Text{"en": "Will explain a balance sheet with beans. Wants to know how to clean a list of nine hundred names."},
				skills: []node.PersonSkill{mentor("fundraising"), offer("spreadsheets", 3), learning("data-cleaning", 1), learning("facilitation", 1)},
			},
			{
				handle: "rosa", name: "Rosa", lang: "es", role: node.Editor, card: true, languages: []string{"es", "en"},
				title:  node.Text{"es": "Capacitadora", "en": "Trainer"},
				skills: []node.PersonSkill{offer("training-design", 2), learning("popular-education", 2), learning("interpretation", 1)},
			},
		},
	},
}

// guest is an organization without a node: it lives on the hub's.
var guest = organization{
	key: "delta_radio", handle: "delta_radio", name: "Delta Youth Radio", lang: "es", languages: []string{"es", "en"},
	place: "Delta", contact: "In the booth, Saturdays",
	summary: node.Text{
		"es": "Seis personas, tres micrófonos prestados y una hora los sábados. No tenemos servidor ni quien lo cuide.",
		"en": "Six people, three borrowed microphones and one hour on Saturdays. We have no server, and nobody to look after one.",
	},
	people: []person{
		{
			handle: "nora", name: "Nora", lang: "es", role: node.Admin, card: true, languages: []string{"es"},
			title:  node.Text{"es": "Coordina la cabina", "en": "Runs the booth"},
			skills: []node.PersonSkill{offer("audio-video", 2), learning("story-collection", 1)},
		},
		{
			handle: "eli", name: "Eli", lang: "en", role: node.Member, languages: []string{"en", "es"},
			title:  node.Text{"en": "Presenter"},
			skills: []node.PersonSkill{learning("audio-video", 1)},
		},
	},
}

// settle adds the organization's page and its people, or makes new links for
// those who are there.
func (n *Node) settle(ctx context.Context, again bool, links map[string]string) error {
	if !again {
		if err := n.describe(ctx, n.org); err != nil {
			return err
		}
	}
	return n.populate(ctx, n.org, again, links)
}

// describe writes what an organization of the node says of itself.
func (n *Node) describe(ctx context.Context, org organization) error {
	v, _, err := n.App.People.ViewerFor(ctx, org.handle)
	if err != nil {
		return err
	}
	o, err := n.App.People.Organization(ctx, org.handle)
	if err != nil {
		return err
	}
	o.Summary, o.Languages, o.Place, o.Website, o.Contact = org.summary, org.languages, org.place, org.website, org.contact
	return n.App.People.SaveOrganization(ctx, v, o)
}

// populate brings the people of an organization in, or makes new links for them.
func (n *Node) populate(ctx context.Context, org organization, again bool, links map[string]string) error {
	v, _, err := n.App.People.ViewerFor(ctx, org.handle)
	if err != nil {
		return err
	}
	for _, p := range org.people {
		if !again {
			if err := n.add(ctx, org, p, links); err != nil {
				return fmt.Errorf("add %s: %w", p.handle, err)
			}
		}
		if links[p.handle] == "" {
			if links[p.handle], err = n.App.People.PersonLink(ctx, v, p.handle); err != nil {
				return err
			}
		}
		n.People = append(n.People, Person{Organization: org.name, Name: p.name, Handle: p.handle, Role: p.title.In(org.lang, "en"), SignIn: links[p.handle]})
	}
	return nil
}

// add brings one person in, as an admin would, with the profile that they then wrote.
func (n *Node) add(ctx context.Context, org organization, p person, links map[string]string) error {
	v, _, err := n.App.People.ViewerFor(ctx, org.handle)
	if err != nil {
		return err
	}
	if links[p.handle] == "" { // the admin is there already
		_, link, err := n.App.People.AddPerson(ctx, v, people.NewPerson{Name: p.name, Email: p.email(org), Handle: p.handle, Lang: p.lang, Role: p.role})
		if err != nil {
			return err
		}
		links[p.handle] = link
	}
	self, _, err := n.App.People.ViewerFor(ctx, p.handle)
	if err != nil {
		return err
	}
	_, err = n.App.People.SaveProfile(ctx, self, people.Profile{
		Handle: p.handle, Name: p.name, RoleTitle: p.title, Bio: p.bio, Place: p.place, Languages: p.languages, Skills: p.skills, Lang: p.lang,
	})
	if err == nil && p.public {
		_, err = n.App.People.SetFollowable(ctx, v, p.handle, true)
	}
	return err
}
