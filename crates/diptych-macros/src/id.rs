//! `#[derive(Id)]`: a newtype that names things of one kind, checked whenever it is made of a text.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{Data, DeriveInput, Error, Fields, Result, Type, Visibility};

use crate::attribute;

/// `vis struct name(inner);`
struct Newtype<'a> {
    vis: &'a Visibility,
    name: &'a Ident,
    inner: &'a Type,
}

pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    attribute::no_generics("an id", &input.ident, &input.generics)?;
    let newtype = Newtype::of(input)?;
    let (making, showing, comparing) = (newtype.making(), newtype.showing(), newtype.comparing());
    let (serde, ports) = (newtype.serde(), newtype.ports());
    let lints = crate::lints();
    let inherent = newtype.inherent();
    Ok(quote! {
        #inherent

        #lints
        const _: () = {
            #making
            #showing
            #comparing
            #serde
            #ports
        };
    })
}

impl<'a> Newtype<'a> {
    fn of(input: &'a DeriveInput) -> Result<Self> {
        let advice = format!("an id is a newtype of a text: `struct {}(String);`", input.ident);
        match &input.data {
            Data::Struct(syn::DataStruct { fields: Fields::Unnamed(fields), .. })
                if fields.unnamed.len() == 1 =>
            {
                Ok(Self { vis: &input.vis, name: &input.ident, inner: &fields.unnamed[0].ty })
            }
            Data::Struct(_) | Data::Enum(_) | Data::Union(_) => Err(Error::new(input.ident.span(), advice)),
        }
    }

