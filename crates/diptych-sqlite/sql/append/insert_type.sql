INSERT INTO diptych_types (name) VALUES (?1)
