//! The shop: the reference application.

fn main() {}
