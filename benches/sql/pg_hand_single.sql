INSERT INTO events
    (position, stream, revision, type, schema_version, recorded_at, event_id, correlation_id, causation_id, tags, payload)
VALUES (nextval('positions'), $1, $2, $3, 1, $4, $5, $6, $7, '{}', $8)
