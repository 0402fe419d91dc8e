UPDATE {schema}.diptych_inline SET caught_up = $2 WHERE name = ANY ($1)
