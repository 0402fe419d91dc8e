//! The derives and attributes of Diptych.

mod attribute;
mod command;
mod event;
mod event_handler;
mod fieldwise;
mod function;
mod id;
mod inherent;
mod projection;
mod query;
mod rejection;
mod serde_shadow;
mod state;
mod words;

use proc_macro::TokenStream;
use quote::quote;
use syn::{DeriveInput, ItemFn, parse_macro_input};

/// TODO
#[proc_macro_derive(Event, attributes(event, tag, personal, serde))]
pub fn event(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    finish(event::expand(&input))
}

/// TODO
#[proc_macro_derive(State, attributes(state, serde, default))]
pub fn state(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    finish(state::expand(&input))
}

/// TODO
#[proc_macro_derive(Rejection, attributes(reject))]
pub fn rejection(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    finish(rejection::expand(&input))
}

/// TODO
#[proc_macro_derive(Command, attributes(command, serde, schemars))]
pub fn command(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    finish(command::expand(&input))
}

/// TODO
#[proc_macro_derive(Id)]
pub fn id(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    finish(id::expand(&input))
}

/// TODO
#[proc_macro_attribute]
pub fn projection(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as ItemFn);
    finish(projection::expand(arguments.into(), &item))
}

/// TODO
#[proc_macro_attribute]
pub fn query(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as ItemFn);
    finish(query::expand(arguments.into(), &item))
}

/// TODO
#[proc_macro_attribute]
pub fn event_handler(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as ItemFn);
    finish(event_handler::expand(arguments.into(), &item))
}

fn finish(result: syn::Result<proc_macro2::TokenStream>) -> TokenStream {
    result.unwrap_or_else(syn::Error::into_compile_error).into()
}

/// What written code may do that hand-written code should not.
fn lints() -> proc_macro2::TokenStream {
    quote!(#[allow(clippy::all, clippy::pedantic, clippy::nursery, non_camel_case_types, unused_variables, dead_code)])
}
