INSERT INTO diptych_parked (position, parked) VALUES (?1, ?2) ON CONFLICT (position) DO UPDATE SET parked = excluded.parked
