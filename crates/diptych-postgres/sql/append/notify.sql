SELECT pg_notify('diptych_{schema}', $1::text)
