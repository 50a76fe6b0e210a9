package demo

import "time"

const day = 24 * time.Hour

// step is one thing that somebody says.
type step struct {
	key      string // other steps name it
	node, as string // as is a person's handle; empty speaks as the organization
	ago      time.Duration
	lang     string
	title    string
	text     string
	reply    string // key of the step that it answers
	inside   bool   // for the organization's own people only
	network  bool   // for the network only
	meeting  *meeting
	cancels  string // key of a gathering that is called off
}

// audience is who may read it, as a command line says it.
func (s step) audience() string {
	switch {
	case s.inside:
		return "node"
	case s.network:
		return "network:" + founding.Handle
	}
	return "public"
}

// meeting is a gathering, in days from now and local hours.
type meeting struct {
	name        string
	in          int // days
	start, end  string
	zone        string
	place, link string
	spoken      []string
}

// follow is who follows whom: node and handle; as is a person, or the organization when empty.
type follow struct{ node, as, whose, handle string }

// follows come first: what was said before somebody follows does not reach them.
var follows = []follow{
	{"hub", "", "riverbend", "riverbend"},
	{"hub", "", "casa_semilla", "casa_semilla"},
	{"hub", "", "riverbend", "amaya"},
	{"hub", "", "casa_semilla", "marisol"},
	{"riverbend", "", "hub", "common_ground"},
	{"riverbend", "", "casa_semilla", "casa_semilla"},
	{"riverbend", "", "casa_semilla", "pilar"},
	{"riverbend", "", "hub", "sam"},
	{"casa_semilla", "", "hub", "common_ground"},
	{"casa_semilla", "", "riverbend", "riverbend"},
	{"casa_semilla", "", "riverbend", "amaya"},
	{"casa_semilla", "", "hub", "sam"},
	{"hub", "sam", "riverbend", "amaya"},
	{"hub", "ines", "casa_semilla", "pilar"},
	{"riverbend", "amaya", "casa_semilla", "marisol"},
	{"riverbend", "dele", "hub", "ines"},
	{"casa_semilla", "pilar", "riverbend", "joy"},
	{"casa_semilla", "tomas", "hub", "sam"},
	{"open_ledger", "", "hub", "common_ground"},
	{"open_ledger", "", "riverbend", "riverbend"},
	{"open_ledger", "", "riverbend", "amaya"},
	{"open_ledger", "", "casa_semilla", "casa_semilla"},
	{"hub", "", "open_ledger", "open_ledger"},
	{"riverbend", "", "open_ledger", "open_ledger"},
}

