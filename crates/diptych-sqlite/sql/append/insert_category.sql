INSERT INTO diptych_categories (name) VALUES (?1)
