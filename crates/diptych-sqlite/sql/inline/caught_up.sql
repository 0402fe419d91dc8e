UPDATE diptych_inline SET caught_up = ?2 WHERE name = ?1
