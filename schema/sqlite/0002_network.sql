-- +goose Up
-- Networks: what a hub keeps and what its members know of it. Audiences per
-- field of a profile, cards, mentoring, messages.

-- Every field of a profile and every skill has its own audience. What is not in
-- fields has the default of node.DefaultAudience.
ALTER TABLE people ADD COLUMN pronouns TEXT NOT NULL DEFAULT '';
ALTER TABLE people ADD COLUMN place TEXT NOT NULL DEFAULT ''; -- city-level
ALTER TABLE people ADD COLUMN fields TEXT NOT NULL DEFAULT '{}'; -- JSON: field -> audience
ALTER TABLE people ADD COLUMN unlisted BIGINT NOT NULL DEFAULT 0;
-- The actor that members of our networks see; '' while not shown to the networks.
ALTER TABLE people ADD COLUMN network_actor_id TEXT NOT NULL DEFAULT '';
ALTER TABLE people ADD COLUMN network_by TEXT NOT NULL DEFAULT ''; -- '', 'self' or 'command'
ALTER TABLE person_skills ADD COLUMN audience TEXT NOT NULL DEFAULT 'networks';

-- 'public', or 'networks' for the actors that only signed members may fetch.
ALTER TABLE local_actors ADD COLUMN audience TEXT NOT NULL DEFAULT 'public';

-- 'home' is the organization that runs this node, 'guest' one that its hub hosts.
ALTER TABLE organizations ADD COLUMN kind TEXT NOT NULL DEFAULT 'home';
ALTER TABLE organizations ADD COLUMN contact TEXT NOT NULL DEFAULT ''; -- shown to the hub and its members

-- The networks that we host, are in, were in or asked to join.
CREATE TABLE networks (
  id             TEXT PRIMARY KEY, -- ours; also the id of the Group actor where hosted
  uri            TEXT NOT NULL UNIQUE, -- the hub's Group actor
  hosted         BIGINT NOT NULL,
  username       TEXT NOT NULL,
  host           TEXT NOT NULL,
  name           TEXT NOT NULL,
  purpose        TEXT NOT NULL, -- text by language
  conduct        TEXT NOT NULL, -- text by language
  languages      TEXT NOT NULL,
  contact        TEXT NOT NULL,
  page           TEXT NOT NULL,
  inbox          TEXT NOT NULL,
  members_uri    TEXT NOT NULL,
  node_uri       TEXT NOT NULL, -- the hub's Application
  hub_key        TEXT NOT NULL, -- Multikey that signs the roster, pinned at joining
  fingerprint    TEXT NOT NULL, -- of the hub's Application key
  state          TEXT NOT NULL,
  join_uri       TEXT NOT NULL, -- our Join
  roster_version BIGINT NOT NULL,
  roster_digest  TEXT NOT NULL,
  etag           TEXT NOT NULL,
  fetched_at     BIGINT NOT NULL, -- last time the hub confirmed the roster
  failing_since  BIGINT NOT NULL,
  gone_at        BIGINT NOT NULL, -- the hub answered 410
  differs_at     BIGINT NOT NULL, -- a member was told another roster of the same version
  successor      TEXT NOT NULL, -- organization named to go on, by its URI
  reason         TEXT NOT NULL, -- why we were refused, in the hub's words
  created_at     BIGINT NOT NULL,
  updated_at     BIGINT NOT NULL,
  version        BIGINT NOT NULL
);

-- Other ids of a network: of the hub that it had before.
CREATE TABLE network_aliases (
  uri        TEXT PRIMARY KEY, -- Group actor, or its members collection
  network_id TEXT NOT NULL REFERENCES networks (id) ON DELETE CASCADE
);

-- The roster: on a hub the truth, elsewhere the last confirmed copy.
CREATE TABLE network_members (
  id               TEXT PRIMARY KEY,
  network_id       TEXT NOT NULL REFERENCES networks (id) ON DELETE CASCADE,
  uri              TEXT NOT NULL, -- the Relationship on the hub's origin
  organization_uri TEXT NOT NULL,
  node_uri         TEXT NOT NULL,
  origin           TEXT NOT NULL, -- of the organization and its node
  inbox            TEXT NOT NULL, -- shared inbox of the node
  handle           TEXT NOT NULL,
  name             TEXT NOT NULL,
  summary          TEXT NOT NULL, -- sanitized HTML
  place            TEXT NOT NULL,
  languages        TEXT NOT NULL,
  page             TEXT NOT NULL,
  contact          TEXT NOT NULL,
  kind             TEXT NOT NULL, -- member or guest
  status           TEXT NOT NULL,
  role             TEXT NOT NULL,
  fingerprint      TEXT NOT NULL,
  since            BIGINT NOT NULL,
  updated_at       BIGINT NOT NULL,
  claim            BIGINT NOT NULL, -- the organization says itself that it is a member
  claim_at         BIGINT NOT NULL, -- when it was last asked
  caught_up_at     BIGINT NOT NULL, -- what it sent up to then is here
  join_uri         TEXT NOT NULL, -- its Join
  why              TEXT NOT NULL, -- what it wrote when it applied
  reason           TEXT NOT NULL, -- why it was refused: words, or a message key
  code_id          TEXT NOT NULL, -- the code it came with
  expel_by         TEXT NOT NULL, -- the first of two coordinators who decided
  expel_at         BIGINT NOT NULL,
  ticks            TEXT NOT NULL, -- JSON: what of the test card and the test announcement went through
  UNIQUE (network_id, organization_uri)
);
CREATE INDEX network_members_by_organization ON network_members (organization_uri, status);
CREATE INDEX network_members_by_origin ON network_members (origin, status);

