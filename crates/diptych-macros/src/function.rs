//! A function that becomes a value: checked, then replaced by a unit struct of its name.
//!
//! The function itself is kept, hidden beside the impl, so that errors in it point into the user's code.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::{
    Attribute, Error, FnArg, GenericArgument, ItemFn, LitStr, PathArguments, PathSegment, Result, ReturnType,
    Type, TypeReference,
};

/// What the attribute is called, and what its functions look like.
pub(crate) struct Kind {
    pub(crate) attribute: &'static str,
    pub(crate) signature: &'static str,
}

impl Kind {
    /// An error that shows what the function should look like.
    pub(crate) fn wrong(&self, at: impl ToTokens, problem: &str) -> Error {
        Error::new_spanned(at, format!("{problem}; `#[{}]` stands on `{}`", self.attribute, self.signature))
    }

    /// The types that the function's parameters point to.
    pub(crate) fn parameters<'a>(&self, item: &'a ItemFn) -> Result<Vec<&'a Type>> {
        let signature = &item.sig;
        if signature.asyncness.is_none() {
            return Err(self.wrong(signature.fn_token, "this function is not `async`"));
        }
        if !signature.generics.params.is_empty() {
            return Err(
                self.wrong(&signature.generics, "this function is generic, so it could not become one value")
            );
        }
        signature.inputs.iter().map(|input| self.parameter(input)).collect()
    }

    fn parameter<'a>(&self, input: &'a FnArg) -> Result<&'a Type> {
        let FnArg::Typed(parameter) = input else {
            return Err(self.wrong(input, "this function is a method"));
        };
        if let Type::Reference(TypeReference { elem, .. }) = &*parameter.ty {
            return Ok(elem);
        }
        Err(self.wrong(&parameter.ty, "its parameters are references"))
    }

    /// `T` of the function's `Result<T>`, and `()` of a bare `Result`.
    pub(crate) fn answer(&self, item: &ItemFn) -> Result<Type> {
        let last = match &item.sig.output {
            ReturnType::Type(_, ty) => last_segment(ty).filter(|last| last.ident == "Result"),
            ReturnType::Default => None,
        };
        let Some(last) = last else {
            return Err(self.wrong(&item.sig, "this function answers no `Result`"));
        };
        Ok(arguments(last).next().cloned().unwrap_or_else(|| syn::parse_quote!(())))
    }
}

/// The last name of a type's path, with its arguments.
pub(crate) fn last_segment(ty: &Type) -> Option<&PathSegment> {
    if let Type::Path(path) = ty { path.path.segments.last() } else { None }
}

/// The types among a segment's arguments.
pub(crate) fn arguments(segment: &PathSegment) -> impl Iterator<Item = &Type> {
    let arguments = match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => Some(&arguments.args),
        PathArguments::None | PathArguments::Parenthesized(_) => None,
    };
    arguments
        .into_iter()
        .flatten()
        .filter_map(|argument| if let GenericArgument::Type(ty) = argument { Some(ty) } else { None })
}

/// What stands in place of the function: one of the same name that makes a value, so that no name is taken but its own, and
/// that one stays free for variables and fields.
pub(crate) struct Replacement<'a> {
    pub(crate) item: &'a ItemFn,
    /// The traits of the value.
    pub(crate) traits: TokenStream,
    /// Their impls for `__Made`, which may call the function by its name.
    pub(crate) impls: TokenStream,
}

impl Replacement<'_> {
    pub(crate) fn expand(&self) -> TokenStream {
        let Self { item, traits, impls } = self;
        let (vis, name) = (&item.vis, &item.sig.ident);
        let (outside, inside): (Vec<&Attribute>, Vec<_>) =
            item.attrs.iter().partition(|attr| attr.path().is_ident("doc"));
        let (signature, block, lints) = (&item.sig, &item.block, crate::lints());
        quote! {
            #(#outside)*
            #[allow(clippy::must_use_candidate, clippy::missing_const_for_fn, clippy::items_after_statements)]
            #vis fn #name() -> impl #traits {
                #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
                struct __Made;

                #[allow(clippy::unused_async)]
                #(#inside)*
                #signature #block

                #lints
                const _: () = { #impls };

                __Made
            }
        }
    }
}

/// The name given, or else that of the function.
pub(crate) fn name(given: Option<LitStr>, ident: &Ident) -> Result<LitStr> {
    let name = given.unwrap_or_else(|| LitStr::new(&ident.to_string(), ident.span()));
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    if name.value().chars().all(fits) {
        return Ok(name);
    }
    Err(Error::new(name.span(), "a name is written in a-z 0-9 _ -: `name = \"order_views\"`"))
}
