SELECT version, caught_up, objects FROM diptych_inline WHERE name = ?1
