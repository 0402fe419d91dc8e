-- Answers whether the node was not counted before.
INSERT INTO {schema}.diptych_peers AS peers (id, seen_until)
VALUES ($1, clock_timestamp() + $2 * interval '1 millisecond')
ON CONFLICT (id) DO UPDATE SET seen_until = excluded.seen_until
RETURNING xmax = 0
