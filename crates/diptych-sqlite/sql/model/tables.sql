-- The tables of a projection, and the columns of their keys, divided by U+001F. Those that a virtual table keeps for itself are left out.
SELECT
    tables.name,
    tables.wr,
    coalesce(
        (SELECT group_concat(name, char(31)) FROM (SELECT name FROM pragma_table_info(tables.name) WHERE pk > 0 ORDER BY pk)),
        ''
    )
FROM pragma_table_list AS tables
WHERE
    tables.schema = 'main'
    AND tables.type IN ('table', 'virtual')
    AND tables.name NOT LIKE 'diptych\_%' ESCAPE '\'
    AND tables.name NOT LIKE 'sqlite\_%' ESCAPE '\'
ORDER BY tables.name
