SELECT id, name FROM {schema}.diptych_types WHERE name = ANY ($1)
