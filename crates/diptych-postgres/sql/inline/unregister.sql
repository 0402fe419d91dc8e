DELETE FROM {schema}.diptych_inline WHERE name = $1
