UPDATE {schema}.diptych_leases
SET asked_by = $1, asked_until = clock_timestamp() + $3 * interval '1 millisecond'
WHERE projection = $2
