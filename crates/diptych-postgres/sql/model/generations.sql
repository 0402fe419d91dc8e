SELECT generations.generation, generations.version, generations.created_at, generations.position,
    coalesce(models.live = generations.generation, false)
FROM {schema}.diptych_generations AS generations
LEFT JOIN {schema}.diptych_models AS models ON models.projection = generations.projection
WHERE generations.projection = $1
ORDER BY generations.generation
