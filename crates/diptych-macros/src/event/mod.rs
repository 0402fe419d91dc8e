//! `#[derive(Event)]`: an enum of facts becomes a set of events that is stored by name and version.
//!
//! Read [`fact`] first (what a variant says of itself), then [`json`] (how it is written and read).

mod fact;
mod json;
mod member;
mod reach;
mod schema;

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::{DeriveInput, Result};

use self::fact::{Fact, Stored};
use crate::{attribute, fieldwise};

/// An enum of facts.
struct Facts<'a> {
    ident: &'a Ident,
    stored: Vec<Stored<'a>>,
    nested: Vec<(&'a Ident, &'a syn::Type)>,
}

pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let advice = "a set of events is an enum with a variant per fact: `enum AccountEvent { Opened { owner: String } }`";
    let variants = attribute::variants(input, advice)?;
    attribute::no_generics("a set of events", &input.ident, &input.generics)?;
    let mut own_clone = None;
    attribute::each(&input.attrs, "event", |meta| {
        if meta.path.is_ident("no_clone") {
            return attribute::once(
                &mut own_clone,
                (),
                meta.path.get_ident().map_or(input.ident.span(), Ident::span),
            );
        }
        Err(attribute::unknown(
            &meta,
            "`no_clone`, where you implement `Clone` yourself; names and versions belong to the variants",
        ))
    })?;
    let mut facts = Facts { ident: &input.ident, stored: Vec::new(), nested: Vec::new() };
    for fact in attribute::all(variants.into_iter().map(Fact::parse))? {
        match fact {
            Fact::Stored(stored) => facts.stored.push(*stored),
            Fact::Nested(ident, ty) => facts.nested.push((ident, ty)),
        }
    }
    schema::unique(&facts.stored)?;
    let clone = own_clone.map_or_else(|| fieldwise::clone(input), |()| TokenStream::new());
    Ok(facts.expand(&clone))
}

impl Facts<'_> {
    fn expand(&self, clone: &TokenStream) -> TokenStream {
        let name = self.ident;
        let (schemas, naming) = (self.schemas(), self.naming());
        let (tags, personal) = (self.tags(), self.personal());
        let json::Json { shadows, to_json, from_json } = self.json();
        let lints = crate::lints();
        quote! {
            #lints
            const _: () = {
                #shadows
                #clone

                #[automatically_derived]
                impl ::diptych::event::Event for #name {
                    #schemas
                    #naming
                    #tags
                    #personal
                    #to_json
                    #from_json
                }
            };
        }
    }

    fn schemas(&self) -> TokenStream {
        let own = self.stored.iter().map(|stored| stored.schema.expand());
        let own = quote! {
            const OWN: &[::diptych::codec::EventSchema] = &[#(#own),*];
        };
        let body = if self.nested.is_empty() {
            quote!(OWN)
        } else {
            let name = self.ident.to_string();
            let nested = self.nested.iter().map(|(_, ty)| nested_call(ty, &quote!(schemas())));
            quote! {
                static ALL: ::std::sync::OnceLock<::std::vec::Vec<::diptych::codec::EventSchema>> =
                    ::std::sync::OnceLock::new();
                ALL.get_or_init(|| ::diptych::__private::join(#name, &[OWN, #(#nested),*]))
            }
        };
        quote! {
            fn schemas() -> &'static [::diptych::codec::EventSchema] {
                #own
                #body
            }
        }
    }

    fn naming(&self) -> TokenStream {
        let names = self.each(|stored| stored.schema.name.to_token_stream(), &quote!(event_type(inner)));
        let versions = self.each(
            |stored| {
                let version = stored.schema.version;
                quote!(#version)
            },
            &quote!(schema_version(inner)),
        );
        quote! {
            fn event_type(&self) -> &'static str {
                match self { #names }
            }

            fn schema_version(&self) -> u32 {
                match self { #versions }
            }
        }
    }

    /// One arm per fact, whatever its fields; nested enums answer themselves.
    fn each(&self, own: impl Fn(&Stored<'_>) -> TokenStream, nested: &TokenStream) -> TokenStream {
        let own = self.stored.iter().map(|stored| {
            let (ident, answer) = (stored.ident, own(stored));
            quote!(Self::#ident { .. } => #answer,)
        });
        let nested = self.nested_arms(nested);
        quote!(#(#own)* #nested)
    }

    fn nested_arms(&self, call: &TokenStream) -> TokenStream {
        let arms = self.nested.iter().map(|(ident, ty)| {
            let call = nested_call(ty, call);
            quote!(Self::#ident(inner) => #call,)
        });
        quote!(#(#arms)*)
    }
}

/// A call of a method of a nested enum, with errors pointing at its name.
fn nested_call(ty: &syn::Type, call: &TokenStream) -> TokenStream {
    let span = syn::spanned::Spanned::span(ty);
    quote_spanned!(span=> <#ty as ::diptych::event::Event>::#call)
}
