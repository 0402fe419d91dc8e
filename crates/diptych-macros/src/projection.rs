//! `#[projection]`: a function that turns events into rows becomes a projection of its name.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{
    Error, ItemFn, LitStr, Result, Type, TypeSlice, meta::ParseNestedMeta, parse::Parser, spanned::Spanned,
};

use crate::{
    attribute,
    function::{self, Kind, Replacement, arguments, last_segment},
};

const TAKES: &str =
    "`name = \"…\"`, `version = 2`, `schema = \"file.sql\"` or `sql = \"CREATE TABLE …\"`, or `inline`";

const KIND: Kind = Kind {
    attribute: "projection",
    signature: "async fn name(event: &Event, at: &Metadata, tx: &mut Tx<'_>) -> Result`, or for batches on \
                `async fn name(events: &[Recorded<Event>], tx: &mut Tx<'_>) -> Result",
};

/// What `#[projection(…)]` says.
#[derive(Default)]
struct Declared {
    name: Option<LitStr>,
    version: Option<u32>,
    schema: Option<TokenStream>,
    inline: Option<()>,
}

impl Declared {
    fn take(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let at = meta.path.span();
        match meta.path.get_ident().map(ToString::to_string).as_deref() {
            Some("name") => attribute::once(&mut self.name, attribute::text(meta)?, at),
            Some("version") => attribute::once(&mut self.version, attribute::number(meta)?, at),
            Some("inline") => attribute::once(&mut self.inline, (), at),
            Some("schema") => {
                let file = attribute::text(meta)?;
                attribute::once(&mut self.schema, quote!(::core::include_str!(#file)), at)
            }
            Some("sql") => {
                let sql = attribute::text(meta)?;
                attribute::once(&mut self.schema, quote!(#sql), at)
            }
            _ => Err(attribute::unknown(meta, TAKES)),
        }
    }
}

/// What a parameter is given.
enum Role<'a> {
    Event(&'a Type),
    Batch(&'a Type),
    Metadata,
    Tx,
}

impl<'a> Role<'a> {
    fn of(ty: &'a Type) -> Result<Self> {
        if let Type::Slice(TypeSlice { elem, .. }) = ty {
            let event = last_segment(elem)
                .filter(|last| last.ident == "Recorded")
                .and_then(|last| arguments(last).next());
            return event
                .map(Role::Batch)
                .ok_or_else(|| KIND.wrong(ty, "a batch is a slice of `Recorded` events"));
        }
        Ok(match last_segment(ty) {
            Some(last) if last.ident == "Tx" => Self::Tx,
            Some(last) if last.ident == "Metadata" => Self::Metadata,
            Some(_) | None => Self::Event(ty),
        })
    }
}

pub(crate) fn expand(arguments: TokenStream, item: &ItemFn) -> Result<TokenStream> {
    let mut declared = Declared::default();
    syn::meta::parser(|meta| declared.take(&meta)).parse2(arguments)?;
    let roles = KIND.parameters(item)?.into_iter().map(Role::of).collect::<Result<Vec<_>>>()?;
    KIND.answer(item)?;
    let (event, batch) = event_of(item, &roles)?;
    if let (true, Some(())) = (batch, declared.inline) {
        let advice = "an inline projection takes one event at a time, in the transaction that appends it: \
                      `async fn name(event: &Event, at: &Metadata, tx: &mut Tx<'_>) -> Result`";
        return Err(Error::new_spanned(&item.sig.inputs, advice));
    }
    let call = call(&item.sig.ident, &roles);
    let name = function::name(declared.name.take(), &item.sig.ident)?;
    let spec = spec(&declared, event);
    let (port, apply) = match (declared.inline, batch) {
        (Some(()), _) => (quote!(::diptych::projection::InlineProjection), inline(event, &call)),
        (None, true) => (quote!(::diptych::projection::SqlProjection), following(&in_batches(event, &call))),
        (None, false) => (quote!(::diptych::projection::SqlProjection), following(&one_by_one(event, &call))),
    };
    let impls = quote! {
        impl ::diptych::projection::Named for __Made {
            const NAME: &'static str = #name;
        }

        #[::diptych::__private::async_trait::async_trait]
        impl #port for __Made {
            #spec
            #apply
        }
    };
    Ok(Replacement { item, traits: quote!(#port + ::diptych::projection::Named), impls }.expand())
}

/// The events that it takes, and whether in batches.
fn event_of<'a>(item: &ItemFn, roles: &[Role<'a>]) -> Result<(&'a Type, bool)> {
    let count = |wanted: fn(&Role<'_>) -> bool| roles.iter().filter(|role| wanted(role)).count();
    let events: Vec<_> = roles
        .iter()
        .filter_map(|role| match role {
            Role::Event(ty) => Some((*ty, false)),
            Role::Batch(ty) => Some((*ty, true)),
            Role::Metadata | Role::Tx => None,
        })
        .collect();
    let metadata = count(|role| matches!(role, Role::Metadata));
    match events.as_slice() {
        _ if count(|role| matches!(role, Role::Tx)) != 1 => {
            Err(KIND.wrong(&item.sig.inputs, "it writes through one `tx: &mut Tx<'_>`"))
        }
        [(_, true)] if metadata > 0 => Err(KIND
            .wrong(&item.sig.inputs, "in a batch, each `Recorded` event has its own metadata: `event.at`")),
        [only] if metadata <= 1 => Ok(*only),
        _ => Err(KIND.wrong(
            &item.sig.inputs,
            "it takes one type of events; nest several in an enum with `#[event(nested)]`",
        )),
    }
}

/// The call of the function, with its arguments in its own order.
fn call(function: &Ident, roles: &[Role<'_>]) -> TokenStream {
    let arguments = roles.iter().map(|role| match role {
        Role::Event(_) => quote!(event),
        Role::Batch(_) => quote!(&batch),
        Role::Metadata => quote!(&stored.metadata),
        Role::Tx => quote!(tx),
    });
    quote!(#function(#(#arguments),*).await)
}

fn spec(Declared { version, schema, .. }: &Declared, event: &Type) -> TokenStream {
    let version = version.map(|version| quote!(.version(#version)));
    let schema = schema.as_ref().map(|sql| quote!(.schema(#sql)));
    quote! {
        fn spec(&self) -> ::diptych::projection::ProjectionSpec {
            ::diptych::projection::ProjectionSpec::new(<Self as ::diptych::projection::Named>::NAME)#version #schema.events::<#event>()
        }
    }
}

fn inline(event: &Type, call: &TokenStream) -> TokenStream {
    quote! {
        async fn apply(
            &self,
            stored: &::diptych::event::RecordedEvent,
            tx: &mut ::diptych::sql::Tx<'_>,
        ) -> ::core::result::Result<(), ::diptych::failure::BoxError> {
            for event in ::diptych::codec::decode::<#event>(stored)?.as_slice() {
                #call?;
            }
            ::core::result::Result::Ok(())
        }
    }
}

/// Of a projection that follows the log on its own.
fn following(body: &TokenStream) -> TokenStream {
    quote! {
        async fn apply(
            &self,
            events: &[::diptych::event::RecordedEvent],
            tx: &mut ::diptych::sql::Tx<'_>,
        ) -> ::core::result::Result<(), ::diptych::projection::ProjectionError> {
            #body
            ::core::result::Result::Ok(())
        }
    }
}

fn one_by_one(event: &Type, call: &TokenStream) -> TokenStream {
    let error = error(&quote!(stored.position()));
    quote! {
        for stored in events {
            for event in ::diptych::codec::decode::<#event>(stored).map_err(#error)?.as_slice() {
                #call.map_err(#error)?;
            }
        }
    }
}

/// An error of a batch names its first event, unless it is a `ProjectionError` that names another.
fn in_batches(event: &Type, call: &TokenStream) -> TokenStream {
    let error = error(&quote!(first.at.position));
    quote! {
        let batch = ::diptych::projection::decode_batch::<#event>(events)?;
        if let ::core::option::Option::Some(first) = batch.first() {
            #call.map_err(|error| {
                let error: ::diptych::failure::BoxError = ::core::convert::Into::into(error);
                error.downcast().map_or_else(#error, |named| *named)
            })?;
        }
    }
}

fn error(position: &TokenStream) -> TokenStream {
    quote! {
        |error| ::diptych::projection::ProjectionError {
            position: #position,
            source: ::core::convert::Into::into(error),
        }
    }
}
