SELECT sealed FROM {schema}.diptych_master WHERE id = 1
