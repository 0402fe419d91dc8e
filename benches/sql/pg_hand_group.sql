INSERT INTO events
    (position, stream, revision, type, schema_version, recorded_at, event_id, correlation_id, causation_id, tags, payload)
SELECT position, stream, revision, type, 1, recorded_at, event_id, correlation_id, causation_id, '{}', payload
FROM unnest(
    $1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::uuid[], $7::text[], $8::text[], $9::bytea[]
) AS given (position, stream, revision, type, recorded_at, event_id, correlation_id, causation_id, payload)