    fn inherent(&self) -> TokenStream {
        let Self { vis, name, .. } = self;
        quote! {
            #[automatically_derived]
            #[allow(dead_code)]
            impl #name {
                /// Takes a text as an id.
                ///
                /// # Errors
                /// Where the text breaks the rules of ids: 1 to 128 characters of `A-Z a-z 0-9 . _ : -`, and neither `.` nor
                /// `..`.
                #vis fn new(text: impl ::core::convert::AsRef<str>) -> ::core::result::Result<Self, ::diptych::id::InvalidId> {
                    let text = text.as_ref();
                    ::diptych::id::check_id(text)?;
                    ::core::result::Result::Ok(Self(::core::convert::From::from(text)))
                }

                /// The text.
                #[must_use]
                #vis fn as_str(&self) -> &str {
                    &self.0
                }
            }
        }
    }

    fn making(&self) -> TokenStream {
        let Self { name, .. } = self;
        quote! {
            #[automatically_derived]
            impl ::core::str::FromStr for #name {
                type Err = ::diptych::id::InvalidId;
                fn from_str(text: &str) -> ::core::result::Result<Self, ::diptych::id::InvalidId> {
                    Self::new(text)
                }
            }

            #[automatically_derived]
            impl ::core::convert::TryFrom<&str> for #name {
                type Error = ::diptych::id::InvalidId;
                fn try_from(text: &str) -> ::core::result::Result<Self, ::diptych::id::InvalidId> {
                    Self::new(text)
                }
            }

            #[automatically_derived]
            impl ::core::convert::TryFrom<::std::string::String> for #name {
                type Error = ::diptych::id::InvalidId;
                fn try_from(text: ::std::string::String) -> ::core::result::Result<Self, ::diptych::id::InvalidId> {
                    ::diptych::id::check_id(&text)?;
                    ::core::result::Result::Ok(Self(::core::convert::From::from(text)))
                }
            }

            #[automatically_derived]
            impl ::core::convert::From<::diptych::id::Id> for #name {
                fn from(id: ::diptych::id::Id) -> Self {
                    Self(::core::convert::From::from(id.as_str()))
                }
            }
        }
    }

    fn showing(&self) -> TokenStream {
        let Self { name, inner, .. } = self;
        quote! {
            #[automatically_derived]
            impl ::core::clone::Clone for #name {
                fn clone(&self) -> Self {
                    Self(<#inner as ::core::clone::Clone>::clone(&self.0))
                }
            }

            #[automatically_derived]
            impl ::core::fmt::Debug for #name {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    f.debug_tuple(::core::stringify!(#name)).field(&self.as_str()).finish()
                }
            }

            #[automatically_derived]
            impl ::core::fmt::Display for #name {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    ::core::fmt::Formatter::pad(f, self.as_str())
                }
            }

            #[automatically_derived]
            impl ::core::convert::AsRef<str> for #name {
                fn as_ref(&self) -> &str {
                    self.as_str()
                }
            }
        }
    }

    /// Ids compare as their texts do.
    fn comparing(&self) -> TokenStream {
        let Self { name, .. } = self;
        quote! {
            #[automatically_derived]
            impl ::core::cmp::PartialEq for #name {
                fn eq(&self, other: &Self) -> bool {
                    self.as_str() == other.as_str()
                }
            }

            #[automatically_derived]
            impl ::core::cmp::Eq for #name {}

            #[automatically_derived]
            impl ::core::cmp::PartialOrd for #name {
                fn partial_cmp(&self, other: &Self) -> ::core::option::Option<::core::cmp::Ordering> {
                    ::core::option::Option::Some(::core::cmp::Ord::cmp(self, other))
                }
            }

            #[automatically_derived]
            impl ::core::cmp::Ord for #name {
                fn cmp(&self, other: &Self) -> ::core::cmp::Ordering {
                    ::core::cmp::Ord::cmp(self.as_str(), other.as_str())
                }
            }

            #[automatically_derived]
            impl ::core::hash::Hash for #name {
                fn hash<H: ::core::hash::Hasher>(&self, state: &mut H) {
                    ::core::hash::Hash::hash(self.as_str(), state);
                }
            }
        }
    }

    fn serde(&self) -> TokenStream {
        let Self { name, .. } = self;
        let private = quote!(::diptych::__private);
        quote! {
            #[automatically_derived]
            impl #private::serde::Serialize for #name {
                fn serialize<S: #private::serde::Serializer>(&self, to: S) -> ::core::result::Result<S::Ok, S::Error> {
                    to.serialize_str(self.as_str())
                }
            }

            #[automatically_derived]
            impl<'de> #private::serde::Deserialize<'de> for #name {
                fn deserialize<D: #private::serde::Deserializer<'de>>(from: D) -> ::core::result::Result<Self, D::Error> {
                    let text = <::std::string::String as #private::serde::Deserialize>::deserialize(from)?;
                    <Self as ::core::convert::TryFrom<_>>::try_from(text).map_err(#private::serde::de::Error::custom)
                }
            }

            #[automatically_derived]
            impl #private::schemars::JsonSchema for #name {
                fn inline_schema() -> bool {
                    true
                }

                fn schema_name() -> ::std::borrow::Cow<'static, str> {
                    ::std::borrow::Cow::Borrowed(::core::stringify!(#name))
                }

                fn json_schema(generator: &mut #private::schemars::SchemaGenerator) -> #private::schemars::Schema {
                    <::diptych::id::Id as #private::schemars::JsonSchema>::json_schema(generator)
                }
            }
        }
    }

    fn ports(&self) -> TokenStream {
        let Self { name, .. } = self;
        quote! {
            #[automatically_derived]
            impl ::diptych::id::Identifier for #name {
                fn id(&self) -> ::diptych::id::Id {
                    ::diptych::id::Id::new(self.as_str())
                        .expect("a newtype of an id is made with `new`, which keeps the rules of ids")
                }
            }

            #[automatically_derived]
            impl ::diptych::tag::TagValues for #name {
                fn each(&self, put: &mut dyn ::core::ops::FnMut(&dyn ::core::fmt::Display)) {
                    put(self);
                }
            }

            #[automatically_derived]
            impl ::core::convert::From<&#name> for ::diptych::sql::SqlValue {
                fn from(id: &#name) -> Self {
                    Self::Text(id.as_str().to_owned())
                }
            }

            #[automatically_derived]
            impl ::diptych::sql::FromSql for #name {
                const KIND: &'static str = "an id";
                fn from_sql(value: &::diptych::sql::SqlValue) -> ::core::option::Option<Self> {
                    <::std::string::String as ::diptych::sql::FromSql>::from_sql(value)
                        .and_then(|text| Self::new(text).ok())
                }
            }
        }
    }
}
