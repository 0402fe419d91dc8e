INSERT INTO {schema}.diptych_event_tags (tag, type, position) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[])
ON CONFLICT DO NOTHING
