DELETE FROM {schema}.diptych_peers
WHERE seen_until < clock_timestamp() - interval '1 minute' AND id <> $1
