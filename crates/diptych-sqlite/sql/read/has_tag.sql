SELECT 1 FROM diptych_event_tags WHERE tag = ?1 AND type = ?2 AND position = ?3
