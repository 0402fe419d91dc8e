//! Serde of a whole type, by a hidden type of the same shape: serde's "remote" description of the real one.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Field, Fields};

use crate::attribute;

/// What the hidden type is to be.
pub(crate) struct Shadow<'a> {
    pub(crate) input: &'a DeriveInput,
    /// Its derives and container attributes, without `crate`, `remote` and `rename`.
    pub(crate) attributes: TokenStream,
    /// The attributes of fields and variants that are passed on.
    pub(crate) pass_on: &'a [&'a str],
}

impl Shadow<'_> {
    /// `struct __Shadow { … }`, or an enum.
    pub(crate) fn expand(&self) -> TokenStream {
        let Self { input, attributes, .. } = self;
        let (name, body) = (input.ident.to_string(), self.body());
        quote! {
            #attributes
            #[serde(crate = "::diptych::__private::serde", remote = #name, rename = #name)]
            #body
        }
    }

    fn body(&self) -> TokenStream {
        match &self.input.data {
            Data::Struct(data) => {
                let fields = self.fields(&data.fields);
                let end = matches!(data.fields, Fields::Unnamed(_) | Fields::Unit).then(|| quote!(;));
                quote!(struct __Shadow #fields #end)
            }
            Data::Enum(data) => {
                let variants = data.variants.iter().map(|variant| {
                    let attrs = attribute::pass_on(&variant.attrs, self.pass_on);
                    let (name, fields) = (&variant.ident, self.fields(&variant.fields));
                    quote!(#(#attrs)* #name #fields)
                });
                quote!(enum __Shadow { #(#variants),* })
            }
            Data::Union(_) => TokenStream::new(),
        }
    }

    fn fields(&self, fields: &Fields) -> TokenStream {
        let each = fields.iter().map(|Field { attrs, ident, ty, .. }| {
            let attrs = attribute::pass_on(attrs, self.pass_on);
            let colon = ident.as_ref().map(|_| quote!(:));
            quote!(#(#attrs)* #ident #colon #ty)
        });
        match fields {
            Fields::Named(_) => quote!({ #(#each),* }),
            Fields::Unnamed(_) => quote!((#(#each),*)),
            Fields::Unit => TokenStream::new(),
        }
    }
}

/// `impl Serialize` through the hidden type.
pub(crate) fn serialize(name: &syn::Ident) -> TokenStream {
    quote! {
        #[automatically_derived]
        impl ::diptych::__private::serde::Serialize for #name {
            fn serialize<S: ::diptych::__private::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                __Shadow::serialize(self, serializer)
            }
        }
    }
}

/// `impl Deserialize` through the hidden type.
pub(crate) fn deserialize(name: &syn::Ident) -> TokenStream {
    quote! {
        #[automatically_derived]
        impl<'de> ::diptych::__private::serde::Deserialize<'de> for #name {
            fn deserialize<D: ::diptych::__private::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                __Shadow::deserialize(deserializer)
            }
        }
    }
}
