UPDATE {schema}.diptych_generations
SET position = greatest(position, $3)
WHERE projection = $1 AND generation = $2 AND epoch = $4
