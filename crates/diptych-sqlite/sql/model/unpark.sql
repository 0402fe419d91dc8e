DELETE FROM diptych_parked WHERE position = ?1
