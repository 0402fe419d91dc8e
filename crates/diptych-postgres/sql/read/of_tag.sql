-- The events that have one tag: per type they stand in the index in order.
SELECT hit.position
FROM unnest(coalesce($6::bigint[], ARRAY(SELECT id FROM {schema}.diptych_types))) AS of_type (id)
CROSS JOIN LATERAL (
    SELECT place.position
    FROM {schema}.diptych_event_tags AS place
    WHERE place.tag = ($5::bigint[])[1]
        AND place.type = of_type.id
        AND place.position > $1 AND place.position <= $2
        AND ($4::bigint IS NULL OR $4 = (
            SELECT streams.category
            FROM {schema}.diptych_events AS events
            JOIN {schema}.diptych_streams AS streams ON streams.id = events.stream
            WHERE events.position = place.position
        ))
    ORDER BY place.position {order}
    LIMIT $3
) AS hit
ORDER BY hit.position {order}
LIMIT $3
