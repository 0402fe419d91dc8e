-- What makes commit order position order, across processes, clause by clause:
--
-- READ COMMITTED: every later statement takes a snapshot of its own, after the lock was had. Under REPEATABLE READ the
-- first statement, which waits for the lock, would have fixed the snapshot before the wait, and the check below would not
-- see what the one waited for has committed. It is written out, since a role may have another default.
BEGIN ISOLATION LEVEL READ COMMITTED;
-- A receipt is given after the server has synced, whatever the role's default; a stronger one is left alone.
SELECT set_config('synchronous_commit', 'on', true)
WHERE current_setting('synchronous_commit') IN ('off', 'local', 'remote_write');
-- Compiling a statement takes longer than any of these runs, and a large group's estimated cost would ask for it.
SET LOCAL jit TO off;
-- Whoever is stopped, or cut off, in the middle keeps the lock from all others for so long and no longer.
SET LOCAL idle_in_transaction_session_timeout TO {idle};
-- A statement of its own: lock and check in one statement share one snapshot, which is taken before the wait. The lock is
-- let go only after the commit is visible, so whoever has it next sees all that was committed before. It belongs to the
-- transaction, not to the session, so it works behind a pooler that gives a connection for one transaction.
SELECT pg_advisory_xact_lock((1145655380::bigint << 32) | '{schema}.diptych_events'::regclass::oid::bigint);
