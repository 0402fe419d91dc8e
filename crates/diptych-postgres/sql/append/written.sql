-- Whether the rows of a transaction are there: its last event, or its last note where it has no event.
SELECT EXISTS (SELECT FROM {schema}.diptych_events WHERE position = $1 AND event_id = $2)
    OR EXISTS (SELECT FROM {schema}.diptych_notes WHERE correlation_id = $3 AND at = $4 AND position = $5)
