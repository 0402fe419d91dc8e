SELECT events.position
FROM {schema}.diptych_events AS events
JOIN {schema}.diptych_streams AS streams ON streams.id = events.stream
WHERE events.stream = $4
    AND events.position > $1 AND events.position <= $2
    AND ($5::bigint IS NULL OR streams.category = $5)
    AND events.tags @> $6::bigint[]
    AND ($7::bigint[] IS NULL OR events.type = ANY ($7))
ORDER BY events.position {order}
LIMIT $3
