INSERT INTO diptych_events
    (position, stream, revision, type, schema_version, recorded_at, event_id, correlation_id, causation_id, actor, tags, payload)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
