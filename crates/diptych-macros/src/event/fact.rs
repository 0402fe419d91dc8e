//! One variant of an event enum: a fact that is stored, or another enum that is taken in.

use proc_macro2::{Ident, Span};
use syn::{Error, Fields, Result, Type, Variant, spanned::Spanned};

use super::{member::Member, schema::Schema};
use crate::attribute;

/// What a variant is.
pub(super) enum Fact<'a> {
    /// A fact of its own.
    Stored(Box<Stored<'a>>),
    /// Another enum of facts, marked `#[event(nested)]`.
    Nested(&'a Ident, &'a Type),
}

/// A fact: how it is stored, and what it says.
pub(super) struct Stored<'a> {
    pub(super) ident: &'a Ident,
    pub(super) schema: Schema,
    pub(super) members: Vec<Member<'a>>,
}

impl<'a> Fact<'a> {
    pub(super) fn parse(variant: &'a Variant) -> Result<Self> {
        match (&variant.fields, nested(variant)?) {
            (Fields::Unnamed(fields), Some(_)) if fields.unnamed.len() == 1 => {
                Ok(Self::Nested(&variant.ident, &fields.unnamed[0].ty))
            }
            (_, Some(at)) => Err(Error::new(
                at,
                format!("a nested variant holds one other event enum: `{}(ThatEvent)`", variant.ident),
            )),
            (Fields::Unnamed(_), None) => Err(Error::new_spanned(
                variant,
                format!(
                    "name what the fact says: `{0} {{ owner: String }}`; \
                     or mark it `#[event(nested)]` if it takes in another event enum",
                    variant.ident
                ),
            )),
            (Fields::Named(_) | Fields::Unit, None) => {
                Stored::parse(variant).map(|stored| Self::Stored(Box::new(stored)))
            }
        }
    }
}

impl<'a> Stored<'a> {
    fn parse(variant: &'a Variant) -> Result<Self> {
        let schema = Schema::parse(variant)?;
        let members = attribute::all(variant.fields.iter().map(Member::parse))?;
        for member in &members {
            member.check_subject(&members)?;
        }
        Ok(Self { ident: &variant.ident, schema, members })
    }
}

/// Where the variant says that it is nested.
fn nested(variant: &Variant) -> Result<Option<Span>> {
    let mut nested = None;
    let mut other = None;
    attribute::each(&variant.attrs, "event", |meta| {
        if meta.path.is_ident("nested") {
            nested = Some(meta.path.span());
        } else {
            other = Some(meta.path.span());
            meta.input.parse::<proc_macro2::TokenStream>()?;
        }
        Ok(())
    })?;
    match (nested, other) {
        (Some(_), Some(at)) => Err(Error::new(at, "a nested variant has no name or version of its own")),
        (nested, _) => Ok(nested),
    }
}
