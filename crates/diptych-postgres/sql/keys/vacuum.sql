VACUUM {schema}.diptych_keys
