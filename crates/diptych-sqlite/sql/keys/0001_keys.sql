-- The keys of persons, wrapped by the master key. A key that is null was destroyed.
CREATE TABLE diptych_keys (subject TEXT PRIMARY KEY, key BLOB) WITHOUT ROWID;
-- Tells whether the master key given is the one that wrapped the others.
CREATE TABLE diptych_master (id INTEGER PRIMARY KEY CHECK (id = 1), sealed BLOB NOT NULL);
