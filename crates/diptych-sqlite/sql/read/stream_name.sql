SELECT streams.category, categories.name, streams.name
FROM diptych_streams AS streams
CROSS JOIN diptych_categories AS categories ON categories.id = streams.category
WHERE streams.id = ?1
