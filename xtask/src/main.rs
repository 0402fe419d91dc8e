//! What the project runs on itself: tests, services, tidy.

fn main() {}
