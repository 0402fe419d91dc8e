//! Personal data: sealed in every event and read model, opened by queries alone, found by its keyed hash.

use std::time::Duration;

use diptych::{
    App, AskOptions, At, Command, Context, Event, Events, Id, Node, Personal, Reader, Rejection, Result,
    State, StreamId, Tag, Tx, command::States, personal::Blind, projection, query,
};

#[derive(Id)]
struct UserId(String);

#[derive(Event)]
enum UserEvent {
    Registered {
        user_id: UserId,
        #[personal(subject = user_id)]
        name: Personal<String>,
        #[tag("name")]
        name_key: Blind,
    },
}

#[derive(State)]
#[state(category = "user", events = UserEvent)]
struct User {
    exists: bool,
}

impl User {
    fn evolve(&mut self, UserEvent::Registered { .. }: &UserEvent) {
        self.exists = true;
    }
}

#[derive(Rejection)]
enum RegisterRejection {
    #[reject(taken)]
    NameTaken,
}

struct Register(UserId, &'static str);

impl Command for Register {
    const NAME: &'static str = "Register";
    type Reads = At<User>;
    type Rejection = RegisterRejection;

    fn target(&self) -> StreamId {
        StreamId::of("user", &self.0)
    }

    fn reads(&self, cx: &Context) -> Self::Reads {
        At::tagged(Tag::new("name", cx.blind("name", self.1)))
    }

    fn decide(&self, holder: &States<Self>, cx: &Context) -> Result<Events, RegisterRejection> {
        if holder.exists {
            return Err(RegisterRejection::NameTaken);
        }
        let registered = UserEvent::Registered {
            user_id: self.0.clone(),
            name: self.1.to_owned().into(),
            name_key: cx.blind("name", self.1),
        };
        Ok(Events::one(self.target(), registered))
    }
}

#[projection(sql = "CREATE TABLE names (user_id TEXT PRIMARY KEY, name TEXT NOT NULL)")]
async fn names(event: &UserEvent, tx: &mut Tx<'_>) -> Result {
    let UserEvent::Registered { user_id, name, .. } = event;
    tx.execute("INSERT INTO names VALUES ($1, $2)", (user_id, name)).await?;
    Ok(())
}

struct NameOf(UserId);

#[query(reads = names)]
async fn name_of(query: &NameOf, db: &Reader) -> Result<Option<String>> {
    let Some(row) = db.row("SELECT name FROM names WHERE user_id = $1", (&query.0,)).await? else {
        return Ok(None);
    };
    Ok(db.open(&row.get::<Personal<String>>("name")?).await?)
}

async fn node(url: &str) -> Node {
    let app = App::open(url).unwrap().command::<Register>().projection(names).query(name_of);
    app.start().await.unwrap()
}

fn user(id: &str) -> UserId {
    id.parse().unwrap()
}

const PLANTED: &str = "Zaphod-Planted-Beeblebrox";

#[tokio::test]
async fn a_planted_name_is_in_no_file_of_the_folder_and_is_forgotten_with_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("store");
    let node = node(&format!("sqlite:{}", place.display())).await;
    let receipt = node.execute(Register(user("U"), PLANTED)).await.unwrap();
    let taken = node.execute(Register(user("V"), PLANTED)).await.unwrap_err().to_string();
    assert_eq!(taken, "name taken");
    let after = AskOptions::after(receipt.position, Duration::from_secs(10));
    let name = node.ask_with(NameOf(user("U")), after).await.unwrap().value;
    assert_eq!(name.as_deref(), Some(PLANTED));
    scan(&place);
    node.vault().forget("U").await.unwrap();
    assert_eq!(node.ask(NameOf(user("U"))).await.unwrap(), None);
    node.shut_down().await.unwrap();
    scan(&place);
}

/// Looks for the planted name in every file, also while they are open.
fn scan(folder: &std::path::Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            scan(&path);
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        let found =
            bytes.windows(PLANTED.len()).any(|window| window.eq_ignore_ascii_case(PLANTED.as_bytes()));
        assert!(!found, "{} holds the planted name", path.display());
    }
}
