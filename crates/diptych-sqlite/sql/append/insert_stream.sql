INSERT INTO diptych_streams (category, name) VALUES (?1, ?2)
