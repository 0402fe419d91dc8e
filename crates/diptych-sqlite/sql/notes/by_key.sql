SELECT correlation_id, category, target, revision, position, fingerprint
FROM diptych_notes
WHERE key = ?1
