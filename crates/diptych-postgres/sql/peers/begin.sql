-- Nothing here has to outlive the server: after a crash of it, leases are taken anew. So nobody waits for its disk.
BEGIN ISOLATION LEVEL READ COMMITTED;
SET LOCAL synchronous_commit TO off
