SELECT pg_notify('diptych_{schema}_peers', message) FROM unnest($1::text[]) AS messages (message)
