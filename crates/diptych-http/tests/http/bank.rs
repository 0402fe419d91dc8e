//! A bank with two kinds of things: accounts, and persons, whose view also changes with their accounts.

use std::sync::Mutex;

use diptych::{App, prelude::*, view::Shown};
use diptych_http::{Routes, Thing, ThingPaths};
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Id)]
pub(crate) struct AccountId(String);

#[derive(Id)]
pub(crate) struct PersonId(String);

#[derive(Event)]
pub(crate) enum AccountEvent {
    Opened {
        #[tag("person")]
        owner: PersonId,
        #[personal(subject = owner)]
        name: Personal<String>,
    },
    Deposited {
        cents: i64,
    },
}

#[derive(Event)]
pub(crate) enum PersonEvent {
    Greeted { word: String },
}

#[derive(Event)]
pub(crate) enum BankEvent {
    #[event(nested)]
    Account(AccountEvent),
    #[event(nested)]
    Person(PersonEvent),
}

#[derive(State)]
#[state(category = "account", events = AccountEvent, snapshot(every = 100))]
struct Account {
    open: bool,
    cents: i64,
    name: Option<Personal<String>>,
}

impl Account {
    fn evolve(&mut self, event: &AccountEvent) {
        match event {
            AccountEvent::Opened { name, .. } => {
                self.open = true;
                self.name = Some(name.clone());
            }
            AccountEvent::Deposited { cents } => self.cents = self.cents.saturating_add(*cents),
        }
    }
}

#[derive(State)]
#[state(category = "person", events = PersonEvent)]
struct Person {
    greeted: u32,
}

impl Person {
    fn evolve(&mut self, _: &PersonEvent) {
        self.greeted = self.greeted.saturating_add(1);
    }
}

#[derive(Rejection)]
pub(crate) enum BankRejection {
    #[reject(not_found)]
    NoAccount,
    #[reject(taken)]
    Taken,
}

#[derive(Command)]
#[command(on = Account, id = account, rejection = BankRejection)]
struct Open {
    account: AccountId,
    owner: PersonId,
    name: String,
}

impl Open {
    fn decide(&self, account: &Account) -> Result<AccountEvent, BankRejection> {
        if account.open {
            return Err(BankRejection::Taken);
        }
        Ok(AccountEvent::Opened { owner: self.owner.clone(), name: Personal::plain(self.name.clone()) })
    }
}

/// Nothing deposited is already so.
#[derive(Command)]
#[command(on = Account, id = account, rejection = BankRejection)]
struct Deposit {
    account: AccountId,
    cents: i64,
}

impl Deposit {
    fn decide(&self, account: &Account) -> Result<Vec<AccountEvent>, BankRejection> {
        if !account.open {
            return Err(BankRejection::NoAccount);
        }
        Ok((self.cents != 0).then_some(AccountEvent::Deposited { cents: self.cents }).into_iter().collect())
    }
}

#[derive(Command)]
#[command(on = Person, id = person, rejection = BankRejection)]
struct Greet {
    person: PersonId,
    word: String,
}

impl Greet {
    fn decide(&self, _: &Person) -> Result<PersonEvent, BankRejection> {
        Ok(PersonEvent::Greeted { word: self.word.clone() })
    }
}

/// The accounts of which the projection takes that they are less than nothing: what mends it.
static INDEBTED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Mends the projection of accounts for one of them.
pub(crate) fn takes_debts_of(account: &str) {
    INDEBTED.lock().unwrap().push(account.to_owned());
}

fn may_owe(account: &str) -> bool {
    INDEBTED.lock().unwrap().iter().any(|known| known == account)
}

#[projection(
    name = "account_views",
    sql = "CREATE TABLE accounts (id TEXT PRIMARY KEY, cents INTEGER, version INTEGER, changed INTEGER)"
)]
async fn account_views(event: &AccountEvent, at: &Metadata, tx: &mut Tx<'_>) -> Result {
    let cents = match event {
        AccountEvent::Opened { .. } => 0,
        AccountEvent::Deposited { cents } if *cents < 0 && !may_owe(&at.stream.id().to_string()) => {
            return Err("less than nothing".into());
        }
        AccountEvent::Deposited { cents } => *cents,
    };
    let sql = "INSERT INTO accounts VALUES ($1, $2, $3, $4) ON CONFLICT (id) \
               DO UPDATE SET cents = cents + $2, version = $3, changed = $4";
    tx.execute(sql, (at.stream.id(), cents, at.revision, at.position)).await?;
    Ok(())
}

