SELECT events.position
FROM {schema}.diptych_events AS events
JOIN {schema}.diptych_streams AS streams ON streams.id = events.stream
WHERE events.position > $1 AND events.position <= $2
    AND ($4::bigint IS NULL OR streams.category = $4)
    AND ($5::bigint[] IS NULL OR events.type = ANY ($5))
ORDER BY events.position {order}
LIMIT $3
