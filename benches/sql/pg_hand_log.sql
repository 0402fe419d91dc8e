CREATE TABLE streams (id BIGINT PRIMARY KEY, name TEXT COLLATE "C" NOT NULL UNIQUE);
CREATE SEQUENCE positions;
CREATE TABLE events (
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
CREATE UNIQUE INDEX events_by_stream ON events (stream, position) INCLUDE (revision);
