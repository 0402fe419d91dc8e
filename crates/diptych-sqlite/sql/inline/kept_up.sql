SELECT name FROM diptych_inline WHERE caught_up IS NULL
