-- The rarest tag drives, counted up to a bound; per type it gives places in order, and the events say whether the rest holds.
WITH rarest AS (
    SELECT tags.tag
    FROM unnest($5::bigint[]) AS tags (tag)
    CROSS JOIN LATERAL (
        SELECT count(*) AS seen
        FROM (
            SELECT 1
            FROM {schema}.diptych_event_tags AS counted
            WHERE counted.tag = tags.tag AND ($6::bigint[] IS NULL OR counted.type = ANY ($6))
            LIMIT CASE WHEN cardinality($5::bigint[]) > 1 THEN 1000 ELSE 0 END
        ) AS bounded
    ) AS often
    ORDER BY often.seen
    LIMIT 1
)
SELECT hit.position
FROM rarest
CROSS JOIN unnest(coalesce($6::bigint[], ARRAY(SELECT id FROM {schema}.diptych_types))) AS of_type (id)
CROSS JOIN LATERAL (
    SELECT driving.position
    FROM {schema}.diptych_event_tags AS driving
    JOIN {schema}.diptych_events AS events ON events.position = driving.position
    JOIN {schema}.diptych_streams AS streams ON streams.id = events.stream
    WHERE driving.tag = rarest.tag
        AND driving.type = of_type.id
        AND driving.position > $1 AND driving.position <= $2
        AND events.tags @> $5::bigint[]
        AND ($4::bigint IS NULL OR streams.category = $4)
    ORDER BY driving.position {order}
    LIMIT $3
) AS hit
ORDER BY hit.position {order}
LIMIT $3
