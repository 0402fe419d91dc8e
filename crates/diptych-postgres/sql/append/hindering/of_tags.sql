-- For each wanted scope with tags the first event in it after a place, by leaps along its tags: see read/of_tags.sql.
-- Held equal to Scope::holds by a property test.
SELECT wanted.nth, found.position
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[])
    AS wanted (nth, after, stream, category, tags, types)
CROSS JOIN LATERAL (
    SELECT hit.position
    FROM unnest(coalesce(wanted.types::bigint[], ARRAY(SELECT id FROM {schema}.diptych_types)))
        AS of_type (id)
    CROSS JOIN LATERAL (
        WITH RECURSIVE walk (position, has_all) AS (
            SELECT wanted.after, true
            UNION ALL
            SELECT next.position, next.has_all
            FROM walk
            CROSS JOIN LATERAL (
                SELECT max(place.position), min(place.position) = max(place.position)
                FROM unnest(wanted.tags::bigint[]) AS tags (tag)
                CROSS JOIN LATERAL (
                    SELECT following.position
                    FROM {schema}.diptych_event_tags AS following
                    WHERE following.tag = tags.tag
                        AND following.type = of_type.id
                        AND following.position >= walk.position + walk.has_all::integer
                    ORDER BY following.position
                    LIMIT 1
                ) AS place
                HAVING count(*) = cardinality(wanted.tags::bigint[])
            ) AS next (position, has_all)
        )
        SELECT walk.position
        FROM walk
        WHERE walk.has_all
            AND walk.position > wanted.after
            AND (wanted.category IS NULL OR wanted.category = (
                SELECT streams.category
                FROM {schema}.diptych_events AS events
                JOIN {schema}.diptych_streams AS streams ON streams.id = events.stream
                WHERE events.position = walk.position
            ))
        LIMIT 1
    ) AS hit
    LIMIT 1
) AS found
