//! The command line of every Diptych application.
