INSERT INTO {schema}.diptych_types (id, name) SELECT * FROM unnest($1::bigint[], $2::text[])
