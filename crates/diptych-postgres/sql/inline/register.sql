INSERT INTO {schema}.diptych_inline (name, version, caught_up, objects) VALUES ($1, $2, 0, $3)
