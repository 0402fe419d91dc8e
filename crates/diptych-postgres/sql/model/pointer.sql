SELECT live, newest FROM {schema}.diptych_models WHERE projection = $1 FOR UPDATE
