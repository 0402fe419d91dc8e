SELECT position, stream, revision, type, schema_version, recorded_at, event_id, correlation_id, causation_id, actor, tags, payload
FROM diptych_events INDEXED BY diptych_events_by_stream
WHERE stream = ?4 AND position < ?1 AND position <= ?2
ORDER BY position DESC
LIMIT ?3
