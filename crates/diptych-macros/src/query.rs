//! `#[query]`: a function that answers a question becomes the handler of that question.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{
    Error, Expr, ExprArray, ExprLit, ExprPath, ItemFn, Lit, Result, Type, parse::Parser, spanned::Spanned,
};

use crate::{
    attribute,
    function::{Kind, Replacement, last_segment},
};

const KIND: Kind =
    Kind { attribute: "query", signature: "async fn name(query: &TheQuery, db: &Reader) -> Result<Answer>" };

const READS: &str = "say which projections it reads, so that a caller can wait for them: `#[query(reads = balances)]`, \
                     `reads = [a, b]`, or by name `reads = \"balances\"`";

pub(crate) fn expand(arguments: TokenStream, item: &ItemFn) -> Result<TokenStream> {
    let mut reads = None;
    let parser = syn::meta::parser(|meta| {
        let at = meta.path.span();
        if meta.path.is_ident("reads") {
            return attribute::once(&mut reads, meta.value()?.parse::<Expr>()?, at);
        }
        Err(attribute::unknown(&meta, "`reads = projection` or `reads = [a, b]`"))
    });
    parser.parse2(arguments)?;
    let reads =
        reads.ok_or_else(|| Error::new(item.sig.ident.span(), READS)).and_then(|reads| names(&reads))?;
    let query = query_of(item)?;
    let answer = KIND.answer(item)?;
    let question = question(query, &answer)?;
    let traits = quote!(::diptych::query::QueryHandler<#query>);
    let handler = Replacement { item, traits, impls: handler(item, query, &answer, &reads) }.expand();
    Ok(quote!(#question #handler))
}

/// The type of the question.
fn query_of(item: &ItemFn) -> Result<&Type> {
    match KIND.parameters(item)?.as_slice() {
        [query, db] if last_segment(db).is_some_and(|last| last.ident == "Reader") => Ok(query),
        _ => Err(KIND.wrong(&item.sig.inputs, "it takes the query and the handle to read through")),
    }
}

/// The names of the projections: of the functions that make them, or as they are given.
fn names(reads: &Expr) -> Result<Vec<TokenStream>> {
    if let Expr::Array(ExprArray { elems, .. }) = reads {
        return attribute::all(elems.iter().map(name));
    }
    Ok(vec![name(reads)?])
}

fn name(projection: &Expr) -> Result<TokenStream> {
    if let Expr::Path(ExprPath { path, .. }) = projection {
        return Ok(quote_spanned!(path.span()=> ::diptych::projection::name_of(#path)));
    }
    if let Expr::Lit(ExprLit { lit: Lit::Str(name), .. }) = projection {
        return Ok(quote!(#name));
    }
    Err(Error::new_spanned(projection, READS))
}

fn question(query: &Type, answer: &Type) -> Result<TokenStream> {
    let Some(text) = last_segment(query).map(|last| last.ident.to_string()) else {
        return Err(KIND.wrong(query, "a query is a struct of its own"));
    };
    Ok(quote! {
        #[automatically_derived]
        impl ::diptych::query::Query for #query {
            const NAME: &'static str = #text;
            type Answer = #answer;
        }
    })
}

fn handler(item: &ItemFn, query: &Type, answer: &Type, reads: &[TokenStream]) -> TokenStream {
    let name = &item.sig.ident;
    quote! {
        #[::diptych::__private::async_trait::async_trait]
        impl ::diptych::query::QueryHandler<#query> for __Made {
            fn reads(&self) -> ::std::vec::Vec<&'static str> {
                ::std::vec![#(#reads),*]
            }

            async fn answer(
                &self,
                query: &#query,
                db: &::diptych::sql::Reader,
            ) -> ::core::result::Result<#answer, ::diptych::failure::BoxError> {
                #name(query, db).await.map_err(::core::convert::Into::into)
            }
        }
    }
}
