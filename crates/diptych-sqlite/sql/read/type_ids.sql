SELECT id FROM diptych_types