-- What changed in a roster, for every member to read; it only grows.
CREATE TABLE roster_changes (
  network_id       TEXT NOT NULL REFERENCES networks (id) ON DELETE CASCADE,
  version          BIGINT NOT NULL,
  organization_uri TEXT NOT NULL,
  name             TEXT NOT NULL,
  status           TEXT NOT NULL,
  role             TEXT NOT NULL,
  by_name          TEXT NOT NULL, -- who decided, as the hub tells it
  at               BIGINT NOT NULL,
  PRIMARY KEY (network_id, version, organization_uri)
);

-- The last roster as it was signed: what a successor goes on from.
CREATE TABLE rosters (
  network_id TEXT NOT NULL REFERENCES networks (id) ON DELETE CASCADE,
  version    BIGINT NOT NULL,
  raw        BLOB NOT NULL,
  at         BIGINT NOT NULL,
  PRIMARY KEY (network_id, version)
);

-- Codes that a coordinator gave out. Stored hashed.
CREATE TABLE hub_codes (
  id         TEXT PRIMARY KEY,
  network_id TEXT NOT NULL REFERENCES networks (id) ON DELETE CASCADE,
  code_hash  TEXT NOT NULL UNIQUE,
  made_by    TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_by    TEXT NOT NULL, -- organization_uri
  used_at    BIGINT NOT NULL
);

-- A network's own skill tags, and what it says about built-in ones.
CREATE TABLE network_tags (
  network_id TEXT NOT NULL REFERENCES networks (id) ON DELETE CASCADE,
  code       TEXT NOT NULL,
  labels     TEXT NOT NULL, -- JSON by language
  synonyms   TEXT NOT NULL, -- JSON: language -> list
  into_code  TEXT NOT NULL, -- merged into this one; '' if it stands
  retired_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (network_id, code)
);

-- Organizations asked to go on with a network whose hub is gone.
CREATE TABLE succession_offers (
  network_id       TEXT NOT NULL REFERENCES networks (id) ON DELETE CASCADE,
  uri              TEXT NOT NULL, -- the new Group actor
  organization_uri TEXT NOT NULL,
  named            BIGINT NOT NULL, -- the last signed roster names it
  at               BIGINT NOT NULL,
  PRIMARY KEY (network_id, uri)
);

-- People of other organizations who agreed to be found: one card per person and network.
CREATE TABLE cards (
  id               TEXT PRIMARY KEY,
  network_id       TEXT NOT NULL REFERENCES networks (id) ON DELETE CASCADE,
  actor_uri        TEXT NOT NULL,
  actor_id         TEXT NOT NULL, -- of remote_actors
  organization_uri TEXT NOT NULL,
  name             TEXT NOT NULL,
  role_title       TEXT NOT NULL,
  bio              TEXT NOT NULL, -- sanitized HTML
  languages        TEXT NOT NULL,
  place            TEXT NOT NULL,
  version          BIGINT NOT NULL,
  expires_at       BIGINT NOT NULL,
  updated_at       BIGINT NOT NULL, -- as its node says
  received_at      BIGINT NOT NULL,
  source_id        BIGINT NOT NULL,
  UNIQUE (network_id, actor_uri)
);
CREATE INDEX cards_by_organization ON cards (organization_uri);
CREATE INDEX cards_by_expiry ON cards (expires_at);

CREATE TABLE card_skills (
  card_id    TEXT NOT NULL REFERENCES cards (id) ON DELETE CASCADE,
  position   BIGINT NOT NULL,
  tag        TEXT NOT NULL,
  term_set   TEXT NOT NULL,
  name       TEXT NOT NULL, -- as its node wrote it
  stance     TEXT NOT NULL,
  level      BIGINT NOT NULL,
  can_mentor BIGINT NOT NULL,
  PRIMARY KEY (card_id, position)
) WITHOUT ROWID;

