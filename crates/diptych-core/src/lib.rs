//! The words and ports of Diptych; no runtime, no database, no HTTP.
