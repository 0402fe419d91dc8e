-- Nothing here has to outlive the server: after a crash of it, leases are taken anew. So nobody waits for its disk.
BEGIN ISOLATION LEVEL READ COMMITTED;
SET LOCAL synchronous_commit TO off;
-- A node that is stopped in the middle must not keep the rows of leases from those that take over from it.
SET LOCAL idle_in_transaction_session_timeout TO '1s'
