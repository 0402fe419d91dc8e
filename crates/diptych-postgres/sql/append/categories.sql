SELECT id, name FROM {schema}.diptych_categories WHERE name = ANY ($1)
