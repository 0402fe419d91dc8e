//! `#[event_handler]`: a function that reacts to events becomes a handler of its name.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{ItemFn, LitStr, Result, Type, parse::Parser, spanned::Spanned};

use crate::{
    attribute,
    function::{self, Kind, Replacement, last_segment},
};

const KIND: Kind =
    Kind { attribute: "event_handler", signature: "async fn name(event: &Event, at: &Metadata) -> Result" };

pub(crate) fn expand(arguments: TokenStream, item: &ItemFn) -> Result<TokenStream> {
    let mut name = None;
    let parser = syn::meta::parser(|meta| {
        let at = meta.path.span();
        if meta.path.is_ident("name") {
            return attribute::once(&mut name, attribute::text(&meta)?, at);
        }
        Err(attribute::unknown(&meta, "`name = \"…\"`"))
    });
    parser.parse2(arguments)?;
    let name = function::name(name, &item.sig.ident)?;
    KIND.answer(item)?;
    let (event, arguments) = event_of(item)?;
    let impls = handler(item, &name, event, &arguments);
    Ok(Replacement { item, traits: quote!(::diptych::handler::EventHandler), impls }.expand())
}

/// The events that it takes, and the arguments of the call.
fn event_of(item: &ItemFn) -> Result<(&Type, TokenStream)> {
    let metadata = |ty: &Type| last_segment(ty).is_some_and(|last| last.ident == "Metadata");
    match KIND.parameters(item)?.as_slice() {
        [event] if !metadata(event) => Ok((event, quote!(event))),
        [event, at] if metadata(at) => Ok((event, quote!(event, &stored.metadata))),
        _ => Err(KIND.wrong(&item.sig.inputs, "it takes an event, and what is known of it if you like")),
    }
}

fn handler(item: &ItemFn, name: &LitStr, event: &Type, arguments: &TokenStream) -> TokenStream {
    let function = &item.sig.ident;
    quote! {
        #[::diptych::__private::async_trait::async_trait]
        impl ::diptych::handler::EventHandler for __Made {
            fn name(&self) -> ::std::borrow::Cow<'static, str> {
                ::std::borrow::Cow::Borrowed(#name)
            }

            fn filter(&self) -> ::diptych::scope::Filter {
                let schemas = <#event as ::diptych::event::Event>::schemas();
                let scope = ::diptych::scope::Scope::default().of_types(::diptych::codec::stored_names(schemas));
                ::core::convert::From::from(scope)
            }

            async fn handle(
                &self,
                stored: &::diptych::event::RecordedEvent,
            ) -> ::core::result::Result<(), ::diptych::failure::BoxError> {
                for event in ::diptych::codec::decode::<#event>(stored)?.as_slice() {
                    #function(#arguments).await?;
                }
                ::core::result::Result::Ok(())
            }
        }
    }
}
