//! `#[derive(Command)]`: the simple case, a wish to one thing, decided by the struct's own `decide`.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Data, DeriveInput, Error, Fields, Result, Type, spanned::Spanned};

use crate::{
    attribute, inherent,
    serde_shadow::{self, Shadow},
    words,
};

const TAKES: &str = "`on = Account`, `id = account`, `rejection = WithdrawRejection`, or `no_serde` where you implement \
                     `Deserialize` and `JsonSchema` yourself";

/// What `#[command(…)]` says.
struct Declared {
    on: Type,
    id: Ident,
    rejection: Type,
    own_serde: bool,
}

pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    attribute::no_generics("a command", &input.ident, &input.generics)?;
    let declared = Declared::parse(input)?;
    let serde = if declared.own_serde { TokenStream::new() } else { serde(input) };
    let (command, lints) = (declared.expand(&input.ident), crate::lints());
    Ok(quote! {
        #lints
        const _: () = {
            #serde
            #command
        };
    })
}

impl Declared {
    fn parse(input: &DeriveInput) -> Result<Self> {
        let (mut on, mut id, mut rejection, mut own_serde) = (None, None, None, None);
        attribute::each(&input.attrs, "command", |meta| {
            let at = meta.path.span();
            match meta.path.get_ident().map(ToString::to_string).as_deref() {
                Some("on") => attribute::once(&mut on, meta.value()?.parse()?, at),
                Some("id") => attribute::once(&mut id, meta.value()?.parse()?, at),
                Some("rejection") => attribute::once(&mut rejection, meta.value()?.parse()?, at),
                Some("no_serde") => attribute::once(&mut own_serde, (), at),
                _ => Err(attribute::unknown(&meta, TAKES)),
            }
        })?;
        let name = &input.ident;
        let missing = |what: &str| {
            let advice = format!(
                "say {what}: `#[command(on = Account, id = account)] struct {name} {{ account: AccountId }}`; \
                 a command on several things is written out: `impl Command for {name}`"
            );
            Error::new(name.span(), advice)
        };
        let by_name = format_ident!("{name}Rejection", span = name.span());
        let id = id.ok_or_else(|| missing("which field names the thing"))?;
        check_id(input, &id)?;
        Ok(Self {
            on: on.ok_or_else(|| missing("which state it is decided on"))?,
            id,
            rejection: rejection.unwrap_or_else(|| syn::parse_quote!(#by_name)),
            own_serde: own_serde.is_some(),
        })
    }

    fn expand(&self, name: &Ident) -> TokenStream {
        let Self { on, id, rejection, .. } = self;
        let text = name.to_string();
        let own = inherent::required(name, &quote!(::diptych::command::Command), "decide");
        let decide = quote_spanned!(name.span()=> &#name::decide);
        let field = quote_spanned!(id.span()=> &command.#id);
        quote! {
            #own

            fn thing(command: &#name) -> &<#on as ::diptych::state::State>::Id {
                #field
            }

            #[automatically_derived]
            impl ::diptych::command::Command for #name {
                const NAME: &'static str = #text;
                type Reads = ::diptych::reads::At<#on>;
                type Rejection = #rejection;

                fn target(&self) -> ::diptych::stream::StreamId {
                    ::diptych::stream::StreamId::of(<#on as ::diptych::state::State>::CATEGORY, thing(self))
                }

                fn reads(&self, _: &::diptych::command::Context) -> Self::Reads {
                    ::diptych::reads::At::id(thing(self))
                }

                fn decide(
                    &self,
                    state: &#on,
                    cx: &::diptych::command::Context,
                ) -> ::core::result::Result<::diptych::events::Events, Self::Rejection> {
                    let target = ::diptych::command::Command::target(self);
                    ::diptych::command::SimpleDecide::call(#decide, self, state, cx, target)
                }
            }
        }
    }
}

/// The field that names the thing is one of the struct's.
fn check_id(input: &DeriveInput, id: &Ident) -> Result<()> {
    let Data::Struct(syn::DataStruct { fields: Fields::Named(fields), .. }) = &input.data else {
        let advice =
            format!("a command is a struct with named fields: `struct {} {{ {id}: … }}`", input.ident);
        return Err(Error::new(input.ident.span(), advice));
    };
    let names: Vec<_> = fields.named.iter().filter_map(|field| field.ident.as_ref()).collect();
    if names.contains(&id) {
        return Ok(());
    }
    let advice = format!("`{}` has no field `{id}`; it has {}", input.ident, words::listed(names));
    Err(Error::new(id.span(), advice))
}

/// A command comes in as a JSON object in camelCase; a member that it does not have is refused.
fn serde(input: &DeriveInput) -> TokenStream {
    let name = &input.ident;
    let text = name.to_string();
    let docs = attribute::pass_on(&input.attrs, &["doc", "serde", "schemars"]);
    let attributes = quote! {
        #(#docs)*
        #[derive(::diptych::__private::serde::Deserialize, ::diptych::__private::schemars::JsonSchema)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        #[schemars(crate = "::diptych::__private::schemars", rename = #text)]
    };
    let shadow = Shadow { input, attributes, pass_on: &["doc", "serde", "schemars"] }.expand();
    let (read, schema) = (serde_shadow::deserialize(name), schema(name));
    quote!(#shadow #read #schema)
}

fn schema(name: &Ident) -> TokenStream {
    let schemars = quote!(::diptych::__private::schemars);
    quote! {
        #[automatically_derived]
        impl #schemars::JsonSchema for #name {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                <__Shadow as #schemars::JsonSchema>::schema_name()
            }

            fn schema_id() -> ::std::borrow::Cow<'static, str> {
                ::std::borrow::Cow::Borrowed(::core::concat!(::core::module_path!(), "::", ::core::stringify!(#name)))
            }

            fn json_schema(generator: &mut #schemars::SchemaGenerator) -> #schemars::Schema {
                <__Shadow as #schemars::JsonSchema>::json_schema(generator)
            }
        }
    }
}
