//! For those who call a Diptych application over HTTP.
