SELECT parked FROM diptych_parked ORDER BY position
