INSERT OR IGNORE INTO diptych_event_tags (tag, type, position) VALUES (?1, ?2, ?3)
