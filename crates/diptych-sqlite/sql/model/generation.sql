SELECT version, created_at, position FROM diptych_generation WHERE id = 1
