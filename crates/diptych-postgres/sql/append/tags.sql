SELECT id, name FROM {schema}.diptych_tags WHERE name = ANY ($1)
