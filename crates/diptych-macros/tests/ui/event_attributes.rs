//! What an event may not say of itself.

#![allow(dead_code, unused_imports, unused_variables)]

extern crate diptych_core as diptych;

use diptych_macros::Event;

#[derive(Event)]
enum MissingStep {
    #[event(version = 3, upcast(1 = up))]
    Opened { owner: String },
}

#[derive(Event)]
enum StepOfThePresent {
    #[event(version = 2, upcast(1 = up, 2 = up))]
    Opened { owner: String },
}

#[derive(Event)]
enum TwoSteps {
    #[event(version = 2, upcast(1 = up), split(1 = up))]
    Opened { owner: String },
}

fn up(_: &mut diptych::codec::JsonObject) {}

#[derive(Event)]
enum SameName {
    Opened { owner: String },
    #[event(formerly("Opened"))]
    Begun { owner: String },
}

#[derive(Event)]
enum Unnamed {
    Opened(String),
    #[event(vresion = 2)]
    Closed,
    #[event(nested, version = 2)]
    Other(SameName),
    #[event(version = 0)]
    Moved,
}

#[derive(Event)]
struct NoEnum {
    owner: String,
}

#[derive(Event)]
enum Generic<T> {
    Opened { owner: T },
}

#[derive(Event)]
enum TagKeys {
    Opened {
        #[tag("a:b")]
        owner: String,
        #[tag = "owner"]
        other: String,
    },
}

fn main() {}
