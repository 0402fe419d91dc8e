INSERT INTO {schema}.diptych_parked (projection, generation, position, parked)
SELECT $1, $2, given.position, given.parked
FROM unnest($3::bigint[], $4::text[]) AS given (position, parked)
ON CONFLICT (projection, generation, position) DO UPDATE SET parked = excluded.parked
