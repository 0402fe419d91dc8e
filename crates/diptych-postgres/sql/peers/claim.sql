-- Renews what this node holds and takes what is wanted and free; answers what it has taken anew. In the order of names, so that
-- two nodes never wait for each other.
WITH claims AS (
    SELECT name, version, wanted, report
    FROM unnest($4::text[], $5::bigint[], $6::boolean[], $7::text[]) AS claims (name, version, wanted, report)
    ORDER BY name
),
before AS (
    SELECT leases.projection
    FROM {schema}.diptych_leases AS leases
    WHERE leases.peer = $1 AND leases.held_until > clock_timestamp()
),
claimed AS (
    INSERT INTO {schema}.diptych_leases AS leases (projection, peer, label, version, held_until, report)
    SELECT claims.name, $1, $2, claims.version, clock_timestamp() + $3 * interval '1 millisecond', claims.report
    FROM claims
    WHERE claims.wanted
        OR EXISTS (SELECT 1 FROM before WHERE before.projection = claims.name)
    ON CONFLICT (projection) DO UPDATE
    SET
        peer = excluded.peer,
        label = excluded.label,
        version = excluded.version,
        held_until = excluded.held_until,
        report = coalesce(excluded.report, leases.report),
        asked_by = CASE
            WHEN leases.asked_by <> excluded.peer AND leases.asked_until > clock_timestamp() THEN leases.asked_by
        END
    WHERE (leases.peer = excluded.peer AND leases.held_until > clock_timestamp())
        OR (
            leases.held_until <= clock_timestamp()
            AND (
                leases.asked_by IS NULL
                OR leases.asked_by = excluded.peer
                OR leases.asked_until <= clock_timestamp()
            )
        )
    RETURNING leases.projection
)
SELECT count(*) FROM claimed WHERE projection NOT IN (SELECT before.projection FROM before)
