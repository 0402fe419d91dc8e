//! What a rejection may not say of itself.

#![allow(dead_code, unused_imports, unused_variables)]

extern crate diptych_core as diptych;

use diptych_macros::Rejection;

#[derive(Rejection)]
enum NoKind {
    TooLate,
    #[reject("too late")]
    OnlyText,
}

#[derive(Rejection)]
enum Unknown {
    #[reject(conflict)]
    TooLate,
    #[reject(rule, kode = "late")]
    TooEarly,
    #[reject(rule, taken)]
    Both,
}

#[derive(Rejection)]
enum Pointers {
    #[reject(invalid)]
    Nowhere,
    #[reject(invalid = "customerId")]
    NoPointer,
}

#[derive(Rejection)]
enum Codes {
    #[reject(rule, code = "Too Late")]
    Spoken,
}

#[derive(Rejection)]
enum SameCodes {
    #[reject(rule)]
    TooLate,
    #[reject(gone, code = "too-late")]
    Same,
}

#[derive(Rejection)]
enum Tuple {
    #[reject(rule)]
    TooLate(u32),
}

#[derive(Rejection)]
struct NoEnum;

fn main() {}
