SELECT events.position, streams.name, events.type, events.payload
FROM events
JOIN streams ON streams.id = events.stream
WHERE events.position > $1
ORDER BY events.position
LIMIT $2
