SELECT id, name FROM {schema}.diptych_types WHERE id = ANY ($1)
