//! `#[derive(Rejection)]`: the ways in which one decision says no.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{DeriveInput, Error, Fields, LitStr, Result, Token, Variant, parse::ParseStream};

use crate::{attribute, fieldwise, words};

const KINDS: &str = "`not_found`, `gone`, `rule`, `taken`, `unauthorized`, or `invalid = \"/pointer\"`";

/// One way of saying no.
struct Reason<'a> {
    variant: &'a Variant,
    kind: TokenStream,
    text: Option<LitStr>,
    code: LitStr,
}

pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let advice = "a rejection is an enum of reasons: `enum WithdrawRejection { #[reject(not_found)] NoAccount }`; \
                  a command that is never refused has `rejection = diptych::Never`";
    let variants = attribute::variants(input, advice)?;
    attribute::no_generics("a rejection", &input.ident, &input.generics)?;
    let reasons = attribute::all(variants.into_iter().map(Reason::parse))?;
    unique(&reasons)?;
    let name = &input.ident;
    let (clone, equal, debug) =
        (fieldwise::clone(input), fieldwise::partial_eq(input), fieldwise::debug(input));
    let (display, rejection, lints) = (display(name, &reasons), rejection(name, &reasons), crate::lints());
    Ok(quote! {
        #lints
        const _: () = {
            #clone
            #equal
            #debug
            #display

            #[automatically_derived]
            impl ::core::error::Error for #name {}

            #rejection
        };
    })
}

fn display(name: &Ident, reasons: &[Reason<'_>]) -> TokenStream {
    let arms = reasons.iter().map(|Reason { variant, text, .. }| {
        let (ident, fields) = (&variant.ident, variant.fields.iter().map(|field| &field.ident));
        match text {
            Some(text) => quote!(Self::#ident { #(#fields),* } => ::core::write!(f, #text)),
            None => {
                let words = words::spoken(&ident.to_string());
                quote!(Self::#ident { .. } => f.write_str(#words))
            }
        }
    });
    quote! {
        #[automatically_derived]
        impl ::core::fmt::Display for #name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                match self { #(#arms,)* }
            }
        }
    }
}

fn rejection(name: &Ident, reasons: &[Reason<'_>]) -> TokenStream {
    let idents: Vec<_> = reasons.iter().map(|reason| &reason.variant.ident).collect();
    let kinds = reasons.iter().map(|reason| &reason.kind);
    let codes = reasons.iter().map(|reason| &reason.code);
    quote! {
        #[automatically_derived]
        impl ::diptych::rejection::Rejection for #name {
            fn kind(&self) -> ::diptych::rejection::RejectionKind {
                match self { #(Self::#idents { .. } => ::diptych::rejection::RejectionKind::#kinds,)* }
            }

            fn code(&self) -> &'static str {
                match self { #(Self::#idents { .. } => #codes,)* }
            }
        }
    }
}

impl<'a> Reason<'a> {
    fn parse(variant: &'a Variant) -> Result<Self> {
        if let Fields::Unnamed(_) = variant.fields {
            let advice = format!("name what it says: `{} {{ balance: i64 }}`", variant.ident);
            return Err(Error::new_spanned(&variant.fields, advice));
        }
        let (mut kind, mut text, mut code) = (None, None, None);
        for attr in variant.attrs.iter().filter(|attr| attr.path().is_ident("reject")) {
            attr.parse_args_with(|input: ParseStream<'_>| {
                while !input.is_empty() {
                    word(input, &mut kind, &mut text, &mut code)?;
                    attribute::at_end(input)?;
                }
                Ok(())
            })?;
        }
        let Some(kind) = kind else {
            let advice = format!("say what kind of no this is: `#[reject(…)]` with {KINDS}");
            return Err(Error::new(variant.ident.span(), advice));
        };
        let kebab = || LitStr::new(&words::kebab(&variant.ident.to_string()), variant.ident.span());
        Ok(Self { variant, kind, text, code: code.unwrap_or_else(kebab) })
    }
}

/// One word of `#[reject(rule, "only {balance} are left", code = "insufficient")]`.
fn word(
    input: ParseStream<'_>,
    kind: &mut Option<TokenStream>,
    text: &mut Option<LitStr>,
    code: &mut Option<LitStr>,
) -> Result<()> {
    let at = input.span();
    if input.peek(LitStr) {
        return attribute::once(text, input.parse()?, at);
    }
    let word: Ident = input.parse()?;
    let parsed = match word.to_string().as_str() {
        "not_found" => quote!(NotFound),
        "gone" => quote!(Gone),
        "rule" => quote!(Rule),
        "taken" => quote!(Taken),
        "unauthorized" => quote!(Unauthorized),
        "invalid" => {
            let pointer = pointer(input, at)?;
            quote!(Invalid { pointer: #pointer })
        }
        "code" => {
            input.parse::<Token![=]>()?;
            return attribute::once(code, self::code(input)?, at);
        }
        _ => {
            let advice = format!(
                "not known here; write {KINDS}, then a text in quotes and `code = \"…\"` if you like"
            );
            return Err(Error::new(at, advice));
        }
    };
    attribute::once(kind, parsed, at)
}

/// `= "/customerId"`; empty means the command as a whole.
fn pointer(input: ParseStream<'_>, at: proc_macro2::Span) -> Result<LitStr> {
    let advice =
        "say which member of the command is at fault, as a JSON pointer: `invalid = \"/customerId\"`";
    input.parse::<Token![=]>().map_err(|_| Error::new(at, advice))?;
    let pointer: LitStr = input.parse()?;
    let text = pointer.value();
    if text.is_empty() || text.starts_with('/') {
        Ok(pointer)
    } else {
        Err(Error::new(pointer.span(), advice))
    }
}

/// `"insufficient-funds"`
fn code(input: ParseStream<'_>) -> Result<LitStr> {
    let code: LitStr = input.parse()?;
    let text = code.value();
    let fits = text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if fits {
        Ok(code)
    } else {
        Err(Error::new(code.span(), "a code is in kebab-case: `code = \"insufficient-funds\"`"))
    }
}

/// Programs tell rejections apart by their codes.
fn unique(reasons: &[Reason<'_>]) -> Result<()> {
    for (at, reason) in reasons.iter().enumerate() {
        let same = |earlier: &&Reason<'_>| earlier.code.value() == reason.code.value();
        if let Some(first) = reasons.iter().take(at).find(same) {
            let advice =
                format!("{:?} is the code of `{}` already", reason.code.value(), first.variant.ident);
            return Err(Error::new(reason.code.span(), advice));
        }
    }
    Ok(())
}
