WITH gone AS (DELETE FROM {schema}.diptych_peers WHERE id = $1)
UPDATE {schema}.diptych_leases
SET held_until = '-infinity'
WHERE peer = $1
