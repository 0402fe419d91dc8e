SELECT events.revision, events.position
FROM {schema}.diptych_categories AS categories
JOIN {schema}.diptych_streams AS streams ON streams.category = categories.id AND streams.name = $2
JOIN {schema}.diptych_events AS events ON events.stream = streams.id
WHERE categories.name = $1
ORDER BY events.position DESC
LIMIT 1
