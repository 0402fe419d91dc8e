-- The log. Names begin with diptych_, since the tables of inline projections stand beside them.

-- Dictionaries: an index over small numbers that grow with time costs a fraction of one over random texts. Their numbers
-- are given by whoever holds the lock of appends, so there are no sequences.
CREATE TABLE {schema}.diptych_categories (id BIGINT PRIMARY KEY, name TEXT COLLATE "C" NOT NULL UNIQUE);
CREATE TABLE {schema}.diptych_types (id BIGINT PRIMARY KEY, name TEXT COLLATE "C" NOT NULL UNIQUE);
CREATE TABLE {schema}.diptych_tags (id BIGINT PRIMARY KEY, name TEXT COLLATE "C" NOT NULL UNIQUE);
CREATE TABLE {schema}.diptych_streams (
    id BIGINT PRIMARY KEY,
    category BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    UNIQUE (category, name)
);

-- `tags` holds the ids of the tags in the order given. Payloads are bytes: jsonb refuses U+0000 and costs more.
CREATE TABLE {schema}.diptych_events (
    position BIGINT PRIMARY KEY,
    stream BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    type BIGINT NOT NULL,
    schema_version BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    event_id UUID NOT NULL,
    correlation_id TEXT NOT NULL,
    causation_id TEXT NOT NULL,
    actor TEXT,
    tags BIGINT[] NOT NULL,
    payload BYTEA NOT NULL
);

-- In the order of revisions too. It serves the last revision, a boundary after a position, and paging. Unique, so that
-- a fault of ours could not put two events into one place.
CREATE UNIQUE INDEX diptych_events_by_stream ON {schema}.diptych_events (stream, position) INCLUDE (revision);

CREATE TABLE {schema}.diptych_event_tags (
    tag BIGINT NOT NULL,
    type BIGINT NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (tag, type, position)
);

-- What is remembered of commands: one with an idempotency key, or one that recorded nothing.
CREATE TABLE {schema}.diptych_notes (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    correlation_id TEXT COLLATE "C" NOT NULL,
    category TEXT NOT NULL,
    target TEXT NOT NULL,
    revision BIGINT,
    position BIGINT NOT NULL,
    key TEXT COLLATE "C",
    fingerprint BYTEA,
    at BIGINT NOT NULL
);
CREATE UNIQUE INDEX diptych_notes_by_key ON {schema}.diptych_notes (key) WHERE key IS NOT NULL;
CREATE INDEX diptych_notes_by_correlation ON {schema}.diptych_notes (correlation_id, id);
CREATE INDEX diptych_notes_by_age ON {schema}.diptych_notes (at);

-- Inline projections that were ever mounted. `caught_up` is the position up to which the tables are filled; `objects`
-- names what the schema made, one a line.
CREATE TABLE {schema}.diptych_inline (
    name TEXT PRIMARY KEY,
    version BIGINT NOT NULL,
    caught_up BIGINT NOT NULL,
    objects TEXT NOT NULL
);

-- Read models. A generation is a schema of its own; its checkpoint stands here and moves in the transaction of its rows.
CREATE TABLE {schema}.diptych_models (projection TEXT PRIMARY KEY, live BIGINT, newest BIGINT NOT NULL);
CREATE TABLE {schema}.diptych_generations (
    projection TEXT NOT NULL,
    generation BIGINT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    position BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    owner TEXT NOT NULL,
    PRIMARY KEY (projection, generation)
) WITH (fillfactor = 50);

-- The keys of persons, wrapped by the master key. A key that is null was destroyed.
CREATE TABLE {schema}.diptych_keys (subject TEXT COLLATE "C" PRIMARY KEY, key BYTEA);
-- Tells whether the master key given is the one that wrapped the others.
CREATE TABLE {schema}.diptych_master (id BIGINT PRIMARY KEY CHECK (id = 1), sealed BYTEA NOT NULL);

-- The newest saved fold of each scope and state. Disposable.
CREATE TABLE {schema}.diptych_snapshots (
    key TEXT COLLATE "C" PRIMARY KEY,
    position BIGINT NOT NULL,
    folded BIGINT NOT NULL,
    version BIGINT NOT NULL,
    state BYTEA NOT NULL
);
