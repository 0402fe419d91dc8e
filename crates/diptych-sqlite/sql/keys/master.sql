SELECT sealed FROM diptych_master WHERE id = 1
