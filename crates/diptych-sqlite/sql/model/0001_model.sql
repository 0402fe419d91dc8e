-- One generation of one read model: its checkpoint stands beside the rows and moves with them.
CREATE TABLE diptych_generation (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    projection TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    position INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    owner TEXT NOT NULL
);
