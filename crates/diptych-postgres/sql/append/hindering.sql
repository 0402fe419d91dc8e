-- For each wanted scope the first event in it after a place. One of the three parts applies to a scope: by its stream, by
-- the rarest of its tags, or by going through what came after. Held equal to Scope::holds by a property test.
SELECT wanted.nth, found.position
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[])
    AS wanted (nth, after, stream, category, tags, types)
CROSS JOIN LATERAL (
    (
        SELECT events.position
        FROM {schema}.diptych_events AS events
        JOIN {schema}.diptych_streams AS streams ON streams.id = events.stream
        WHERE wanted.stream IS NOT NULL
            AND events.stream = wanted.stream
            AND events.position > wanted.after
            AND events.tags @> wanted.tags::bigint[]
            AND (wanted.types IS NULL OR events.type = ANY (wanted.types::bigint[]))
            AND (wanted.category IS NULL OR streams.category = wanted.category)
        ORDER BY events.position
        LIMIT 1
    )
    UNION ALL
    (
        SELECT hit.position
        FROM (
            SELECT tags.tag
            FROM unnest(wanted.tags::bigint[]) AS tags (tag)
            CROSS JOIN LATERAL (
                SELECT count(*) AS seen
                FROM (
                    SELECT 1
                    FROM {schema}.diptych_event_tags AS counted
                    WHERE counted.tag = tags.tag
                        AND (wanted.types IS NULL OR counted.type = ANY (wanted.types::bigint[]))
                    LIMIT CASE WHEN cardinality(wanted.tags::bigint[]) > 1 THEN 1000 ELSE 0 END
                ) AS bounded
            ) AS often
            WHERE wanted.stream IS NULL
            ORDER BY often.seen
            LIMIT 1
        ) AS rarest
        CROSS JOIN unnest(coalesce(wanted.types::bigint[], ARRAY(SELECT id FROM {schema}.diptych_types)))
            AS of_type (id)
        CROSS JOIN LATERAL (
            SELECT driving.position
            FROM {schema}.diptych_event_tags AS driving
            JOIN {schema}.diptych_events AS events ON events.position = driving.position
            JOIN {schema}.diptych_streams AS streams ON streams.id = events.stream
            WHERE driving.tag = rarest.tag
                AND driving.type = of_type.id
                AND driving.position > wanted.after
                AND events.tags @> wanted.tags::bigint[]
                AND (wanted.category IS NULL OR streams.category = wanted.category)
            ORDER BY driving.position
            LIMIT 1
        ) AS hit
        LIMIT 1
    )
    UNION ALL
    (
        SELECT events.position
        FROM {schema}.diptych_events AS events
        JOIN {schema}.diptych_streams AS streams ON streams.id = events.stream
        WHERE wanted.stream IS NULL
            AND wanted.tags = '{}'
            AND events.position > wanted.after
            AND (wanted.types IS NULL OR events.type = ANY (wanted.types::bigint[]))
            AND (wanted.category IS NULL OR streams.category = wanted.category)
        ORDER BY events.position
        LIMIT 1
    )
) AS found
