//! Reading attributes: the words each one takes, and advice where something else was written.

use proc_macro2::{Ident, Span};
use syn::{Attribute, Error, LitInt, LitStr, Result, meta::ParseNestedMeta, parse::ParseStream};

/// Calls `take` for each word of each attribute `#[name(word, word = value, …)]`.
pub(crate) fn each(
    attrs: &[Attribute],
    name: &str,
    mut take: impl FnMut(ParseNestedMeta<'_>) -> Result<()>,
) -> Result<()> {
    attrs
        .iter()
        .filter(|attr| attr.path().is_ident(name))
        .try_for_each(|attr| attr.parse_nested_meta(&mut take))
}

/// The attributes of these names, to be passed on.
pub(crate) fn pass_on<'a>(attrs: &'a [Attribute], names: &[&str]) -> Vec<&'a Attribute> {
    attrs.iter().filter(|attr| names.iter().any(|name| attr.path().is_ident(name))).collect()
}

/// A word that the attribute does not take.
pub(crate) fn unknown(meta: &ParseNestedMeta<'_>, takes: &str) -> Error {
    meta.error(format!("not known here; write {takes}"))
}

/// Keeps a value that may be given once.
pub(crate) fn once<T>(slot: &mut Option<T>, value: T, at: Span) -> Result<()> {
    if slot.replace(value).is_some() {
        return Err(Error::new(at, "this is said twice; keep one"));
    }
    Ok(())
}

/// `word = "text"`, of which there is some.
pub(crate) fn text(meta: &ParseNestedMeta<'_>) -> Result<LitStr> {
    let text: LitStr = meta.value()?.parse()?;
    if text.value().is_empty() {
        return Err(Error::new(text.span(), "this must not be empty"));
    }
    Ok(text)
}

/// `word = 3`, 1-based.
pub(crate) fn number<T>(meta: &ParseNestedMeta<'_>) -> Result<T>
where
    T: std::str::FromStr + Default + PartialEq,
    T::Err: std::fmt::Display,
{
    positive(&meta.value()?.parse()?)
}

/// A number from 1 on.
pub(crate) fn positive<T>(number: &LitInt) -> Result<T>
where
    T: std::str::FromStr + Default + PartialEq,
    T::Err: std::fmt::Display,
{
    let value: T = number.base10_parse()?;
    if value == T::default() {
        return Err(Error::new(number.span(), "this is counted from 1"));
    }
    Ok(value)
}

/// Everything that has been wrong at once, instead of the first of it.
pub(crate) fn all<T>(results: impl IntoIterator<Item = Result<T>>) -> Result<Vec<T>> {
    let mut values = Vec::new();
    let mut problem: Option<Error> = None;
    for result in results {
        match (result, &mut problem) {
            (Ok(value), _) => values.push(value),
            (Err(error), Some(problem)) => problem.combine(error),
            (Err(error), None) => problem = Some(error),
        }
    }
    problem.map_or(Ok(values), Err)
}

/// Refuses type parameters and lifetimes: what is stored or dispatched by name is one type.
pub(crate) fn no_generics(what: &str, ident: &Ident, generics: &syn::Generics) -> Result<()> {
    if generics.params.is_empty() {
        return Ok(());
    }
    let advice = format!("{what} has no type parameters; make `{ident}` a type of its own per case");
    Err(Error::new_spanned(&generics.params, advice))
}

/// Whether nothing is left to read but a closing comma.
pub(crate) fn at_end(input: ParseStream<'_>) -> Result<bool> {
    if !input.is_empty() {
        input.parse::<syn::Token![,]>()?;
    }
    Ok(input.is_empty())
}

/// The variants of an enum, of which there is one at least; `advice` says what to write instead of a struct.
pub(crate) fn variants<'a>(input: &'a syn::DeriveInput, advice: &str) -> Result<Vec<&'a syn::Variant>> {
    match &input.data {
        syn::Data::Enum(data) if !data.variants.is_empty() => Ok(data.variants.iter().collect()),
        syn::Data::Enum(_) | syn::Data::Struct(_) | syn::Data::Union(_) => {
            Err(Error::new(input.ident.span(), advice))
        }
    }
}
