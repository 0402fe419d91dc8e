SELECT streams.id
FROM {schema}.diptych_categories AS categories
JOIN {schema}.diptych_streams AS streams ON streams.category = categories.id AND streams.name = $2
WHERE categories.name = $1
