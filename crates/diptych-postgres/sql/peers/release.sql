UPDATE {schema}.diptych_leases
SET held_until = '-infinity'
WHERE peer = $1 AND projection = ANY ($2)
