//! `#[derive(State)]`: what a decision looks at, folded by the type's own `evolve`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::{Data, DeriveInput, Error, LitStr, Result, Type, meta::ParseNestedMeta, spanned::Spanned};

use crate::{
    attribute, fieldwise, inherent,
    serde_shadow::{self, Shadow},
};

const TAKES: &str = "`category = \"account\"`, `events = AccountEvent`, `id = AccountId`, `snapshot(every = 100, version = 1)`, \
                     or `no_default`, `no_clone`, `no_serde` for what you implement yourself";

/// What `#[state(…)]` says.
struct Declared {
    category: LitStr,
    events: Type,
    id: Type,
    snapshot: Option<Snapshot>,
    own_default: bool,
    own_clone: bool,
    own_serde: bool,
}

struct Snapshot {
    every: u64,
    version: u32,
}

pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    attribute::no_generics("a state", &input.ident, &input.generics)?;
    if let Data::Union(_) = input.data {
        return Err(Error::new(input.ident.span(), "a state is a struct or an enum"));
    }
    let declared = Declared::parse(input)?;
    let default = if declared.own_default { TokenStream::new() } else { fieldwise::default(input)? };
    let clone = if declared.own_clone { TokenStream::new() } else { fieldwise::clone(input) };
    let serde =
        if declared.snapshot.is_some() && !declared.own_serde { serde(input) } else { TokenStream::new() };
    let (state, lints) = (declared.expand(input), crate::lints());
    Ok(quote! {
        #lints
        const _: () = {
            #default
            #clone
            #serde
            #state
        };
    })
}

impl Declared {
    fn parse(input: &DeriveInput) -> Result<Self> {
        let (mut category, mut events, mut id, mut snapshot) = (None, None, None, None);
        let (mut own_default, mut own_clone, mut own_serde) = (None, None, None);
        attribute::each(&input.attrs, "state", |meta| {
            let at = meta.path.span();
            match meta.path.get_ident().map(ToString::to_string).as_deref() {
                Some("category") => attribute::once(&mut category, self::category(&meta)?, at),
                Some("events") => attribute::once(&mut events, meta.value()?.parse()?, at),
                Some("id") => attribute::once(&mut id, meta.value()?.parse()?, at),
                Some("snapshot") => attribute::once(&mut snapshot, self::snapshot(&meta)?, at),
                Some("no_default") => attribute::once(&mut own_default, (), at),
                Some("no_clone") => attribute::once(&mut own_clone, (), at),
                Some("no_serde") => attribute::once(&mut own_serde, (), at),
                _ => Err(attribute::unknown(&meta, TAKES)),
            }
        })?;
        let name = &input.ident;
        let missing = |what: &str| {
            let advice = format!(
                "say {what}: `#[state(category = \"account\", events = AccountEvent)] struct {name}`"
            );
            Error::new(name.span(), advice)
        };
        let id_name = format_ident!("{name}Id", span = name.span());
        Ok(Self {
            category: category.ok_or_else(|| missing("what kind of thing its streams are about"))?,
            events: events.ok_or_else(|| missing("which facts it is folded from"))?,
            id: id.unwrap_or_else(|| syn::parse_quote!(#id_name)),
            snapshot,
            own_default: own_default.is_some(),
            own_clone: own_clone.is_some(),
            own_serde: own_serde.is_some(),
        })
    }

    fn expand(&self, input: &DeriveInput) -> TokenStream {
        let Self { category, events, id, .. } = self;
        let name = &input.ident;
        let own = inherent::required(name, &quote!(::diptych::state::State), "evolve");
        let snapshots = self.snapshot.as_ref().map(|Snapshot { every, version }| {
            quote! {
                fn snapshots() -> ::core::option::Option<::diptych::state::Snapshots> {
                    ::core::option::Option::Some(::diptych::state::Snapshots::json::<Self>(#every, #version))
                }
            }
        });
        let evolve = quote_spanned!(name.span()=> #name::evolve);
        quote! {
            #own

            #[automatically_derived]
            impl ::diptych::state::State for #name {
                const CATEGORY: &'static str = #category;
                type Event = #events;
                type Id = #id;

                fn evolve(&mut self, event: &#events) {
                    let evolve: fn(&mut #name, &#events) = #evolve;
                    evolve(self, event);
                }

                #snapshots
            }
        }
    }
}

/// `category = "account"`
fn category(meta: &ParseNestedMeta<'_>) -> Result<LitStr> {
    let category = attribute::text(meta)?;
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    if !category.value().chars().all(word) {
        return Err(Error::new(
            category.span(),
            "a category is written in a-z 0-9 _ -: `category = \"account\"`",
        ));
    }
    Ok(category)
}

/// `snapshot(every = 100, version = 1)`
fn snapshot(meta: &ParseNestedMeta<'_>) -> Result<Snapshot> {
    let (mut every, mut version) = (None, None);
    meta.parse_nested_meta(|meta| {
        let at = meta.path.span();
        if meta.path.is_ident("every") {
            attribute::once(&mut every, attribute::number(&meta)?, at)
        } else if meta.path.is_ident("version") {
            attribute::once(&mut version, attribute::number(&meta)?, at)
        } else {
            Err(attribute::unknown(&meta, "`every = 100`, `version = 1`"))
        }
    })?;
    let every =
        every.ok_or_else(|| meta.error("say after how many events: `snapshot(every = 100, version = 1)`"))?;
    Ok(Snapshot { every, version: version.unwrap_or(1) })
}

/// Snapshots are JSON of the state.
fn serde(input: &DeriveInput) -> TokenStream {
    let attributes = quote! {
        #[derive(::diptych::__private::serde::Serialize, ::diptych::__private::serde::Deserialize)]
    };
    let shadow = Shadow { input, attributes, pass_on: &["serde"] }.expand();
    let (write, read) = (serde_shadow::serialize(&input.ident), serde_shadow::deserialize(&input.ident));
    quote!(#shadow #write #read)
}
