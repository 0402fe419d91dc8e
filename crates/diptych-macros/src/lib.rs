//! The derives and attributes of Diptych.
