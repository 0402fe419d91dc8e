//! What the store and the vault ask of a fact's fields: its tags, and whom which of them is about.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::{Facts, fact::Stored, member::Member};

impl Facts<'_> {
    pub(super) fn tags(&self) -> TokenStream {
        let own = self.stored.iter().map(tags_of);
        let nested = self.nested_arms(&quote!(tags(inner)));
        quote! {
            fn tags(&self) -> ::std::vec::Vec<::diptych::tag::Tag> {
                match self { #(#own,)* #nested }
            }
        }
    }

    pub(super) fn personal(&self) -> TokenStream {
        let own = self.stored.iter().map(personal_of);
        let nested = self.nested_arms(&quote!(personal(inner, visit)));
        quote! {
            fn personal(
                &mut self,
                visit: &mut ::diptych::event::PersonalVisit<'_>,
            ) -> ::core::result::Result<(), ::diptych::failure::Failure> {
                match self { #(#own,)* #nested }
            }
        }
    }
}

fn tags_of(Stored { ident, members, .. }: &Stored<'_>) -> TokenStream {
    let tagged: Vec<_> = members.iter().filter(|member| !member.tags.is_empty()).collect();
    if tagged.is_empty() {
        return quote!(Self::#ident { .. } => ::std::vec::Vec::new());
    }
    let names = tagged.iter().map(|member| member.ident);
    let puts = tagged.iter().flat_map(|member| member.tags.iter().map(|key| put(member, key)));
    quote! {
        Self::#ident { #(#names,)* .. } => {
            let mut tags = ::std::vec::Vec::new();
            #(#puts)*
            tags
        }
    }
}

fn put(Member { ident, ty, .. }: &Member<'_>, key: &syn::LitStr) -> TokenStream {
    // At the type, so that the error of a type that gives no tags points there.
    let each = quote_spanned!(ty.span()=> <#ty as ::diptych::tag::TagValues>::each);
    quote!(#each(#ident, &mut |value| tags.push(::diptych::tag::Tag::new(#key, value)));)
}

fn personal_of(Stored { ident, members, .. }: &Stored<'_>) -> TokenStream {
    let mut subjects: Vec<&Ident> = Vec::new();
    for subject in members.iter().filter_map(|member| member.subject.as_ref()) {
        if !subjects.contains(&subject) {
            subjects.push(subject);
        }
    }
    if subjects.is_empty() {
        return quote!(Self::#ident { .. } => ::core::result::Result::Ok(()));
    }
    let visits = subjects.iter().enumerate().map(|(at, subject)| {
        let about = quote::format_ident!("about_{at}");
        let fields = members
            .iter()
            .filter(|member| member.subject.as_ref() == Some(*subject))
            .map(|member| member.ident);
        quote! {
            let #about = ::std::string::ToString::to_string(#subject);
            #(visit(&#about, #fields)?;)*
        }
    });
    let fields = members.iter().filter(|member| member.subject.is_some()).map(|member| member.ident);
    let bound: Vec<_> = subjects.iter().copied().chain(fields).collect();
    quote! {
        Self::#ident { #(#bound,)* .. } => {
            #(#visits)*
            ::core::result::Result::Ok(())
        }
    }
}
