-- +goose Up
-- Ids are UUIDv7 as text, times are UTC milliseconds, human text is JSON by
-- language ({"en":"..."}), audiences are the tokens of node.Audience.

CREATE TABLE settings (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

CREATE TABLE organizations (
  id         TEXT PRIMARY KEY,
  handle     TEXT NOT NULL UNIQUE,
  name       TEXT NOT NULL,
  summary    TEXT NOT NULL,
  languages  TEXT NOT NULL, -- comma-separated codes
  place      TEXT NOT NULL,
  website    TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version    BIGINT NOT NULL
);

CREATE TABLE people (
  id              TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations (id),
  handle          TEXT NOT NULL UNIQUE,
  name            TEXT NOT NULL,
  role_title      TEXT NOT NULL,
  bio             TEXT NOT NULL,
  email           TEXT NOT NULL,
  languages       TEXT NOT NULL,
  role            TEXT NOT NULL,
  lang            TEXT NOT NULL,
  audience        TEXT NOT NULL,
  actor_id        TEXT NOT NULL, -- '' while not followable from outside
  consent_by      TEXT NOT NULL, -- who switched followable on: '', 'self' or 'command'
  consent_at      BIGINT NOT NULL,
  created_at      BIGINT NOT NULL,
  updated_at      BIGINT NOT NULL,
  version         BIGINT NOT NULL
);
CREATE INDEX people_by_name ON people (name, id);
CREATE UNIQUE INDEX people_by_email ON people (email);

CREATE TABLE person_skills (
  person_id  TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
  tag        TEXT NOT NULL,
  stance     TEXT NOT NULL,
  level      BIGINT NOT NULL,
  can_mentor BIGINT NOT NULL,
  position   BIGINT NOT NULL,
  PRIMARY KEY (person_id, tag, stance)
);

-- Links are stored hashed: a copy of the database signs nobody in.
CREATE TABLE sign_in_links (
  token_hash TEXT PRIMARY KEY,
  person_id  TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at    BIGINT NOT NULL
);

CREATE TABLE sessions (
  id         TEXT PRIMARY KEY,
  token_hash TEXT NOT NULL UNIQUE,
  person_id  TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
  created_at BIGINT NOT NULL,
  seen_at    BIGINT NOT NULL
);

-- Our own actors. The node itself has the nil id. A person who stops being
-- followable leaves a row with gone_at, which answers 410 from then on.
CREATE TABLE local_actors (
  id          TEXT PRIMARY KEY,
  kind        TEXT NOT NULL,
  owner_id    TEXT NOT NULL,
  uri         TEXT NOT NULL UNIQUE,
  rsa_public  TEXT NOT NULL,
  rsa_private BLOB NOT NULL, -- encrypted under node.key
  ed_public   TEXT NOT NULL,
  ed_private  BLOB NOT NULL,
  created_at  BIGINT NOT NULL,
  gone_at     BIGINT NOT NULL
);

-- Documents as they came in: the truth about everything received.
CREATE TABLE sources (
  id          INTEGER PRIMARY KEY,
  uri         TEXT NOT NULL,
  raw         BLOB NOT NULL,
  signer_key  TEXT NOT NULL,
  scheme      TEXT NOT NULL,
  actor_uri   TEXT NOT NULL,
  received_at BIGINT NOT NULL
);

-- Activity ids seen: the same id twice has one effect, also after a restart (A8).
CREATE TABLE received (
  uri         TEXT PRIMARY KEY,
  source_id   BIGINT NOT NULL,
  received_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX received_by_time ON received (received_at);

-- Signatures seen within the Date window: an exact replay has no effect.
CREATE TABLE seen_signatures (
  fingerprint TEXT PRIMARY KEY,
  seen_at     BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX seen_signatures_by_time ON seen_signatures (seen_at);

CREATE TABLE remote_actors (
  id           TEXT PRIMARY KEY,
  uri          TEXT NOT NULL UNIQUE,
  type         TEXT NOT NULL,
  username     TEXT NOT NULL,
  host         TEXT NOT NULL,
  name         TEXT NOT NULL,
  summary      TEXT NOT NULL,
  page         TEXT NOT NULL,
  inbox        TEXT NOT NULL,
  shared_inbox TEXT NOT NULL,
  followers    TEXT NOT NULL,
  job_title    TEXT NOT NULL,
  languages    TEXT NOT NULL,
  skills       TEXT NOT NULL, -- JSON
  works_for    TEXT NOT NULL,
  implements   TEXT NOT NULL, -- space-separated IRIs
  gone         BIGINT NOT NULL,
  updated_at   BIGINT NOT NULL,
  fetched_at   BIGINT NOT NULL,
  source_id    BIGINT NOT NULL
);
CREATE INDEX remote_actors_by_handle ON remote_actors (host, username);
CREATE INDEX remote_actors_by_page ON remote_actors (page);

CREATE TABLE remote_keys (
  id         TEXT PRIMARY KEY,
  actor_uri  TEXT NOT NULL,
  algorithm  TEXT NOT NULL,
  public     TEXT NOT NULL,
  fetched_at BIGINT NOT NULL,
  checked_at BIGINT NOT NULL
);
CREATE INDEX remote_keys_by_actor ON remote_keys (actor_uri);

-- Posts and gatherings, ours and received. author_id is a person, an
-- organization or a remote actor.
CREATE TABLE items (
  id           TEXT PRIMARY KEY,
  uri          TEXT NOT NULL UNIQUE,
  page         TEXT NOT NULL,
  kind         TEXT NOT NULL,
  local        BIGINT NOT NULL,
  author_id    TEXT NOT NULL,
  author_kind  TEXT NOT NULL,
  author_uri   TEXT NOT NULL,
  written_by   TEXT NOT NULL,
  audience     TEXT NOT NULL,
  state        TEXT NOT NULL,
  open_at_origin BIGINT NOT NULL, -- received: was for everyone where it came from
  addressed    BIGINT NOT NULL, -- received: replies to or mentions somebody here
  in_reply_to  TEXT NOT NULL,
  lang         TEXT NOT NULL,
  title        TEXT NOT NULL,
  body         TEXT NOT NULL, -- sanitized HTML by language
  source       TEXT NOT NULL, -- Markdown by language
  summary      TEXT NOT NULL,
  published_at BIGINT NOT NULL,
  updated_at   BIGINT NOT NULL,
  version      BIGINT NOT NULL,
  shared_by    TEXT NOT NULL,
  source_id    BIGINT NOT NULL
);
CREATE INDEX items_by_time ON items (published_at, id);
CREATE INDEX items_by_author ON items (author_id, published_at, id);
CREATE INDEX items_by_author_uri ON items (author_uri) WHERE local = 0;
CREATE INDEX items_by_page ON items (page) WHERE local = 0;
CREATE INDEX items_by_parent ON items (in_reply_to, published_at, id) WHERE in_reply_to <> '';
CREATE INDEX items_public ON items (published_at, id) WHERE local = 1 AND audience = 'public';
CREATE INDEX items_held ON items (published_at, id) WHERE state = 'held';

CREATE TABLE gatherings (
  item_id        TEXT PRIMARY KEY REFERENCES items (id) ON DELETE CASCADE,
  starts_at      BIGINT NOT NULL,
  ends_at        BIGINT NOT NULL, -- 0 if open
  zone           TEXT NOT NULL,
  place          TEXT NOT NULL,
  address        TEXT NOT NULL,
  link           TEXT NOT NULL,
  languages      TEXT NOT NULL,
  status         TEXT NOT NULL,
  previous_start BIGINT NOT NULL
);
CREATE INDEX gatherings_by_start ON gatherings (starts_at, item_id);

-- What was deleted, ours (410 and Tombstone) and theirs (a late Create stays away, A9).
CREATE TABLE tombstones (
  uri        TEXT PRIMARY KEY,
  id         TEXT NOT NULL, -- '' for theirs
  kind       TEXT NOT NULL,
  actor_uri  TEXT NOT NULL, -- who deleted it
  audience   TEXT NOT NULL, -- of ours when it was deleted: whom 410 may be told
  deleted_at BIGINT NOT NULL
);

CREATE TABLE follows (
  id           TEXT PRIMARY KEY,
  out          BIGINT NOT NULL,
  local_actor  TEXT NOT NULL,
  remote_uri   TEXT NOT NULL,
  activity_uri TEXT NOT NULL,
  state        TEXT NOT NULL,
  created_at   BIGINT NOT NULL,
  updated_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX follows_by_pair ON follows (out, local_actor, remote_uri);
CREATE INDEX follows_by_remote ON follows (remote_uri, out);

-- Who reads a followed actor here: a person, or the organization for everyone.
CREATE TABLE subscriptions (
  reader_id  TEXT NOT NULL,
  remote_uri TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (reader_id, remote_uri)
);
CREATE INDEX subscriptions_by_remote ON subscriptions (remote_uri);

-- The people of a group audience: the local readers of a remote actor's
-- followers-only posts, the people that a direct post names.
CREATE TABLE group_members (
  group_id  TEXT NOT NULL,
  member_id TEXT NOT NULL,
  PRIMARY KEY (member_id, group_id)
);
CREATE INDEX group_members_by_group ON group_members (group_id);

CREATE TABLE notices (
  id        TEXT PRIMARY KEY,
  person_id TEXT NOT NULL, -- a person, or the organization for its editors
  verb      TEXT NOT NULL,
  actor_uri TEXT NOT NULL,
  item_id   TEXT NOT NULL,
  at        BIGINT NOT NULL
);
CREATE UNIQUE INDEX notices_once ON notices (person_id, verb, actor_uri, item_id);
CREATE INDEX notices_by_item ON notices (item_id);
CREATE INDEX notices_by_time ON notices (person_id, at);

-- Committed changes that wait to be announced, written in the transaction of the change.
CREATE TABLE outbox (
  id       INTEGER PRIMARY KEY,
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

-- Activities as they are sent and served.
CREATE TABLE activities (
  id       TEXT PRIMARY KEY,
  actor    TEXT NOT NULL,
  object   TEXT NOT NULL,
  verb     TEXT NOT NULL,
  kind     TEXT NOT NULL,
  audience TEXT NOT NULL,
  raw      BLOB NOT NULL,
  at       BIGINT NOT NULL
);
CREATE INDEX activities_by_object ON activities (object);
CREATE INDEX activities_public ON activities (actor, at, id) WHERE audience = 'public';

CREATE TABLE deliveries (
  id         INTEGER PRIMARY KEY,
  activity   TEXT NOT NULL,
  inbox      TEXT NOT NULL,
  host       TEXT NOT NULL,
  actor      TEXT NOT NULL,
  object_key TEXT NOT NULL,
  urgent     BIGINT NOT NULL,
  attempts   BIGINT NOT NULL,
  next_at    BIGINT NOT NULL,
  first_at   BIGINT NOT NULL,
  state      TEXT NOT NULL, -- 'waiting', 'delivered' or 'dropped'
  last_error TEXT NOT NULL,
  UNIQUE (activity, inbox)
);
CREATE INDEX deliveries_waiting ON deliveries (host, urgent DESC, id) WHERE state = 'waiting';
CREATE INDEX deliveries_by_object ON deliveries (object_key, inbox, id);

CREATE TABLE hosts (
  host       TEXT PRIMARY KEY,
  scheme     TEXT NOT NULL,
  failures   BIGINT NOT NULL,
  first_fail BIGINT NOT NULL,
  open_until BIGINT NOT NULL,
  fail_days  BIGINT NOT NULL,
  last_day   TEXT NOT NULL,
  last_ok    BIGINT NOT NULL,
  known      BIGINT NOT NULL,
  dead       BIGINT NOT NULL,
  application TEXT NOT NULL,
  ed25519    BIGINT NOT NULL,
  checked_at BIGINT NOT NULL
);

-- Work that waits. A row goes only when its work is done, so a killed process
-- does it again: at least once.
CREATE TABLE jobs (
  id       INTEGER PRIMARY KEY,
  kind     TEXT NOT NULL,
  lane     TEXT NOT NULL, -- jobs of one lane are started in order
  payload  BLOB NOT NULL,
  run_at   BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  state    TEXT NOT NULL, -- 'waiting' or 'failed'
  error    TEXT NOT NULL
);
CREATE INDEX jobs_due ON jobs (kind, run_at, id) WHERE state = 'waiting';

CREATE TABLE counters (
  name TEXT PRIMARY KEY,
  n    BIGINT NOT NULL
);
