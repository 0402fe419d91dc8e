//! How facts are written and read: straight between bytes and the enum, with serde's own derives.
//!
//! For writing, a hidden enum of the same shape is serde's "remote" description of the real one. For reading, each fact has
//! a hidden struct, since its name stands beside the payload and not in it. Members are written in camelCase.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::{Facts, fact::Stored, nested_call};

/// The two methods, and the hidden types that they use.
pub(super) struct Json {
    pub(super) shadows: TokenStream,
    pub(super) to_json: TokenStream,
    pub(super) from_json: TokenStream,
}

impl Facts<'_> {
    pub(super) fn json(&self) -> Json {
        let (written, to_json) = self.writing();
        let read = self.stored.iter().map(shadow);
        Json { shadows: quote!(#written #(#read)*), to_json, from_json: self.reading() }
    }

    fn writing(&self) -> (TokenStream, TokenStream) {
        let remote = self.ident.to_string();
        let own = self.stored.iter().map(|Stored { ident, members, .. }| {
            let members = members.iter().map(|member| {
                let (ident, ty, serde) = (member.ident, member.ty, &member.serde);
                quote!(#(#serde)* #ident: #ty)
            });
            quote!(#ident { #(#members),* })
        });
        let nested = self.nested.iter().map(|(ident, ty)| quote!(#[serde(skip)] #ident(#ty)));
        let shadow = quote! {
            #[derive(::diptych::__private::serde::Serialize)]
            #[serde(crate = "::diptych::__private::serde", remote = #remote, untagged, rename_all_fields = "camelCase")]
            enum __Written { #(#own,)* #(#nested,)* }
        };
        let nested = self.nested_arms(&quote!(to_json(inner)));
        let own = self.stored.iter().map(|stored| {
            let ident = stored.ident;
            quote!(Self::#ident { .. })
        });
        let own = if self.stored.is_empty() {
            TokenStream::new()
        } else {
            quote! {
                #(#own)|* => {
                    let mut json = ::std::vec::Vec::with_capacity(128);
                    __Written::serialize(self, &mut ::diptych::__private::serde_json::Serializer::new(&mut json))?;
                    ::core::result::Result::Ok(json)
                }
            }
        };
        let method = quote! {
            fn to_json(&self) -> ::core::result::Result<::std::vec::Vec<u8>, ::diptych::__private::serde_json::Error> {
                match self { #nested #own }
            }
        };
        (shadow, method)
    }

    fn reading(&self) -> TokenStream {
        let own = self.stored.iter().map(|Stored { ident, schema, members }| {
            let (name, shadow) = (&schema.name, shadow_name(ident));
            let members: Vec<_> = members.iter().map(|member| member.ident).collect();
            quote! {
                #name => {
                    let #shadow { #(#members),* } = ::diptych::__private::read(event_type, payload)?;
                    ::core::result::Result::Ok(Self::#ident { #(#members),* })
                }
            }
        });
        let nested = self.nested.iter().map(|(ident, ty)| {
            let (schemas, read) = (
                nested_call(ty, &quote!(schemas())),
                nested_call(ty, &quote!(from_json(event_type, payload))),
            );
            quote! {
                _ if ::core::option::Option::is_some(&::diptych::codec::find(#schemas, event_type)) => {
                    #read.map(Self::#ident)
                }
            }
        });
        quote! {
            fn from_json(event_type: &str, payload: &[u8]) -> ::core::result::Result<Self, ::diptych::codec::DecodeError> {
                match event_type {
                    #(#own)*
                    #(#nested)*
                    _ => {
                        let schemas = <Self as ::diptych::event::Event>::schemas();
                        ::core::result::Result::Err(::diptych::__private::unknown(schemas, event_type))
                    }
                }
            }
        }
    }
}

fn shadow_name(fact: &Ident) -> Ident {
    format_ident!("__{fact}")
}

/// The hidden struct that a fact is read as.
fn shadow(Stored { ident, members, .. }: &Stored<'_>) -> TokenStream {
    let shadow = shadow_name(ident);
    let name = ident.to_string();
    let members = members.iter().map(|member| {
        let (ident, ty, serde) = (member.ident, member.ty, &member.serde);
        quote!(#(#serde)* #ident: #ty)
    });
    quote! {
        #[derive(::diptych::__private::serde::Deserialize)]
        #[serde(crate = "::diptych::__private::serde", rename = #name, rename_all = "camelCase")]
        struct #shadow { #(#members),* }
    }
}
