INSERT INTO diptych_tags (name) VALUES (?1)
