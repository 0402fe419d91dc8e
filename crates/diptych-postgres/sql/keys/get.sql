SELECT key FROM {schema}.diptych_keys WHERE subject = $1
