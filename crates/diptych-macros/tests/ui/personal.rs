//! Personal data that would be stored in the open, or about nobody.

#![allow(dead_code, unused_imports, unused_variables)]

extern crate diptych_core as diptych;

use diptych::Personal;
use diptych_macros::Event;

#[derive(Event)]
enum Unmarked {
    Registered { user_id: String, email: Personal<String>, phone: Option<Personal<String>> },
}

#[derive(Event)]
enum AboutNobody {
    Registered {
        #[personal]
        email: Personal<String>,
        #[personal()]
        phone: Personal<String>,
    },
}

#[derive(Event)]
enum AboutAnother {
    Registered {
        id: String,
        #[personal(subject = user_id)]
        email: Personal<String>,
    },
}

#[derive(Event)]
enum AboutItself {
    Registered {
        id: String,
        #[personal(subject = email)]
        email: Personal<String>,
    },
}

#[derive(Event)]
enum NotSealed {
    Registered {
        id: String,
        #[personal(subject = id)]
        email: String,
        #[personal(subject = id)]
        phones: Vec<Personal<String>>,
    },
}

#[derive(Event)]
enum Tagged {
    Registered {
        id: String,
        #[tag("email")]
        #[personal(subject = id)]
        email: Personal<String>,
    },
}

fn main() {}
