INSERT INTO {schema}.diptych_categories (id, name) SELECT * FROM unnest($1::bigint[], $2::text[])
