INSERT INTO {schema}.diptych_tags (id, name) SELECT * FROM unnest($1::bigint[], $2::text[])
