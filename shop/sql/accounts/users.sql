-- The write side, normalised: a row per user that changes in the very transaction that records the events. Only email_key,
-- the keyed hash, can be compared. The others hold sealed values.
CREATE TABLE users (
    user_id TEXT PRIMARY KEY,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    avatar_url TEXT,
    registered_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
