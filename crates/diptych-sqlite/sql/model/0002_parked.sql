-- Events that could not be taken and were put aside, each as JSON. Their payloads stay in the log.
CREATE TABLE diptych_parked (position INTEGER PRIMARY KEY, parked TEXT NOT NULL);
