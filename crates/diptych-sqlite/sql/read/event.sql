SELECT position, stream, revision, type, schema_version, recorded_at, event_id, correlation_id, causation_id, actor, tags, payload
FROM diptych_events
WHERE position = ?1
