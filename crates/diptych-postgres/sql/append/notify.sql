SELECT pg_current_xact_id()::text, pg_notify('diptych_{schema}', $1::text)
