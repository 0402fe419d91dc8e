SELECT streams.id, categories.name, streams.name
FROM {schema}.diptych_streams AS streams
JOIN {schema}.diptych_categories AS categories ON categories.id = streams.category
WHERE streams.id = ANY ($1)
