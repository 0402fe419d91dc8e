//! Fields and functions that do not fit what an event says of them.

#![allow(dead_code, unused_imports, unused_variables)]

extern crate diptych_core as diptych;

use diptych_macros::Event;

struct Colour;

#[derive(Event)]
enum CarEvent {
    Painted {
        #[tag("colour")]
        kilometres: f64,
    },
    #[event(version = 2, upcast(1 = up))]
    Sold,
}

fn up(data: String) -> String {
    data
}

#[derive(Event)]
enum AllEvent {
    #[event(nested)]
    Colour(Colour),
}

fn main() {}
