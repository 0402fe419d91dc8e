-- The log. Names begin with diptych_, since the tables of inline projections stand beside them.

-- Dictionaries: an index over small numbers that grow with time costs a fraction of one over random texts.
CREATE TABLE diptych_categories (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE diptych_types (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
-- `name` is packed: a text that ends in a UUID is a blob that begins with its 16 bytes.
CREATE TABLE diptych_tags (id INTEGER PRIMARY KEY, name NOT NULL UNIQUE);
CREATE TABLE diptych_streams (
    id INTEGER PRIMARY KEY,
    category INTEGER NOT NULL,
    name NOT NULL,
    UNIQUE (category, name)
);

-- `tags` holds the ids of the tags in the order given, as varints. The payload stands last, so that a reader who
-- passes an event over does not touch its overflow pages. Ids of events are in no index.
CREATE TABLE diptych_events (
    position INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    type INTEGER NOT NULL,
    schema_version INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    event_id BLOB NOT NULL,
    correlation_id NOT NULL,
    causation_id NOT NULL,
    actor TEXT,
    tags BLOB NOT NULL,
    payload BLOB NOT NULL
);

-- The position is the last part of every index entry, so this one is (stream, position), which is the order of
-- revisions too: the one writer gives both. It serves the last revision, a boundary after a position, and paging.
CREATE INDEX diptych_events_by_stream ON diptych_events (stream);

CREATE TABLE diptych_event_tags (
    tag INTEGER NOT NULL,
    type INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (tag, type, position)
) WITHOUT ROWID;

-- What is remembered of commands: one with an idempotency key, or one that recorded nothing.
CREATE TABLE diptych_notes (
    id INTEGER PRIMARY KEY,
    correlation_id NOT NULL,
    category TEXT NOT NULL,
    target NOT NULL,
    revision INTEGER,
    position INTEGER NOT NULL,
    key TEXT,
    fingerprint BLOB,
    at INTEGER NOT NULL
);
CREATE UNIQUE INDEX diptych_notes_by_key ON diptych_notes (key) WHERE key IS NOT NULL;
CREATE INDEX diptych_notes_by_correlation ON diptych_notes (correlation_id);
CREATE INDEX diptych_notes_by_age ON diptych_notes (at);

-- Inline projections that were ever mounted. `caught_up` is the position up to which the tables are filled; none
-- where they are kept up with every append. `objects` names what the schema made, one a line.
CREATE TABLE diptych_inline (
    name TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    caught_up INTEGER,
    objects TEXT NOT NULL
) WITHOUT ROWID;
