//! The derives and attributes of Diptych: what a first application would otherwise write by hand.
//!
//! Depend on `diptych`, which re-exports them; the code they write names `::diptych`. Each is a file of its own here, and
//! implements the trait of the same name: [`Event`](derive@Event), [`State`](derive@State),
//! [`Rejection`](derive@Rejection), [`Command`](derive@Command), [`Id`](derive@Id). [`macro@projection`], [`macro@query`] and
//! [`macro@event_handler`] turn functions into values that are registered by name.
//!
//! What is wrong in an attribute is said at its place, with what would be right; `tests/ui` holds every such text.

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

/// Makes an enum of facts a set of events. Implements `Event` and `Clone`.
///
/// ```
/// # extern crate diptych_core as diptych;
/// # use diptych_macros::{Event, Id};
/// # use diptych::{Event, Personal, codec::JsonObject};
/// # #[derive(Id)] struct UserId(String);
/// # #[derive(Event)] enum AccountEvent { Opened }
/// #[derive(Event)]
/// enum UserEvent {
///     Registered {
///         #[tag("user")]
///         user_id: UserId,
///         #[personal(subject = user_id)]
///         email: Personal<String>,
///         #[serde(default)]
///         newsletter: bool,
///     },
///     #[event(name = "UserRenamed", version = 2, formerly("NameChanged"), upcast(1 = name_to_handle))]
///     Renamed { handle: String },
///     Left,
///     #[event(nested)]
///     Account(AccountEvent),
/// }
///
/// fn name_to_handle(data: &mut JsonObject) {
///     if let Some(name) = data.remove("name") {
///         data.insert("handle".into(), name);
///     }
/// }
///
/// let event = UserEvent::Renamed { handle: "ann".into() };
/// assert_eq!((event.event_type(), event.schema_version()), ("UserRenamed", 2));
/// assert_eq!(event.to_json()?, br#"{"handle":"ann"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// On a variant, `#[event(…)]` takes:
///
/// | word | meaning | else |
/// |---|---|---|
/// | `name = "…"` | the stored name, which outlives the code | the variant's name |
/// | `version = 2` | the version of the payload written now, from 1 on | 1 |
/// | `formerly("…", …)` | names under which it was stored before | none |
/// | `upcast(1 = f)` | the step from version 1 to 2, `fn(&mut JsonObject)` | |
/// | `split(1 = f)` | the same, where one old event becomes several, `fn(JsonObject) -> Vec<OldEvent>` | |
/// | `nested` | the variant takes in all facts of another event enum | |
///
/// Every version below the present one has exactly one step. Stored names, former ones included, are unique; those of nested
/// enums are compared when the schemas are first asked for, which is at start-up, and panic then.
///
/// On a field: `#[tag("key")]` gives one tag per value (`TagValues`), and may stand there more than once.
/// `#[personal(subject = field)]` says whom a `Personal<T>` or `Option<Personal<T>>` is about: the field beside it whose
/// `Display` is their id. `#[serde(…)]` is passed on. Payloads are JSON objects with members in camelCase; unknown members
/// are ignored when they are read.
///
/// `#[event(no_clone)]` on the enum leaves `Clone` to you.
#[proc_macro_derive(Event, attributes(event, tag, personal, serde))]
pub fn event(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    finish(event::expand(&input))
}

/// Makes a struct (or enum) a state, folded by its own `evolve`. Implements `State`, `Default` and `Clone`, and serde's traits if it
/// is snapshotted.
///
/// ```
/// # extern crate diptych_core as diptych;
/// # use diptych_macros::{Event, Id, State};
/// # #[derive(Id)] struct AccountId(String);
/// # #[derive(Event)] enum AccountEvent { Opened, Deposited { cents: i64 } }
/// #[derive(State)]
/// #[state(category = "account", events = AccountEvent, snapshot(every = 100, version = 1))]
/// struct Account {
///     open: bool,
///     cents: i64,
/// }
///
/// impl Account {
///     fn evolve(&mut self, event: &AccountEvent) {
///         match event {
///             AccountEvent::Opened => self.open = true,
///             AccountEvent::Deposited { cents } => self.cents = self.cents.saturating_add(*cents),
///         }
///     }
/// }
/// # use diptych::State;
/// # assert_eq!(Account::CATEGORY, "account");
/// ```
///
/// `#[state(…)]` takes:
///
/// | word | meaning | else |
/// |---|---|---|
/// | `category = "account"` | the category of its streams | required |
/// | `events = AccountEvent` | the facts it is folded from | required |
/// | `id = AccountId` | what names one of its kind; `diptych::Id` will do | the struct's name with `Id` |
/// | `snapshot(every = 100, version = 1)` | saves folds as JSON; a new version makes old ones void | none |
/// | `no_default`, `no_clone`, `no_serde` | leaves these traits to you | |
///
/// Of an enum, the variant marked `#[default]` is the state that no event has touched.
#[proc_macro_derive(State, attributes(state, serde, default))]
pub fn state(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    finish(state::expand(&input))
}

