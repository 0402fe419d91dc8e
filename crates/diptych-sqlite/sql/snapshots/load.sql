SELECT position, folded, version, state FROM diptych_snapshots WHERE key = ?1
