INSERT INTO {schema}.diptych_models (projection, live, newest) VALUES ($1, NULL, 0) ON CONFLICT DO NOTHING
