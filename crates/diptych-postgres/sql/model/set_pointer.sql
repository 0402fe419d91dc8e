UPDATE {schema}.diptych_models SET live = $2, newest = $3 WHERE projection = $1
