SELECT parked FROM {schema}.diptych_parked WHERE projection = $1 AND generation = $2 ORDER BY position
