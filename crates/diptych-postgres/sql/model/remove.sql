DELETE FROM {schema}.diptych_generations WHERE projection = $1 AND generation = $2
