-- The nodes that have this log open, and which of them runs which projection. Times are the server's: its clock is the one that
-- all nodes share.
CREATE TABLE {schema}.diptych_peers (id UUID PRIMARY KEY, seen_until TIMESTAMPTZ NOT NULL) WITH (fillfactor = 50);

-- `held_until` in the past: nobody runs it. Until `asked_until` nobody but `asked_by` takes it. `version` and `report` are
-- what its last holder ran and told.
CREATE TABLE {schema}.diptych_leases (
    projection TEXT COLLATE "C" PRIMARY KEY,
    peer UUID NOT NULL,
    label TEXT NOT NULL,
    version BIGINT NOT NULL,
    held_until TIMESTAMPTZ NOT NULL,
    asked_by UUID,
    asked_until TIMESTAMPTZ,
    report TEXT
) WITH (fillfactor = 50);
