SELECT name, version, caught_up FROM {schema}.diptych_inline WHERE name = ANY ($1)
