INSERT INTO {schema}.diptych_generations (projection, generation, version, created_at, position, epoch, owner)
VALUES ($1, $2, $3, $4, 0, 0, '')