-- Cards that were withdrawn: a late older version stays away.
CREATE TABLE card_tombstones (
  network_id TEXT NOT NULL REFERENCES networks (id) ON DELETE CASCADE,
  actor_uri  TEXT NOT NULL,
  version    BIGINT NOT NULL,
  at         BIGINT NOT NULL, -- when its node says that it was withdrawn
  PRIMARY KEY (network_id, actor_uri)
) WITHOUT ROWID;

-- Whom the search for people can find: our people and cards, one row each.
CREATE TABLE search_entries (
  id           INTEGER PRIMARY KEY,
  ref          TEXT NOT NULL UNIQUE, -- of people or cards
  who          TEXT NOT NULL, -- the same for all cards of one person
  audience     TEXT NOT NULL, -- who may open the profile; '' nobody
  network_id   TEXT NOT NULL, -- of a card; '' for our people
  organization TEXT NOT NULL, -- its URI; for our people its id
  ends_at      BIGINT NOT NULL
);
CREATE INDEX search_entries_by_who ON search_entries (who);

-- Their skills, best first. seq grows with age, so that the freshest come first.
CREATE TABLE search_skills (
  tag        TEXT NOT NULL,
  rank       BIGINT NOT NULL, -- stance, then level
  seq        BIGINT NOT NULL,
  entry      BIGINT NOT NULL REFERENCES search_entries (id) ON DELETE CASCADE,
  audience   TEXT NOT NULL, -- '' as the entry
  can_mentor BIGINT NOT NULL,
  PRIMARY KEY (tag, rank, seq, entry)
) WITHOUT ROWID;
CREATE INDEX search_skills_by_entry ON search_skills (entry);

-- The words of their names, roles and places, folded, and what lists are
-- narrowed by: "lang:es", "mentor:", "org:…", "all:".
CREATE TABLE search_words (
  word     TEXT NOT NULL,
  seq      BIGINT NOT NULL,
  entry    BIGINT NOT NULL REFERENCES search_entries (id) ON DELETE CASCADE,
  audience TEXT NOT NULL, -- '' as the entry
  PRIMARY KEY (word, seq, entry, audience)
) WITHOUT ROWID;
CREATE INDEX search_words_by_entry ON search_words (entry);

-- What was published of our own people, per network.
CREATE TABLE published_cards (
  person_id    TEXT NOT NULL,
  network_id   TEXT NOT NULL REFERENCES networks (id) ON DELETE CASCADE,
  actor_id     TEXT NOT NULL, -- the network actor it was published under
  version      BIGINT NOT NULL,
  digest       TEXT NOT NULL, -- of what it said
  activity     TEXT NOT NULL, -- the last announcement: its receipts
  published_at BIGINT NOT NULL,
  expires_at   BIGINT NOT NULL,
  withdrawn_at BIGINT NOT NULL,
  PRIMARY KEY (person_id, network_id, actor_id)
);
CREATE INDEX published_cards_by_expiry ON published_cards (expires_at) WHERE withdrawn_at = 0;

-- Mentoring offers, ours and received.
CREATE TABLE mentor_offers (
  id         TEXT PRIMARY KEY,
  uri        TEXT NOT NULL UNIQUE,
  local      BIGINT NOT NULL,
  person_id  TEXT NOT NULL, -- ours; '' on received ones
  actor_uri  TEXT NOT NULL,
  audience   TEXT NOT NULL,
  topics     TEXT NOT NULL, -- comma-separated skill codes
  languages  TEXT NOT NULL,
  format     TEXT NOT NULL,
  weeks      BIGINT NOT NULL,
  capacity   BIGINT NOT NULL,
  note       TEXT NOT NULL, -- text by language
  paused     BIGINT NOT NULL,
  full       BIGINT NOT NULL, -- received ones: as its node says
  expires_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version    BIGINT NOT NULL,
  source_id  BIGINT NOT NULL
);
CREATE INDEX mentor_offers_by_person ON mentor_offers (person_id) WHERE local = 1;
CREATE INDEX mentor_offers_by_actor ON mentor_offers (actor_uri);

