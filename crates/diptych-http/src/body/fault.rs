//! What is wrong with the shape of a body, and where, in words that a caller understands.
//!
//! serde hands a deserialiser's error type everything it knows (the name of the missing member, the type it expected);
//! `serde_json` makes a line of text of it, this type keeps it. Names of Rust types are put into plain words here.

use std::fmt;

use serde::de::{Error, Expected, Unexpected};

use super::{BodyError, Pointer, Segment};

/// The first thing that is wrong with a body's shape.
#[derive(Debug)]
pub(super) struct Fault {
    /// From the innermost segment outwards: each level adds its own on the way up.
    inside_out: Vec<Segment>,
    detail: String,
}

impl Fault {
    pub(super) fn new(detail: impl Into<String>) -> Self {
        Self { inside_out: Vec::new(), detail: detail.into() }
    }

    /// The same fault, seen from the object or list that holds it.
    pub(super) fn within(mut self, segment: Segment) -> Self {
        self.inside_out.push(segment);
        self
    }

    fn at_member(name: &str, detail: impl Into<String>) -> Self {
        Self::new(detail).within(Segment::Member(name.to_owned()))
    }
}

impl From<Fault> for BodyError {
    fn from(mut fault: Fault) -> Self {
        fault.inside_out.reverse();
        Self::Invalid { pointer: Pointer::from(fault.inside_out), detail: fault.detail }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Fault {}

impl Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message.to_string())
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("must be {}, but is {}", wanted(expected), given(unexpected)))
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(unexpected, expected)
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Self::new(format!("must be {}, but has {length} items", wanted(expected)))
    }

    fn unknown_variant(_: &str, known: &'static [&'static str]) -> Self {
        Self::new(format!("must be one of {}", known.join(", ")))
    }

    fn unknown_field(name: &str, known: &'static [&'static str]) -> Self {
        let detail = if known.is_empty() {
            "is unknown: no members are taken here".to_owned()
        } else {
            format!("is unknown: the members here are {}", known.join(", "))
        };
        Self::at_member(name, detail)
    }

    fn missing_field(name: &'static str) -> Self {
        Self::at_member(name, "is missing")
    }

    fn duplicate_field(name: &'static str) -> Self {
        Self::at_member(name, "is given twice")
    }
}

/// What serde and its derives expected, in words for a caller.
fn wanted(expected: &dyn Expected) -> String {
    let words = expected.to_string();
    let plain = match words.as_str() {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "usize" => "a whole number from 0 to 18446744073709551615",
        "u128" => "a whole number, 0 or more",
        "i8" => "a whole number from -128 to 127",
        "i16" => "a whole number from -32768 to 32767",
        "i32" => "a whole number from -2147483648 to 2147483647",
        "i64" | "isize" => "a whole number from -9223372036854775808 to 9223372036854775807",
        "i128" => "a whole number",
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        "a string" | "a borrowed string" | "path string" => "a text",
        "a character" => "a text of one character",
        "unit" => "null",
        "a sequence" | "a set" => "a list",
        "a map" => "an object",
        other if starts_with_any(other, &["struct ", "unit struct "]) => "an object",
        other if starts_with_any(other, &["tuple ", "a tuple ", "an array "]) => "a list of the right length",
        other if starts_with_any(other, &["enum ", "variant "]) => "one of the known words",
        other => other,
    };
    plain.to_owned()
}

fn starts_with_any(text: &str, starts: &[&str]) -> bool {
    starts.iter().any(|start| text.starts_with(start))
}

/// What the body has in its place; texts are not repeated, since they may be long or secret.
fn given(unexpected: Unexpected<'_>) -> String {
    match unexpected {
        Unexpected::Bool(value) => value.to_string(),
        Unexpected::Unsigned(number) => number.to_string(),
        Unexpected::Signed(number) => number.to_string(),
        Unexpected::Float(number) => number.to_string(),
        Unexpected::Char(_) | Unexpected::Str(_) | Unexpected::Bytes(_) => "a text".to_owned(),
        Unexpected::Unit | Unexpected::Option => "null".to_owned(),
        Unexpected::Seq | Unexpected::TupleVariant => "a list".to_owned(),
        Unexpected::Map | Unexpected::StructVariant | Unexpected::NewtypeStruct => "an object".to_owned(),
        Unexpected::Enum | Unexpected::UnitVariant | Unexpected::NewtypeVariant => "another case".to_owned(),
        Unexpected::Other(words) => words.to_owned(),
    }
}
