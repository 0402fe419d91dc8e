SELECT streams.id
FROM diptych_categories AS categories
CROSS JOIN diptych_streams AS streams ON streams.category = categories.id AND streams.name = ?2
WHERE categories.name = ?1
