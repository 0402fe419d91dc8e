//! How a fact is stored: its name, its version, and the steps by which older versions are read.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{
    Error, Expr, LitInt, LitStr, Result, Token, Variant, meta::ParseNestedMeta, parse::ParseStream,
    punctuated::Punctuated, spanned::Spanned,
};

use super::fact::Stored;
use crate::attribute;

const TAKES: &str = "`name = \"…\"`, `version = 2`, `formerly(\"OldName\")`, `upcast(1 = function)`, `split(1 = function)`, \
                     or `nested`";

/// What `#[event(…)]` says of a variant.
pub(super) struct Schema {
    pub(super) name: LitStr,
    pub(super) version: u32,
    formerly: Vec<LitStr>,
    steps: Vec<Step>,
}

/// A step from one version to the next.
struct Step {
    from: u32,
    kind: Ident,
    function: Expr,
}

impl Schema {
    pub(super) fn parse(variant: &Variant) -> Result<Self> {
        let (mut name, mut version, mut formerly, mut steps) = (None, None, Vec::new(), Vec::new());
        attribute::each(&variant.attrs, "event", |meta| {
            let at = meta.path.span();
            match meta.path.get_ident().map(ToString::to_string).as_deref() {
                Some("name") => attribute::once(&mut name, attribute::text(&meta)?, at),
                Some("version") => attribute::once(&mut version, attribute::number(&meta)?, at),
                Some("formerly") => {
                    listed(&meta, |input| input.parse::<LitStr>()).map(|names| formerly.extend(names))
                }
                Some("upcast") => listed(&meta, step).map(|more| steps.extend(kinds("Change", more))),
                Some("split") => listed(&meta, step).map(|more| steps.extend(kinds("Split", more))),
                _ => Err(attribute::unknown(&meta, TAKES)),
            }
        })?;
        let name = name.unwrap_or_else(|| LitStr::new(&variant.ident.to_string(), variant.ident.span()));
        let schema = Self { name, version: version.unwrap_or(1), formerly, steps };
        schema.check_steps(variant)?;
        Ok(schema)
    }

    /// Every older version has exactly one step.
    fn check_steps(&self, variant: &Variant) -> Result<()> {
        for (at, step) in self.steps.iter().enumerate() {
            let problem = if step.from >= self.version {
                format!("version {} is not an older one; the present version is {}", step.from, self.version)
            } else if self.steps.iter().take(at).any(|earlier| earlier.from == step.from) {
                format!("version {} has a step already", step.from)
            } else {
                continue;
            };
            return Err(Error::new(step.function.span(), problem));
        }
        let missing = (1..self.version).find(|from| self.steps.iter().all(|step| step.from != *from));
        missing.map_or(Ok(()), |from| {
            let next = from + 1;
            let advice = format!(
                "`{}` is in version {}, and no step leads from version {from} to {next}; write `upcast({from} = function)` with \
                 `fn function(data: &mut JsonObject)`, or `split({from} = function)` with `fn function(data: JsonObject) -> Vec<OldEvent>`",
                self.name.value(), self.version
            );
            Err(Error::new(variant.ident.span(), advice))
        })
    }

    pub(super) fn expand(&self) -> TokenStream {
        let Self { name, version, formerly, steps } = self;
        let steps = steps.iter().map(|Step { from, kind, function }| {
            quote! {
                ::diptych::codec::Upcast { from: #from, step: ::diptych::codec::UpcastStep::#kind(#function) }
            }
        });
        quote! {
            ::diptych::codec::EventSchema {
                name: #name,
                version: #version,
                former_names: &[#(#formerly),*],
                upcasts: &[#(#steps),*],
            }
        }
    }
}

/// Stored names, present and former, are unique within the enum.
pub(super) fn unique(facts: &[Stored<'_>]) -> Result<()> {
    let mut seen: Vec<(String, &Ident)> = Vec::new();
    for fact in facts {
        for name in std::iter::once(&fact.schema.name).chain(&fact.schema.formerly) {
            if let Some((_, first)) = seen.iter().find(|(known, _)| *known == name.value()) {
                let advice = format!(
                    "{:?} is a stored name of `{first}` too; a stored event could not be told apart, so give one of them \
                     another: `#[event(name = \"…\")]`",
                    name.value()
                );
                return Err(Error::new(name.span(), advice));
            }
            seen.push((name.value(), fact.ident));
        }
    }
    Ok(())
}

fn kinds(kind: &'static str, steps: Vec<(u32, Expr)>) -> impl Iterator<Item = Step> {
    steps.into_iter().map(move |(from, function)| {
        let kind = Ident::new(kind, function.span());
        Step { from, kind, function }
    })
}

/// `word(a, b)`
fn listed<T>(meta: &ParseNestedMeta<'_>, item: fn(ParseStream<'_>) -> Result<T>) -> Result<Vec<T>> {
    let content;
    syn::parenthesized!(content in meta.input);
    Ok(Punctuated::<T, Token![,]>::parse_terminated_with(&content, item)?.into_iter().collect())
}

/// `1 = function`
fn step(input: ParseStream<'_>) -> Result<(u32, Expr)> {
    let from = attribute::positive(&input.parse::<LitInt>()?)?;
    input.parse::<Token![=]>()?;
    Ok((from, input.parse()?))
}
