//! Lists, objects and enums of a body, as serde walks them.

use std::borrow::Cow;

use hifijson::{SliceLexer, str::LexAlloc as _, token::Lex as _};
use serde::{
    Deserializer as _,
    de::{
        DeserializeSeed, EnumAccess, Error, IntoDeserializer, MapAccess, SeqAccess, Unexpected,
        VariantAccess, Visitor,
    },
};

use super::{super::fault::Fault, Value, unreadable};
use crate::body::Segment;

/// The items of a list, from after its `[`.
pub(super) struct Items<'a, 'de> {
    lexer: &'a mut SliceLexer<'de>,
    taken: usize,
    closed: bool,
}

impl<'a, 'de> Items<'a, 'de> {
    pub(super) fn new(lexer: &'a mut SliceLexer<'de>) -> Self {
        Self { lexer: lexer.discarded(), taken: 0, closed: false }
    }

    /// Takes the `]`; an item that serde did not want is a fault.
    pub(super) fn end(mut self) -> Result<(), Fault> {
        if more(self.lexer, b']', &mut self.closed) {
            return Err(Fault::new(format!("must not have more than {} items", self.taken)));
        }
        Ok(())
    }
}

impl<'de> SeqAccess<'de> for &mut Items<'_, 'de> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        if !more(self.lexer, b']', &mut self.closed) {
            return Ok(None);
        }
        let item = Segment::Item(self.taken);
        self.taken += 1;
        seed.deserialize(Value { lexer: self.lexer }).map(Some).map_err(|fault| fault.within(item))
    }
}

/// The members of an object, from after its `{`.
pub(super) struct Members<'a, 'de> {
    lexer: &'a mut SliceLexer<'de>,
    name: Cow<'de, str>,
    closed: bool,
}

impl<'a, 'de> Members<'a, 'de> {
    pub(super) fn new(lexer: &'a mut SliceLexer<'de>) -> Self {
        Self { lexer: lexer.discarded(), name: Cow::Borrowed(""), closed: false }
    }

    fn next_name(&mut self) -> Result<Option<Cow<'de, str>>, Fault> {
        if !more(self.lexer, b'}', &mut self.closed) {
            return Ok(None);
        }
        self.name = self.lexer.discarded().str_string().map_err(|_| unreadable())?;
        self.lexer.expect(SliceLexer::ws_peek, b':').ok_or_else(unreadable)?;
        Ok(Some(self.name.clone()))
    }

    fn here(&self) -> Segment {
        Segment::Member(self.name.clone().into_owned())
    }

    /// Takes the `}`; a member that serde did not want is a fault.
    pub(super) fn end(mut self) -> Result<(), Fault> {
        match self.next_name()? {
            Some(name) => Err(Fault::unknown_field(&name, &[])),
            None => Ok(()),
        }
    }
}

impl<'de> MapAccess<'de> for &mut Members<'_, 'de> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        let name = self.next_name()?;
        name.map(|name| seed.deserialize(name.into_deserializer())).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let value = seed.deserialize(Value { lexer: self.lexer });
        value.map_err(|fault| fault.within(self.here()))
    }
}

/// An enum's case with data: an object with one member, which is named after the case.
pub(super) struct Case<'b, 'a, 'de> {
    members: &'b mut Members<'a, 'de>,
}

impl<'b, 'a, 'de> Case<'b, 'a, 'de> {
    pub(super) fn new(members: &'b mut Members<'a, 'de>) -> Self {
        Self { members }
    }
}

impl<'de> EnumAccess<'de> for Case<'_, '_, 'de> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Fault> {
        let name = self.members.next_name()?.ok_or_else(|| Fault::new("must have one member"))?;
        Ok((seed.deserialize(name.into_deserializer())?, self))
    }
}

impl<'de> VariantAccess<'de> for Case<'_, '_, 'de> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        Err(Fault::invalid_type(Unexpected::Map, &"a text"))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Fault> {
        MapAccess::next_value_seed(&mut &mut *self.members, seed)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        let value = Value { lexer: self.members.lexer }.deserialize_seq(visitor);
        value.map_err(|fault| fault.within(self.members.here()))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let value = Value { lexer: self.members.lexer }.deserialize_struct("", fields, visitor);
        value.map_err(|fault| fault.within(self.members.here()))
    }
}

/// Whether another item or member stands before `end`; takes the comma before it, or the `end`, once.
fn more(lexer: &mut SliceLexer<'_>, end: u8, closed: &mut bool) -> bool {
    if *closed {
        return false;
    }
    match lexer.ws_peek() {
        Some(b',') => lexer.discarded().ws_peek().is_some(),
        Some(next) if next != end => true,
        Some(_) | None => {
            lexer.discarded();
            *closed = true;
            false
        }
    }
}
