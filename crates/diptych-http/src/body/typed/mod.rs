//! The typed pass: a serde deserialiser over a text that the strict pass has taken.
//!
//! Stricter than `serde_json` where that bends JSON to Rust: a struct is an object and never a list, a whole number has
//! neither fraction nor exponent, `-0` is 0, and a number's literal can be had ([`Literal`](super::Literal)). Errors
//! carry their pointer. Whatever the lexer refuses here the strict pass has refused before.

mod access;
mod number;

use std::borrow::Cow;

use hifijson::{SliceLexer, num::LexWrite as _, str::LexAlloc as _, token::Lex as _};
use serde::{
    Deserialize, Deserializer,
    de::{Error, IntoDeserializer, Unexpected, Visitor},
    forward_to_deserialize_any,
};

use super::{BodyError, fault::Fault, literal};
use access::{Case, Items, Members};

/// Reads a value whose text is an object.
pub(super) fn parse<'de, T: Deserialize<'de>>(text: &'de [u8]) -> Result<T, BodyError> {
    let mut lexer = SliceLexer::new(text);
    if lexer.ws_peek() != Some(b'{') {
        return Err(Fault::new("the body must be a JSON object").into());
    }
    T::deserialize(Value { lexer: &mut lexer }).map_err(BodyError::from)
}

/// The value that the lexer stands before.
struct Value<'a, 'de> {
    lexer: &'a mut SliceLexer<'de>,
}

impl<'a, 'de> Value<'a, 'de> {
    fn peek(&mut self) -> u8 {
        self.lexer.ws_peek().unwrap_or_default()
    }

    fn is_number(&mut self) -> bool {
        matches!(self.peek(), b'0'..=b'9' | b'-')
    }

    fn number(self) -> Result<&'de str, Fault> {
        let (number, _) = self.lexer.num_string().validated().map_err(|_| unreadable())?;
        Ok(number)
    }

    fn text(self) -> Result<Cow<'de, str>, Fault> {
        self.lexer.discarded().str_string().map_err(|_| unreadable())
    }

    fn list<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let mut items = Items::new(self.lexer);
        let value = visitor.visit_seq(&mut items)?;
        items.end()?;
        Ok(value)
    }

    fn object<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let mut members = Members::new(self.lexer);
        let value = visitor.visit_map(&mut members)?;
        members.end()?;
        Ok(value)
    }

    fn number_by<V: Visitor<'de>>(
        mut self,
        read: impl FnOnce(&'de str, V) -> Result<V::Value, Fault>,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        if self.is_number() { read(self.number()?, visitor) } else { self.deserialize_any(visitor) }
    }
}

/// Cannot happen after the strict pass; if it does, it is still no panic.
fn unreadable() -> Fault {
    Fault::new("cannot be read")
}

macro_rules! numbers {
    ($($read:ident: $($method:ident)*;)*) => {
        $($(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            self.number_by(number::$read, visitor)
        })*)*
    };
}

impl<'de> Deserializer<'de> for Value<'_, 'de> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Fault> {
        match self.peek() {
            b'"' => match self.text()? {
                Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
                Cow::Owned(text) => visitor.visit_string(text),
            },
            b'[' => self.list(visitor),
            b'{' => self.object(visitor),
            b'0'..=b'9' | b'-' => number::any(self.number()?, visitor),
            _ => match self.lexer.null_or_bool().ok_or_else(unreadable)? {
                None => visitor.visit_unit(),
                Some(value) => visitor.visit_bool(value),
            },
        }
    }

    fn deserialize_option<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Fault> {
        if self.peek() == b'n' {
            self.lexer.null_or_bool().ok_or_else(unreadable)?;
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        mut self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        if self.peek() == b'[' {
            return Err(Fault::invalid_type(Unexpected::Seq, &visitor));
        }
        self.deserialize_any(visitor)
    }

    /// A struct without members stands for an object without members.
    fn deserialize_unit_struct<V: Visitor<'de>>(
        mut self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        if self.peek() != b'{' {
            return Err(Fault::new("must be an object without members"));
        }
        Members::new(self.lexer).end()?;
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        if name != literal::TOKEN {
            return visitor.visit_newtype_struct(self);
        }
        if self.is_number() {
            return visitor.visit_borrowed_str(self.number()?);
        }
        Err(Fault::invalid_type(self.kind(), &visitor))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        mut self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.peek() {
            b'"' => visitor.visit_enum(self.text()?.into_deserializer()),
            b'{' => {
                let mut members = Members::new(self.lexer);
                let value = visitor.visit_enum(Case::new(&mut members))?;
                members.end()?;
                Ok(value)
            }
            _ => Err(Fault::invalid_type(self.kind(), &visitor)),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Fault> {
        let next = self.peek();
        hifijson::ignore::parse(next, self.lexer).map_err(|_| unreadable())?;
        visitor.visit_unit()
    }

    numbers! {
        whole: deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64;
        whole: deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64;
        wide: deserialize_i128 deserialize_u128;
        float: deserialize_f32 deserialize_f64;
    }

    forward_to_deserialize_any! {
        bool char str string bytes byte_buf unit seq tuple tuple_struct map identifier
    }
}

impl Value<'_, '_> {
    /// What kind of value this is, for an error.
    fn kind(&mut self) -> Unexpected<'static> {
        match self.peek() {
            b'"' => Unexpected::Str(""),
            b'[' => Unexpected::Seq,
            b'{' => Unexpected::Map,
            b't' => Unexpected::Bool(true),
            b'f' => Unexpected::Bool(false),
            b'n' => Unexpected::Unit,
            _ => Unexpected::Other("a number"),
        }
    }
}
