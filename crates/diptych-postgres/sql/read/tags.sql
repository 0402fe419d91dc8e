SELECT id, name FROM {schema}.diptych_tags WHERE id = ANY ($1)
