//! The embedded event store and read models on SQLite.
