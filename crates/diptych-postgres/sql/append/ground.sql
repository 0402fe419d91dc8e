SELECT
    (SELECT coalesce(max(position), 0) FROM {schema}.diptych_events),
    (SELECT coalesce(max(id), 0) FROM {schema}.diptych_categories),
    (SELECT coalesce(max(id), 0) FROM {schema}.diptych_types),
    (SELECT coalesce(max(id), 0) FROM {schema}.diptych_tags),
    (SELECT coalesce(max(id), 0) FROM {schema}.diptych_streams)
