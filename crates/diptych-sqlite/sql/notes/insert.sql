INSERT INTO diptych_notes (correlation_id, category, target, revision, position, key, fingerprint, at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
