SELECT streams.id, categories.name, streams.name, ends.revision, ends.position
FROM {schema}.diptych_streams AS streams
JOIN {schema}.diptych_categories AS categories ON categories.id = streams.category
CROSS JOIN LATERAL (
    SELECT events.revision, events.position
    FROM {schema}.diptych_events AS events
    WHERE events.stream = streams.id
    ORDER BY events.position DESC
    LIMIT 1
) AS ends
WHERE streams.id > $1 AND ($2::text IS NULL OR categories.name = $2)
ORDER BY streams.id
LIMIT $3
