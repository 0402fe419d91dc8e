-- Whoever starts first migrates; others wait here and then find it done. The lock goes with the transaction.
BEGIN ISOLATION LEVEL READ COMMITTED;
SELECT pg_advisory_xact_lock((1145655381::bigint << 32) | (hashtext('{schema}')::bigint & 4294967295));
CREATE SCHEMA IF NOT EXISTS {schema};
CREATE TABLE IF NOT EXISTS {schema}.diptych_schema (version BIGINT NOT NULL);
