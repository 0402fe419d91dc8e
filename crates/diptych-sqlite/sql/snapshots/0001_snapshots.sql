-- The newest saved fold of each scope and state. Disposable.
CREATE TABLE diptych_snapshots (
    key TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    folded INTEGER NOT NULL,
    version INTEGER NOT NULL,
    state BLOB NOT NULL
);
