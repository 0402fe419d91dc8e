SELECT position, folded, version, state FROM {schema}.diptych_snapshots WHERE key = $1
