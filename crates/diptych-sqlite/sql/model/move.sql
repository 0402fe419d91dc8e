UPDATE diptych_generation SET position = max(position, ?1) WHERE id = 1 AND epoch = ?2
