DELETE FROM {schema}.diptych_notes
WHERE id IN (SELECT id FROM {schema}.diptych_notes WHERE at < $1 ORDER BY at LIMIT $2)
