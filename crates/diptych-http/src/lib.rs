//! The HTTP side of every Diptych application.
