INSERT INTO correlations (correlation_id, thing, position) VALUES ($1, $2, $3)
ON CONFLICT (correlation_id, thing) DO UPDATE SET position = excluded.position