// story is what they say, in order.
var story = []step{
	{
		key: "welcome", node: "hub", ago: 12 * day, lang: "en",
		text: "Five houses, four servers, one conversation. From today you can read Riverbend, Casa Semilla and Open Ledger from here, and they can read us, without anybody moving in with anybody.\n\n" +
			"Start small: say what you can offer, what you are learning, and one thing that you would like to know. That is enough for somebody to find you.",
	},
	{
		key: "list", node: "riverbend", as: "amaya", ago: 9 * day, lang: "en", title: "One list, nine buildings: how we merge sign-up sheets",
		text: "We had eleven spreadsheets and four spellings of the same street. What helped was not a better tool. What helped was one rule: **only one person merges, and always on the same day.**\n\n" +
			"1. Sheets come in until Monday night, on paper or by phone photo.\n2. On Tuesday one of us types, another reads aloud.\n3. On Wednesday the old sheets go into the box and nobody edits them again.\n\n" +
			"We lost two evenings on names with accents that came back as question marks. If you know how to avoid that, please tell me.",
	},
	{
		key: "kitchen", node: "casa_semilla", ago: 8 * day, lang: "es",
		text: "El jueves la cocina fue también taller: mientras hervía el pozole, doce vecinas aprendieron a poner una segunda llave a su correo. Nadie tuvo que admitir que no sabía, porque empezamos todas juntas.\n\n" +
			"Dejamos la hoja con los pasos en la mesa de la entrada, en español y en inglés.",
	},
	{
		key: "accents", node: "casa_semilla", as: "pilar", ago: 8*day - 5*time.Hour, lang: "es", reply: "list",
		text: "Nos pasó lo mismo con la Ñ de media colonia. Al guardar la hoja elige «CSV UTF-8» y no «CSV» a secas. Y antes de borrar nada, abre el archivo en otra computadora: si ahí se ve bien, ya está.",
	},
	{
		key: "thanks", node: "riverbend", as: "amaya", ago: 8*day - 7*time.Hour, lang: "es", reply: "accents",
		text: "¡Era eso! Llevaba dos semanas peleando. Gracias, Pilar. Lo apunto en la hoja que está pegada junto a la computadora.",
	},
	{
		key: "restore", node: "hub", as: "sam", ago: 6 * day, lang: "en",
		text: "A backup that nobody has restored is a wish. This month I am asking each house to do one thing: pick a file, lose it on purpose, get it back, and write down how long it took.\n\n" +
			"Ours took 40 minutes, 30 of them to find the password. Guess what we are fixing first.",
	},
	{
		key: "workshop", node: "casa_semilla", as: "marisol", ago: 5 * day, lang: "es", title: "Un taller de hojas de cálculo que empieza sin computadora",
		text: "La primera hora es con papel: cada quien escribe en tarjetas lo que sabe de su cuadra y las ordenamos en el piso. Ahí aparecen las filas, las columnas y las dudas. Cuando por fin encendemos la pantalla, la hoja de cálculo ya es suya.\n\n" +
			"Comparto la guía con quien la quiera probar. Lo único que pido es que me cuenten qué les falló.",
	},
	{
		key: "keys", node: "riverbend", as: "dele", ago: 4 * day, lang: "en", inside: true,
		text: "Saturday: who has the keys for building six? The spare set is with the bakery, but they open at eleven only.",
	},
	{
		key: "saturday", node: "riverbend", as: "joy", ago: 3 * day, lang: "en",
		text: "Twenty-six people knocked on 214 doors on Saturday. We know because the tally is on paper and fits into one photo. Newcomers go with somebody who has done it once: nobody knocks alone, nobody knocks for more than two hours, and there is soup afterwards.",
	},
	{
		key: "soup", node: "hub", as: "ines", ago: 3*day - 4*time.Hour, lang: "en", reply: "restore",
		text: "I am in. I will lose the minutes of the last call on purpose on Friday at noon, with a witness.",
	},
	{
		key: "switch", node: "casa_semilla", as: "tomas", ago: 2 * day, lang: "es", inside: true,
		text: "Cambié el aparato de la red del salón de arriba. Si algo no conecta, avísenme antes del sábado, que hay taller.",
	},
	{
		key: "beans", node: "open_ledger", ago: 5*day - 3*time.Hour, lang: "en",
		text: "We explained a balance sheet with beans again: white ones for what you have, black ones for what you owe. Nobody fell asleep, and three people asked for the recipe.",
	},
	{
		key: "lease", node: "open_ledger", as: "kai", ago: 4*day - 2*time.Hour, lang: "en", network: true, title: "What our landlord’s audit asked for",
		text: "For members only, please do not pass it on: the list of papers that our landlord’s auditor wanted, and which of them we did not have to give. Two of you face the same owner this spring.",
	},
	{
		key: "same", node: "riverbend", as: "amaya", ago: 4*day - 5*time.Hour, lang: "en", network: true, reply: "lease",
		text: "Same owner, same letter, two of our buildings. We had given them everything already. I will bring your list on Tuesday.",
	},
	{
		key: "booth", node: "hub", as: "delta_radio", ago: 3*day - 6*time.Hour, lang: "es", network: true,
		text: "Prestamos la cabina el sábado por la tarde a quien quiera grabar una entrevista de diez minutos. Traigan las preguntas escritas; los audífonos los ponemos acá.",
	},
	{
		key: "letters", node: "casa_semilla", ago: 2*day - 4*time.Hour, lang: "es", network: true,
		text: "¿Alguien tiene una carta modelo para pedir los recibos de la luz de un edificio entero? La nuestra está en español y la necesitamos también en inglés.",
	},

	{
		key: "hour", node: "hub", as: "ines", ago: 4*day - 1*time.Hour, lang: "en", network: true,
		text: "Mentors and learners of all houses meet for an hour. Say what you are stuck on in one sentence; somebody here has been stuck there before.",
		meeting: &meeting{
			name: "Mentors’ and learners’ hour", in: 6, start: "16:00", end: "17:00", zone: "America/New_York",
			link: "https://meet.example/mentors-hour", spoken: []string{"en", "es"},
		},
	},
	{
		key: "doors", node: "riverbend", ago: 7 * day, lang: "en",
		text: "For everyone who comes back from the doors with a phone full of notes. Bring your own list, we clean it together, and you leave with one sheet that you can trust. Spanish interpretation from the first minute.",
		meeting: &meeting{
			name: "Door-knock data without the spreadsheet tears", in: 9, start: "18:00", end: "19:15", zone: "America/New_York",
			link: "https://meet.example/door-knock-data", spoken: []string{"en", "es"},
		},
	},
	{
		key: "dinner", node: "casa_semilla", ago: 6*day - 3*time.Hour, lang: "es",
		text: "Doce lugares, una mesa larga y una pregunta: ¿qué herramienta dejaron de usar este año y por qué? Quien cocina no lava. Avisa si no comes carne.",
		meeting: &meeting{
			name: "Cena de la comunidad de práctica", in: 12, start: "19:00", end: "21:30", zone: "America/Mexico_City",
			place: "Cocina de Casa Semilla, Barrio Las Acequias", spoken: []string{"es"},
		},
	},
	{
		key: "swap", node: "hub", ago: 5*day - 2*time.Hour, lang: "en",
		text: "Forty-five minutes, three tools, no slides. One house shows how it shares a calendar, one how it keeps track of keys, one how the van gets booked. Then questions.",
		meeting: &meeting{
			name: "Tool swap: calendars, keys and vans", in: 16, start: "17:30", end: "18:15", zone: "Europe/London",
			link: "https://meet.example/tool-swap", spoken: []string{"en"},
		},
	},
	{
		key: "visit", node: "casa_semilla", ago: 4*day - 6*time.Hour, lang: "es",
		text: "Visitamos la radio del barrio para ver cómo graban entrevistas con tres micrófonos prestados y mucha paciencia.",
		meeting: &meeting{
			name: "Visita a la cabina de Radio Acequia", in: 20, start: "11:00", end: "13:00", zone: "America/Mexico_City",
			place: "Radio Acequia, calle del Molino 8", spoken: []string{"es"},
		},
	},
	{
		key: "convening", node: "hub", ago: 3*day - 1*time.Hour, lang: "en",
		text: "Two days, three rooms, one open space. Propose a session: what did you try, what broke, what would you do again? You need not be an expert. You need a question and an hour.",
		meeting: &meeting{
			name: "Winter convening", in: 60, start: "10:00", end: "17:00", zone: "America/New_York",
			place: "Stretch Street Hall, Eastgate", link: "https://meet.example/winter-convening", spoken: []string{"en", "es"},
		},
	},
	{
		key: "beans_evening", node: "open_ledger", ago: 2*day - 3*time.Hour, lang: "en",
		text: "Bring your group’s last bank statement, or borrow ours. By the end of the evening you have drawn it in beans and can say where the money went.",
		meeting: &meeting{
			name: "Your budget in beans", in: 14, start: "18:30", end: "20:00", zone: "America/New_York",
			place: "Upper room, North Pier", spoken: []string{"en"},
		},
	},
	{
		key: "flood", node: "casa_semilla", ago: 1 * day, cancels: "visit",
	},
}
