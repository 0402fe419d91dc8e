SELECT position, stream, revision, type, schema_version, recorded_at, event_id, correlation_id, causation_id, actor, tags, payload
FROM {schema}.diptych_events
WHERE position = ANY ($1)
