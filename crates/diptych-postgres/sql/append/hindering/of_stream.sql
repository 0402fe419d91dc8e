-- For each wanted scope of one stream the first event in it after a place. Held equal to Scope::holds by a property test.
SELECT wanted.nth, found.position
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[])
    AS wanted (nth, after, stream, category, tags, types)
CROSS JOIN LATERAL (
    SELECT events.position
    FROM {schema}.diptych_events AS events
    JOIN {schema}.diptych_streams AS streams ON streams.id = events.stream
    WHERE events.stream = wanted.stream
        AND events.position > wanted.after
        AND events.tags @> wanted.tags::bigint[]
        AND (wanted.types IS NULL OR events.type = ANY (wanted.types::bigint[]))
        AND (wanted.category IS NULL OR streams.category = wanted.category)
    ORDER BY events.position
    LIMIT 1
) AS found
