INSERT INTO {schema}.diptych_streams (id, category, name) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[])
