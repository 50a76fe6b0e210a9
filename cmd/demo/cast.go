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
	people                  []person // the first is the admin
}

// person is one of the invented people: a first name and what they do.
type person struct {
	handle, name, lang string
	role               node.Role
	title, bio         node.Text
	languages          []string
	public             bool
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

// organizations are who takes part, the hub-to-be first.
var organizations = []organization{
	{
		key: "hub", handle: "common_ground", name: "Common Ground Network", lang: "en", languages: []string{"en", "es"},
		place: "Eastgate", website: "https://common-ground.example/",
		summary: node.Text{
			"en": "We bring together organizers and the people who keep their computers running. Members learn from each other: on calls, at dinners, at two convenings a year.",
			"es": "Reunimos a quienes organizan y a quienes mantienen en marcha sus computadoras. Aquí se aprende entre pares: en llamadas, en cenas y en dos encuentros al año.",
		},
		people: []person{
			{
				handle: "ines", name: "Ines", lang: "en", role: node.Admin, public: true, languages: []string{"en", "es"},
				title:  node.Text{"en": "Network coordinator", "es": "Coordinadora de la red"},
				bio:    node.Text{"en": "I introduce people to the person they did not know they needed. Ask me who has done it before."},
				skills: []node.PersonSkill{mentor("facilitation"), offer("meeting-design", 3), offer("communities-of-practice", 2), learning("servers-hosting", 1)},
			},
			{
				handle: "sam", name: "Sam", lang: "en", role: node.Editor, public: true, languages: []string{"en"},
				title:  node.Text{"en": "Community technologist"},
				bio:    node.Text{"en": "Keeps four small servers and many laptops alive. Likes boring tools, labels on cables, and backups that somebody has tried."},
				skills: []node.PersonSkill{mentor("servers-hosting"), offer("backups", 3), offer("tech-support", 2), learning("federated-social-web", 2), interest("interpretation")},
			},
		},
	}, {
		key: "riverbend", handle: "riverbend", name: "Riverbend Tenants’ Union", lang: "en", languages: []string{"en", "es"},
		place: "Riverbend", website: "https://riverbend.example/",
		summary: node.Text{
			"en": "Nine buildings, nine hundred households, one list. We knock on doors, we share what we learn, and we write it down so that the next building need not start over.",
			"es": "Nueve edificios, novecientos hogares, una sola lista. Tocamos puertas, compartimos lo que aprendemos y lo escribimos para que el próximo edificio no empiece de cero.",
		},
		people: []person{
			{
				handle: "amaya", name: "Amaya", lang: "en", role: node.Admin, public: true, languages: []string{"es", "en"},
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
				handle: "joy", name: "Joy", lang: "en", role: node.Editor, public: true, languages: []string{"en"},
				title:  node.Text{"en": "Volunteer lead"},
				bio:    node.Text{"en": "Turns “I could help some time” into Saturday at ten."},
				skills: []node.PersonSkill{mentor("canvassing"), offer("texting", 2), offer("volunteer-coordination", 3), learning("account-security", 1)},
			},
		},
	}, {
		key: "casa_semilla", handle: "casa_semilla", name: "Casa Semilla", lang: "es", languages: []string{"es", "en"},
		place: "Barrio Las Acequias", website: "https://casa-semilla.example/",
		summary: node.Text{
			"es": "Una casa abierta en el barrio: cocina los jueves, talleres los sábados y una mesa donde siempre hay alguien que sabe un poco más de computadoras que tú.",
			"en": "An open house in the neighborhood: kitchen on Thursdays, workshops on Saturdays, and a table with somebody who knows a little more about computers than you do.",
		},
		people: []person{
			{
				handle: "marisol", name: "Marisol", lang: "es", role: node.Admin, public: true, languages: []string{"es", "en"},
				title:  node.Text{"es": "Educadora popular", "en": "Popular educator"},
				bio:    node.Text{"es": "Preparo talleres donde habla más quien menos suele hablar. Con papelógrafo primero y con pantalla después."},
				skills: []node.PersonSkill{mentor("popular-education"), offer("training-design", 3), offer("spreadsheets", 2), learning("federated-social-web", 1)},
			},
			{
				handle: "pilar", name: "Pilar", lang: "es", role: node.Editor, public: true, languages: []string{"es", "en"},
				title:  node.Text{"es": "Promotora vecinal", "en": "Neighborhood organizer"},
				bio:    node.Text{"es": "Cocino para cien y traduzco en vivo, a veces a la vez."},
				skills: []node.PersonSkill{mentor("interpretation"), offer("community-dinners", 3), offer("language-justice", 2), interest("mapping")},
			},
			{
				handle: "tomas", name: "Tomás", lang: "es", role: node.Member, languages: []string{"es"},
				title:  node.Text{"es": "Técnico comunitario"},
				skills: []node.PersonSkill{offer("community-technology", 2), offer("computers-networks", 2), learning("backups", 1)},
			},
		},
	},
}

// settle adds the organization's page and its people, or makes new links for
// those who are there.
func (n *Node) settle(ctx context.Context, again bool, links map[string]string) error {
	v, _, err := n.App.People.ViewerFor(ctx, "")
	if err != nil {
		return err
	}
	if !again {
		o, err := n.App.People.Organization(ctx, n.org.handle)
		if err != nil {
			return err
		}
		o.Summary, o.Languages, o.Place, o.Website = n.org.summary, n.org.languages, n.org.place, n.org.website
		if err := n.App.People.SaveOrganization(ctx, v, o); err != nil {
			return err
		}
	}
	for _, p := range n.org.people {
		if !again {
			if err := n.add(ctx, p, links); err != nil {
				return fmt.Errorf("add %s: %w", p.handle, err)
			}
		}
		if links[p.handle] == "" {
			if links[p.handle], err = n.App.People.PersonLink(ctx, v, p.handle); err != nil {
				return err
			}
		}
		n.People = append(n.People, Person{Name: p.name, Handle: p.handle, Role: p.title.In(n.org.lang, "en"), SignIn: links[p.handle]})
	}
	return nil
}

// add brings one person in, as an admin would, with the profile that they then wrote.
func (n *Node) add(ctx context.Context, p person, links map[string]string) error {
	v, _, err := n.App.People.ViewerFor(ctx, "")
	if err != nil {
		return err
	}
	if links[p.handle] == "" { // the admin is there already
		_, link, err := n.App.People.AddPerson(ctx, v, people.NewPerson{Name: p.name, Email: p.email(n.org), Handle: p.handle, Lang: p.lang, Role: p.role})
		if err != nil {
			return err
		}
		links[p.handle] = link
	}
	_, err = n.App.People.SaveProfile(ctx, v, people.Profile{Handle: p.handle, Name: p.name, RoleTitle: p.title, Bio: p.bio, Languages: p.languages, Skills: p.skills, Lang: p.lang})
	if err != nil || !p.public {
		return err
	}
	_, err = n.App.People.SetFollowable(ctx, v, p.handle, true)
	return err
}
