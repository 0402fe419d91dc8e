SELECT correlation_id, category, target, revision, position, fingerprint
FROM {schema}.diptych_notes
WHERE correlation_id = $1
ORDER BY id DESC
LIMIT 1
