SELECT version, caught_up, objects FROM {schema}.diptych_inline WHERE name = $1
