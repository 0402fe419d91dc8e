-- The next events of one scope that no index leads to, by going through a bounded part of the log. Names stand in it as names:
-- an event and the names it has become visible together, so one statement looks at both.
SELECT position, stream, revision, type, schema_version, recorded_at, event_id, correlation_id, causation_id, actor, tags, payload
FROM {schema}.diptych_events AS events
WHERE position > $1 AND position <= $2
    AND ($4::text[] IS NULL OR type = ANY (ARRAY(SELECT id FROM {schema}.diptych_types WHERE name = ANY ($4))))
    AND ($5::text IS NULL OR EXISTS (
        SELECT
        FROM {schema}.diptych_streams AS streams
        JOIN {schema}.diptych_categories AS categories ON categories.id = streams.category
        WHERE streams.id = events.stream AND categories.name = $5
    ))
ORDER BY position
LIMIT $3