-- Requests and what became of them. Private to the two (audience group:<id>).
CREATE TABLE mentor_requests (
  id          TEXT PRIMARY KEY,
  uri         TEXT NOT NULL UNIQUE, -- the Offer{Agreement}
  offer_uri   TEXT NOT NULL,
  topic       TEXT NOT NULL,
  mentor_id   TEXT NOT NULL, -- our person; '' if the mentor is elsewhere
  mentor_uri  TEXT NOT NULL,
  learner_id  TEXT NOT NULL, -- our person; '' if the learner is elsewhere
  learner_uri TEXT NOT NULL,
  need        TEXT NOT NULL,
  time        TEXT NOT NULL, -- what time is wanted, in words
  lang        TEXT NOT NULL,
  state       TEXT NOT NULL,
  reason      TEXT NOT NULL, -- a kind word, or who was suggested instead
  created_at  BIGINT NOT NULL,
  updated_at  BIGINT NOT NULL,
  nudged_at   BIGINT NOT NULL,
  version     BIGINT NOT NULL,
  source_id   BIGINT NOT NULL
);
CREATE INDEX mentor_requests_by_mentor ON mentor_requests (mentor_id, state) WHERE mentor_id <> '';
CREATE INDEX mentor_requests_by_learner ON mentor_requests (learner_id, state) WHERE learner_id <> '';
CREATE INDEX mentor_requests_by_offer ON mentor_requests (offer_uri, state);
CREATE INDEX mentor_requests_open ON mentor_requests (state, created_at);

-- Messages by relay between two people, one of ours at least. No address is in them.
CREATE TABLE messages (
  id         TEXT PRIMARY KEY,
  uri        TEXT NOT NULL UNIQUE,
  thread_id  TEXT NOT NULL, -- of the pair; also the request that it belongs to
  from_id    TEXT NOT NULL, -- our person, or ''
  from_uri   TEXT NOT NULL,
  to_id      TEXT NOT NULL, -- our person, or ''
  to_uri     TEXT NOT NULL,
  body       TEXT NOT NULL, -- plain text
  lang       TEXT NOT NULL,
  sent_at    BIGINT NOT NULL,
  read_at    BIGINT NOT NULL,
  source_id  BIGINT NOT NULL
);
CREATE INDEX messages_by_thread ON messages (thread_id, sent_at, id);
CREATE INDEX messages_by_to ON messages (to_id, sent_at) WHERE to_id <> '';
CREATE INDEX messages_by_from ON messages (from_id, sent_at) WHERE from_id <> '';

-- Whom a person does not want to hear from: an actor, or everyone of an organization. They cannot tell.
CREATE TABLE person_blocks (
  person_id  TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
  uri        TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (person_id, uri)
);

-- What people decided that others have to be able to look up: wider audiences,
-- admissions, expulsions. It only grows.
CREATE TABLE audit (
  id     TEXT PRIMARY KEY,
  about  TEXT NOT NULL, -- person, organization or network, by id
  by_id  TEXT NOT NULL, -- who did it; '' is the operator
  what   TEXT NOT NULL, -- a message key
  detail TEXT NOT NULL, -- JSON of its arguments
  at     BIGINT NOT NULL
);
CREATE INDEX audit_by_about ON audit (about, at);

CREATE INDEX items_by_network ON items (audience, published_at, id) WHERE local = 1 AND audience <> 'public';
CREATE INDEX activities_by_audience ON activities (audience, at, id) WHERE audience <> 'public';

-- The number of a row that is gone is never given again: a job that is handed out
-- a second time while it ends must not take a new one's row, or its document, away.
CREATE TABLE numbered_jobs (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  kind     TEXT NOT NULL,
  lane     TEXT NOT NULL,
  payload  BLOB NOT NULL,
  run_at   BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  state    TEXT NOT NULL, -- 'waiting' or 'failed'
  error    TEXT NOT NULL
);
INSERT INTO numbered_jobs SELECT id, kind, lane, payload, run_at, attempts, state, error FROM jobs;
DROP TABLE jobs;
ALTER TABLE numbered_jobs RENAME TO jobs;
CREATE INDEX jobs_due ON jobs (kind, run_at, id) WHERE state = 'waiting';

CREATE TABLE numbered_sources (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  uri         TEXT NOT NULL,
  raw         BLOB NOT NULL,
  signer_key  TEXT NOT NULL,
  scheme      TEXT NOT NULL,
  actor_uri   TEXT NOT NULL,
  received_at BIGINT NOT NULL
);
INSERT INTO numbered_sources SELECT id, uri, raw, signer_key, scheme, actor_uri, received_at FROM sources;
DROP TABLE sources;
ALTER TABLE numbered_sources RENAME TO sources;

CREATE TABLE numbered_outbox (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  activity TEXT NOT NULL UNIQUE,
  verb     TEXT NOT NULL,
  kind     TEXT NOT NULL,
  object   TEXT NOT NULL,
  actor    TEXT NOT NULL,
  audience TEXT NOT NULL,
  target   TEXT NOT NULL,
  ref      TEXT NOT NULL,
  at       BIGINT NOT NULL
);
INSERT INTO numbered_outbox SELECT id, activity, verb, kind, object, actor, audience, target, ref, at FROM outbox;
DROP TABLE outbox;
ALTER TABLE numbered_outbox RENAME TO outbox;
