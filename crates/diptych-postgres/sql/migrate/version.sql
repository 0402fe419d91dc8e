SELECT version FROM {schema}.diptych_schema
