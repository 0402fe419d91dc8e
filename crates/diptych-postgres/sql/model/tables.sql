SELECT
    classes.relname::text,
    coalesce(
        (
            SELECT string_agg(attributes.attname, chr(31) ORDER BY attributes.attnum)
            FROM pg_catalog.pg_index AS indexes
            JOIN pg_catalog.pg_attribute AS attributes
                ON attributes.attrelid = indexes.indrelid AND attributes.attnum = ANY (indexes.indkey)
            WHERE indexes.indrelid = classes.oid AND indexes.indisprimary
        ),
        ''
    )
FROM pg_catalog.pg_class AS classes
JOIN pg_catalog.pg_namespace AS namespaces ON namespaces.oid = classes.relnamespace
WHERE namespaces.nspname = $1 AND classes.relkind IN ('r', 'p') AND NOT classes.relispartition
ORDER BY classes.relname
