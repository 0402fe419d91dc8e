-- The events that have all of several tags, per type by leaps: each tag is asked for its next place from here on; the
-- farthest of these is the next that can have them all, and is one where it is the next of every tag. So what is looked at
-- grows with how often the tags change places with each other, at most with the rarest of them, and not with the log:
-- three index entries for an event, however common the other tags are. A walk ends with the first tag that has no more.
SELECT hit.position
FROM unnest(coalesce($6::bigint[], ARRAY(SELECT id FROM {schema}.diptych_types))) AS of_type (id)
CROSS JOIN LATERAL (
    WITH RECURSIVE walk (position, has_all) AS (
        SELECT {start}::bigint, true
        UNION ALL
        SELECT next.position, next.has_all
        FROM walk
        CROSS JOIN LATERAL (
            SELECT {farthest}(place.position), min(place.position) = max(place.position)
            FROM unnest($5::bigint[]) AS tags (tag)
            CROSS JOIN LATERAL (
                SELECT following.position
                FROM {schema}.diptych_event_tags AS following
                WHERE following.tag = tags.tag
                    AND following.type = of_type.id
                    AND following.position {from} walk.position {step} walk.has_all::integer
                ORDER BY following.position {order}
                LIMIT 1
            ) AS place
            HAVING count(*) = cardinality($5::bigint[])
                AND {farthest}(place.position) > $1 AND {farthest}(place.position) <= $2
        ) AS next (position, has_all)
    )
    SELECT walk.position
    FROM walk
    WHERE walk.has_all
        AND walk.position > $1 AND walk.position <= $2
        AND ($4::bigint IS NULL OR $4 = (
            SELECT streams.category
            FROM {schema}.diptych_events AS events
            JOIN {schema}.diptych_streams AS streams ON streams.id = events.stream
            WHERE events.position = walk.position
        ))
    LIMIT $3
) AS hit
ORDER BY hit.position {order}
LIMIT $3
