INSERT INTO {schema}.diptych_notes (correlation_id, category, target, revision, position, key, fingerprint, at)
SELECT * FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::text[], $7::bytea[], $8::bigint[]
)
