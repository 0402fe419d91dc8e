SELECT coalesce(max(position), 0) FROM diptych_events
