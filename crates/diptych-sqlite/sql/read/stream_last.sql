SELECT revision, position
FROM diptych_events INDEXED BY diptych_events_by_stream
WHERE stream = ?1
ORDER BY position DESC
LIMIT 1
