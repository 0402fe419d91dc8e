INSERT INTO {schema}.diptych_snapshots (key, position, folded, version, state)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (key) DO UPDATE
SET position = excluded.position, folded = excluded.folded, version = excluded.version, state = excluded.state
WHERE diptych_snapshots.version <> excluded.version OR diptych_snapshots.position <= excluded.position
