INSERT INTO {schema}.diptych_master (id, sealed) VALUES (1, $1) ON CONFLICT (id) DO NOTHING
