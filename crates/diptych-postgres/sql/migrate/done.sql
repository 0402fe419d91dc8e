DELETE FROM {schema}.diptych_schema;
INSERT INTO {schema}.diptych_schema (version) VALUES ({version});
