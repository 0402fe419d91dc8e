SELECT CASE WHEN relkind IN ('r', 'p') THEN 'TABLE' WHEN relkind = 'v' THEN 'VIEW' ELSE 'MATERIALIZED VIEW' END || ' ' || relname
FROM pg_catalog.pg_class
WHERE relnamespace = '{schema}'::regnamespace AND relkind IN ('r', 'p', 'v', 'm') AND relname NOT LIKE 'diptych\_%'
ORDER BY relname
