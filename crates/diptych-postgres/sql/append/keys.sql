SELECT key, correlation_id, category, target, revision, position, fingerprint
FROM {schema}.diptych_notes
WHERE key = ANY ($1)
