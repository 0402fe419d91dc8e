SELECT name FROM diptych_tags WHERE id = ?1
