SELECT name FROM diptych_types WHERE id = ?1
