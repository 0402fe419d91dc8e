//! Impls of the standard traits, field by field: what `#[derive(Clone)]` and its like would write.
//!
//! A derive cannot add another derive to the item it stands on, so the traits that come with ours are written here.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Data, DeriveInput, Fields, Ident, Member};

/// One struct, or one variant of an enum.
struct Shape<'a> {
    name: &'a Ident,
    path: TokenStream,
    fields: &'a Fields,
}

impl Shape<'_> {
    /// `Self::Variant { a: l_0, 1: l_1 }`, which matches every kind of variant.
    fn pattern(&self, prefix: &str) -> TokenStream {
        let Self { path, .. } = self;
        let members = self.fields.members();
        let names = self.names(prefix);
        quote!(#path { #(#members: #names),* })
    }

    fn names(&self, prefix: &str) -> Vec<Ident> {
        (0..self.fields.len()).map(|at| format_ident!("{prefix}_{at}")).collect()
    }
}

fn shapes(input: &DeriveInput) -> Vec<Shape<'_>> {
    match &input.data {
        Data::Struct(data) => vec![Shape { name: &input.ident, path: quote!(Self), fields: &data.fields }],
        Data::Enum(data) => data
            .variants
            .iter()
            .map(|variant| {
                let name = &variant.ident;
                Shape { name, path: quote!(Self::#name), fields: &variant.fields }
            })
            .collect(),
        Data::Union(_) => Vec::new(),
    }
}

/// `impl Clone`
pub(crate) fn clone(input: &DeriveInput) -> TokenStream {
    let name = &input.ident;
    let arms = shapes(input).into_iter().map(|shape| {
        let (path, pattern, names) = (&shape.path, shape.pattern("f"), shape.names("f"));
        let members = shape.fields.members();
        quote!(#pattern => #path { #(#members: ::core::clone::Clone::clone(#names)),* })
    });
    quote! {
        #[automatically_derived]
        impl ::core::clone::Clone for #name {
            fn clone(&self) -> Self {
                match self { #(#arms,)* }
            }
        }
    }
}

/// `impl PartialEq`
pub(crate) fn partial_eq(input: &DeriveInput) -> TokenStream {
    let name = &input.ident;
    let arms = shapes(input).into_iter().map(|shape| {
        let (left, right) = (shape.pattern("l"), shape.pattern("r"));
        let (l, r) = (shape.names("l"), shape.names("r"));
        quote!((#left, #right) => true #(&& *#l == *#r)*)
    });
    quote! {
        #[automatically_derived]
        impl ::core::cmp::PartialEq for #name {
            fn eq(&self, other: &Self) -> bool {
                #[allow(unreachable_patterns)]
                match (self, other) { #(#arms,)* _ => false }
            }
        }
    }
}

/// `impl Debug`
pub(crate) fn debug(input: &DeriveInput) -> TokenStream {
    let name = &input.ident;
    let arms = shapes(input).into_iter().map(|shape| {
        let (pattern, names, text) = (shape.pattern("f"), shape.names("f"), shape.name.to_string());
        let members = shape.fields.members().map(|member| match member {
            Member::Named(name) => name.to_string(),
            Member::Unnamed(index) => index.index.to_string(),
        });
        match shape.fields {
            Fields::Named(_) => {
                quote!(#pattern => f.debug_struct(#text)#(.field(#members, #names))*.finish())
            }
            Fields::Unnamed(_) => quote!(#pattern => f.debug_tuple(#text)#(.field(#names))*.finish()),
            Fields::Unit => quote!(#pattern => f.write_str(#text)),
        }
    });
    quote! {
        #[automatically_derived]
        impl ::core::fmt::Debug for #name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                match self { #(#arms,)* }
            }
        }
    }
}

/// `impl Default`: every field's default; of an enum, the variant marked `#[default]`.
pub(crate) fn default(input: &DeriveInput) -> syn::Result<TokenStream> {
    let name = &input.ident;
    let shapes = shapes(input);
    let shape = match &input.data {
        Data::Enum(data) => {
            let is_default =
                |variant: &syn::Variant| variant.attrs.iter().any(|attr| attr.path().is_ident("default"));
            data.variants.iter().position(is_default).and_then(|at| shapes.get(at))
        }
        Data::Struct(_) | Data::Union(_) => shapes.first(),
    };
    let Some(Shape { path, fields, .. }) = shape else {
        let advice = "mark the variant that no event has touched yet with `#[default]`";
        return Err(syn::Error::new(name.span(), advice));
    };
    let members = fields.members();
    let defaults = fields.iter().map(|_| quote!(::core::default::Default::default()));
    Ok(quote! {
        #[automatically_derived]
        impl ::core::default::Default for #name {
            fn default() -> Self {
                #path { #(#members: #defaults),* }
            }
        }
    })
}
