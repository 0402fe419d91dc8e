DELETE FROM diptych_inline WHERE name = ?1
