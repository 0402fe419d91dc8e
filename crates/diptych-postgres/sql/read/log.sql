SELECT position, stream, revision, type, schema_version, recorded_at, event_id, correlation_id, causation_id, actor, tags, payload
FROM {schema}.diptych_events
WHERE position > $1 AND position <= $2
ORDER BY position {order}
LIMIT $3
