SELECT position
FROM diptych_events INDEXED BY diptych_events_by_stream
WHERE stream = ?4 AND position < ?1 AND position <= ?2
ORDER BY position DESC
LIMIT ?3
