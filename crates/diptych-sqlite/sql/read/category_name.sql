SELECT name FROM diptych_categories WHERE id = ?1
