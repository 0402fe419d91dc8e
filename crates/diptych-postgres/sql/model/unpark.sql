DELETE FROM {schema}.diptych_parked WHERE projection = $1 AND generation = $2 AND position = $3
