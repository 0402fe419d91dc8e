-- Streams in the order of their numbers; a category that is none gives all.
SELECT id
FROM diptych_streams
WHERE id > ?1 AND (?2 IS NULL OR category = ?2)
ORDER BY id
LIMIT ?3
