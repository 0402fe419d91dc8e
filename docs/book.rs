//! The code of the book, as a reader types it: each chapter's Rust blocks are one module, and its tests run.
//!
//! `build.rs` puts them together from the Markdown. The chapters of the tutorial stand in each other, so that a step goes
//! on from the one before and may replace what it wrote; every other chapter is on its own.

#[cfg(test)]
#[allow(dead_code, missing_docs, reason = "a page shows what it is about, not who would use it")]
mod chapters {
    include!(concat!(env!("OUT_DIR"), "/chapters.rs"));
}
