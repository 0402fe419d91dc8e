SELECT id FROM diptych_types WHERE name = ?1