/// Makes an enum of reasons a rejection. Implements `Rejection`, `Error`, `Display`, `Debug`, `Clone` and `PartialEq`.
///
/// ```
/// # extern crate diptych_core as diptych;
/// # use diptych::Rejection;
/// # use diptych_macros::Rejection;
/// #[derive(Rejection)]
/// enum WithdrawRejection {
///     #[reject(not_found)]
///     NoAccount,
///     #[reject(rule, "only {balance} cents are left", code = "insufficient-funds")]
///     Insufficient { balance: i64 },
///     #[reject(invalid = "/cents", "give a positive amount")]
///     NotPositive,
/// }
///
/// let no = WithdrawRejection::Insufficient { balance: 3 };
/// assert_eq!((no.code(), no.to_string().as_str()), ("insufficient-funds", "only 3 cents are left"));
/// let no = WithdrawRejection::NoAccount;
/// assert_eq!((no.code(), no.to_string().as_str()), ("no-account", "no account"));
/// ```
///
/// `#[reject(…)]` takes the kind (`not_found`, `gone`, `rule`, `taken`, `unauthorized`, or `invalid = "/pointer"` with the place of
/// the value in the command's JSON), then, if you like, the text for people, which may name the variant's fields, and the `code`
/// for programs. Without these, both are the words of the variant.
#[proc_macro_derive(Rejection, attributes(reject))]
pub fn rejection(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    finish(rejection::expand(&input))
}

/// Makes a struct a command on one thing, decided by its own `decide`. Implements `Command`, `Deserialize` and `JsonSchema`.
///
/// ```
/// # extern crate diptych_core as diptych;
/// # use diptych_macros::{Command, Event, Id, Rejection, State};
/// # #[derive(Id)] struct AccountId(String);
/// # #[derive(Event)] enum AccountEvent { Withdrawn { cents: i64 } }
/// # #[derive(State)]
/// # #[state(category = "account", events = AccountEvent)]
/// # struct Account { cents: i64 }
/// # impl Account { fn evolve(&mut self, _: &AccountEvent) {} }
/// # #[derive(Rejection)] enum WithdrawRejection { #[reject(rule)] Insufficient { balance: i64 } }
/// #[derive(Command)]
/// #[command(on = Account, id = account)]
/// struct Withdraw {
///     account: AccountId,
///     cents: i64,
/// }
///
/// impl Withdraw {
///     fn decide(&self, account: &Account) -> Result<AccountEvent, WithdrawRejection> {
///         match account.cents {
///             balance if balance < self.cents => Err(WithdrawRejection::Insufficient { balance }),
///             _ => Ok(AccountEvent::Withdrawn { cents: self.cents }),
///         }
///     }
/// }
/// ```
///
/// `decide` may take `cx: &Context` as a third argument. It answers one event, `Option`, `Vec` or an array of events, or `Events` for several
/// streams.
///
/// `#[command(…)]` takes:
///
/// | word | meaning | else |
/// |---|---|---|
/// | `on = Account` | the state it is decided on | required |
/// | `id = account` | the field that names which, of the state's id type | required |
/// | `rejection = WithdrawRejection` | how it may be refused; `diptych::Never` if never | the struct's name with `Rejection` |
/// | `no_serde` | leaves `Deserialize` and `JsonSchema` to you | |
///
/// Its JSON is an object in camelCase, and a member that it does not have is refused. `#[serde(…)]`, `#[schemars(…)]` and docs of the
/// struct and its fields are passed on.
#[proc_macro_derive(Command, attributes(command, serde, schemars))]
pub fn command(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    finish(command::expand(&input))
}

/// Makes a newtype of a text (`String`, `Arc<str>`, `Box<str>`) an id, whose text is checked whenever one is made.
///
/// ```
/// # extern crate diptych_core as diptych;
/// # use diptych_macros::Id;
/// #[derive(Id)]
/// struct AccountId(String);
///
/// let id = AccountId::new("A-1")?;
/// assert_eq!(id.as_str(), "A-1");
/// assert!(AccountId::new("a/b").is_err());
/// # Ok::<(), diptych::InvalidId>(())
/// ```
///
/// Gives `new` and `as_str`; implements `Identifier`, `TagValues`, `FromSql` and, of a reference, `Into<SqlValue>`; `FromStr`, `TryFrom<&str>`,
/// `TryFrom<String>`, `From<Id>`, `AsRef<str>`, `Display`, `Debug`, `Clone`, `Eq`, `Ord`, `Hash`, `Serialize`, `Deserialize` and `JsonSchema`.
///
/// Make it with `new`, also beside its declaration, where the field can be seen: a text that was not checked panics when it
/// is to name a stream.
#[proc_macro_derive(Id)]
pub fn id(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    finish(id::expand(&input))
}

