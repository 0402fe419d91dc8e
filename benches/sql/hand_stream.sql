SELECT events.revision, events.type, events.payload
FROM streams
CROSS JOIN events ON events.stream = streams.id
WHERE streams.name = ?
ORDER BY events.revision
