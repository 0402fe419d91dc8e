SELECT wanted.nth, streams.id, last.revision, last.position
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS wanted (category, name, nth)
JOIN {schema}.diptych_categories AS categories ON categories.name = wanted.category
JOIN {schema}.diptych_streams AS streams ON streams.category = categories.id AND streams.name = wanted.name
LEFT JOIN LATERAL (
    SELECT events.revision, events.position
    FROM {schema}.diptych_events AS events
    WHERE events.stream = streams.id
    ORDER BY events.position DESC
    LIMIT 1
) AS last ON true
