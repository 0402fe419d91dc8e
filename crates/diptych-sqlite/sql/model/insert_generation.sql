INSERT INTO diptych_generation (id, projection, version, created_at, position, epoch, owner)
VALUES (1, ?1, ?2, ?3, 0, 0, '')
