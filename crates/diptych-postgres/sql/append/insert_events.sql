INSERT INTO {schema}.diptych_events
    (position, stream, revision, type, schema_version, recorded_at, event_id, correlation_id, causation_id, actor, tags, payload)
SELECT
    position, stream, revision, type, schema_version, recorded_at, event_id, correlation_id, causation_id, actor,
    tags::bigint[], payload
FROM unnest(
    $1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::uuid[], $8::text[], $9::text[],
    $10::text[], $11::text[], $12::bytea[]
) AS given
    (position, stream, revision, type, schema_version, recorded_at, event_id, correlation_id, causation_id, actor, tags, payload)
