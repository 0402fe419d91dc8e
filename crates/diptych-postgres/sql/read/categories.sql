SELECT id, name FROM {schema}.diptych_categories WHERE id = ANY ($1)
