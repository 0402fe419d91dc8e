SELECT position
FROM diptych_event_tags
WHERE tag = ?4 AND type = ?5 AND position < ?1 AND position <= ?2
ORDER BY position DESC
LIMIT ?3