#[projection(
    name = "person_views",
    sql = "CREATE TABLE persons (id TEXT PRIMARY KEY, accounts INTEGER, version INTEGER, changed INTEGER)"
)]
async fn person_views(event: &BankEvent, at: &Metadata, tx: &mut Tx<'_>) -> Result {
    let (id, accounts, version) = match event {
        BankEvent::Account(AccountEvent::Opened { owner, .. }) => (owner.to_string(), 1, None),
        BankEvent::Person(PersonEvent::Greeted { .. }) => (at.stream.id().to_string(), 0, Some(at.revision)),
        BankEvent::Account(AccountEvent::Deposited { .. }) => return Ok(()),
    };
    let sql = "INSERT INTO persons VALUES ($1, $2, coalesce($3, 0), $4) ON CONFLICT (id) \
               DO UPDATE SET accounts = accounts + $2, version = coalesce($3, version), changed = $4";
    tx.execute(sql, (id, accounts, version, at.position)).await?;
    Ok(())
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct AccountView {
    account_id: String,
    cents: i64,
    version: u64,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct PersonView {
    person_id: String,
    accounts: i64,
    version: u64,
}

struct GetAccount(AccountId);

#[query(reads = account_views)]
async fn get_account(GetAccount(id): &GetAccount, db: &Reader) -> Result<Option<Shown<AccountView>>> {
    let Some(row) = db.row("SELECT * FROM accounts WHERE id = $1", (id,)).await? else { return Ok(None) };
    let view =
        AccountView { account_id: row.get("id")?, cents: row.get("cents")?, version: row.get("version")? };
    Ok(Some(Shown { view, version: row.get("version")?, changed: row.get("changed")? }))
}

struct GetPerson(PersonId);

#[query(reads = person_views)]
async fn get_person(GetPerson(id): &GetPerson, db: &Reader) -> Result<Option<Shown<PersonView>>> {
    let Some(row) = db.row("SELECT * FROM persons WHERE id = $1", (id,)).await? else { return Ok(None) };
    let view = PersonView {
        person_id: row.get("id")?,
        accounts: row.get("accounts")?,
        version: row.get("version")?,
    };
    Ok(Some(Shown { view, version: row.get("version")?, changed: row.get("changed")? }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct OpenBody {
    account_id: Option<AccountId>,
    owner: PersonId,
    name: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DepositBody {
    cents: i64,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GreetBody {
    word: String,
}

pub(crate) fn app() -> App {
    App::open("memory:")
        .unwrap()
        .state::<Account>()
        .state::<Person>()
        .command::<Open>()
        .command::<Deposit>()
        .command::<Greet>()
        .projection(account_views)
        .projection(person_views)
        .query(get_account)
        .query(get_person)
}

pub(crate) fn routes() -> Routes {
    let account =
        Thing::new("account", "/api/accounts/{id}", "accountId", "AccountViewUpdated", |id: AccountId| {
            GetAccount(id)
        });
    let person =
        Thing::new("person", "/api/persons/{id}", "personId", "PersonViewUpdated", |id: PersonId| {
            GetPerson(id)
        });
    let of_account = ThingPaths { status: "/api/accounts/{id}/status", stream: "/api/accounts/{id}/stream" };
    let of_person = ThingPaths { status: "/api/persons/{id}/status", stream: "/api/persons/{id}/stream" };
    Routes::new()
        .thing(&account, of_account)
        .thing(&person, of_person)
        .command(
            account.takes(Method::POST, "/api/accounts").summary("Open an account"),
            |call, body: OpenBody| {
                Ok(Open { account: call.chosen(body.account_id)?, owner: body.owner, name: body.name })
            },
        )
        .command(
            account.takes(Method::POST, "/api/accounts/{id}/deposit").summary("Put money in"),
            |call, body: DepositBody| Ok(Deposit { account: call.id()?, cents: body.cents }),
        )
        .command(
            person.takes(Method::POST, "/api/persons/{id}/greet").summary("Greet a person"),
            |call, body: GreetBody| Ok(Greet { person: call.id()?, word: body.word }),
        )
        .socket_at_root("account")
}
