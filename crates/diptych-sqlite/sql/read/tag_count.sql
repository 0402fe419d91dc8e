SELECT count(*)
FROM (
    SELECT 1
    FROM diptych_event_tags
    WHERE tag = ?3 AND type = ?4 AND position > ?1 AND position < ?2
    LIMIT ?5
)
