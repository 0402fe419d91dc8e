UPDATE {schema}.diptych_generations
SET epoch = epoch + 1, owner = $3
WHERE projection = $1 AND generation = $2
RETURNING position, epoch
