SELECT
    projection,
    CASE WHEN held_until > clock_timestamp() THEN peer END,
    label,
    version,
    CASE WHEN asked_until > clock_timestamp() THEN asked_by END,
    report
FROM {schema}.diptych_leases
WHERE projection = ANY ($1)
