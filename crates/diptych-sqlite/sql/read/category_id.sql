SELECT id FROM diptych_categories WHERE name = ?1
