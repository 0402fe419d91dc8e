SELECT id FROM diptych_tags WHERE name = ?1
