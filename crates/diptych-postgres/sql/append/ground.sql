-- With the id by which the server can be asked what became of the transaction, should the answer to its COMMIT be lost.
SELECT
    (SELECT coalesce(max(position), 0) FROM {schema}.diptych_events),
    (SELECT coalesce(max(id), 0) FROM {schema}.diptych_categories),
    (SELECT coalesce(max(id), 0) FROM {schema}.diptych_types),
    (SELECT coalesce(max(id), 0) FROM {schema}.diptych_tags),
    (SELECT coalesce(max(id), 0) FROM {schema}.diptych_streams),
    pg_current_xact_id()::text
