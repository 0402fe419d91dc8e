SELECT key FROM diptych_keys WHERE subject = ?1