/// Makes a function a projection: what turns events into rows.
///
/// ```
/// # extern crate diptych_core as diptych;
/// # use diptych::{Metadata, Recorded, Result, SqlProjection, Tx};
/// # use diptych_macros::{Event, projection};
/// # #[derive(Event)] enum AccountEvent { Deposited { cents: i64 } }
/// #[projection(sql = "CREATE TABLE balances (account TEXT PRIMARY KEY, cents INTEGER NOT NULL)")]
/// async fn balances(event: &AccountEvent, at: &Metadata, tx: &mut Tx<'_>) -> Result {
///     let AccountEvent::Deposited { cents } = event;
///     let sql = "INSERT INTO balances VALUES ($1, $2) ON CONFLICT (account) DO UPDATE SET cents = balances.cents + $2";
///     tx.execute(sql, (at.stream.id(), *cents)).await?;
///     Ok(())
/// }
///
/// #[projection(name = "totals", version = 2, sql = "CREATE TABLE totals (day TEXT, cents INTEGER)")]
/// async fn totals(events: &[Recorded<AccountEvent>], tx: &mut Tx<'_>) -> Result {
///     // … one statement for the whole batch
/// #   let _ = (events, tx);
///     Ok(())
/// }
///
/// assert_eq!(balances.spec().name, "balances"); // app.projection(balances)
/// ```
///
/// | word | meaning | else |
/// |---|---|---|
/// | `name = "…"` | its name, which operators use | the function's |
/// | `version = 2` | the version of its rows; a new one fills a new generation | 1 |
/// | `schema = "file.sql"` | what makes its tables, in a file beside this one | none |
/// | `sql = "…"` | the same, written here | none |
/// | `inline` | makes it an `InlineProjection`, run in the transaction of the append, one event at a time | a `SqlProjection` |
///
/// `at` may be left out. In a batch, an error is put down to the first event, unless it is a `ProjectionError` that names another.
/// The function is replaced by one of the same name that makes the projection; register it by that name.
#[proc_macro_attribute]
pub fn projection(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as ItemFn);
    finish(projection::expand(arguments.into(), &item))
}

/// Makes a function the handler of a query, and the struct that it takes that query.
///
/// ```
/// # extern crate diptych_core as diptych;
/// # use diptych::{Query, Reader, Result, Tx};
/// # use diptych_macros::{Event, projection, query};
/// # #[derive(Event)] enum AccountEvent { Deposited { cents: i64 } }
/// # #[projection] async fn balances(_: &AccountEvent, _: &mut Tx<'_>) -> Result { Ok(()) }
/// struct Balance {
///     account: String,
/// }
///
/// #[query(reads = balances)]
/// async fn balance(query: &Balance, db: &Reader) -> Result<Option<i64>> {
///     let row = db.row("SELECT cents FROM balances WHERE account = $1", (&query.account,)).await?;
///     Ok(row.map(|row| row.get("cents")).transpose()?)
/// }
///
/// assert_eq!(Balance::NAME, "Balance"); // app.query(balance)
/// ```
///
/// `reads` names the projections whose read models it reads, so that a caller can wait for them: functions with
/// [`macro@projection`], or names in quotes; several as `reads = [a, "b"]`.
#[proc_macro_attribute]
pub fn query(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as ItemFn);
    finish(query::expand(arguments.into(), &item))
}

/// Makes a function an event handler: it reacts to events, at least once each, with a checkpoint of its own.
///
/// ```
/// # extern crate diptych_core as diptych;
/// # use diptych::{EventHandler, Metadata, Result};
/// # use diptych_macros::{Event, event_handler};
/// # #[derive(Event)] enum UserEvent { Registered { user_id: String } }
/// #[event_handler(name = "welcome-mail")]
/// async fn welcome(event: &UserEvent, at: &Metadata) -> Result {
///     let UserEvent::Registered { user_id } = event;
///     println!("welcome {user_id}, number {}", at.position);
///     Ok(())
/// }
///
/// assert_eq!(welcome.name(), "welcome-mail"); // app.event_handler(welcome)
/// ```
///
/// `at` may be left out. `name` is the function's, unless it is given; its checkpoint is kept under it.
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
    quote! {
        #[allow(
            clippy::all, clippy::pedantic, clippy::nursery, non_camel_case_types, unused_variables, dead_code
        )]
    }
}
