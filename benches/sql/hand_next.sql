SELECT events.position, streams.name, events.type, events.payload
FROM events
CROSS JOIN streams ON streams.id = events.stream
WHERE events.position > ?
ORDER BY events.position
LIMIT ?
