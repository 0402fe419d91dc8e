//! Rules of the keeper of keys: the first key of a person stays, until it is destroyed for ever.

use std::sync::Arc;

use async_trait::async_trait;
use diptych_core::keys::{KeyState, KeyStore, WrappedKey};
use futures::future::join_all;

use super::nothing_to_test;

/// How to open the keeper that is tested: made anew for every rule.
#[async_trait]
pub trait KeyFixture: Send + Sync {
    /// Opens it for the first time: empty.
    async fn open(&self) -> Arc<dyn KeyStore>;

    /// Opens it again after it was let go. None, which is the default, where nothing outlives it.
    async fn reopen(&self) -> Option<Arc<dyn KeyStore>> {
        None
    }
}

fn key(bytes: impl AsRef<[u8]>) -> WrappedKey {
    WrappedKey(bytes.as_ref().to_vec())
}

async fn state(keys: &dyn KeyStore, subject: &str) -> KeyState {
    keys.get(subject).await.expect("a key can be asked for")
}

async fn put(keys: &dyn KeyStore, subject: &str, bytes: &str) -> KeyState {
    keys.put_if_absent(subject, key(bytes)).await.expect("a key can be kept")
}

/// A key comes back byte by byte, and nobody has one before.
pub async fn a_key_comes_back_byte_by_byte(fixture: &dyn KeyFixture) {
    let keys = fixture.open().await;
    assert_eq!(state(&*keys, "USR-1").await, KeyState::Absent);
    let bytes: Vec<u8> = (0..=255).collect();
    let kept = keys.put_if_absent("USR-1", key(&bytes)).await.expect("kept");
    assert_eq!(kept, KeyState::Present(key(&bytes)));
    assert_eq!(state(&*keys, "USR-1").await, KeyState::Present(key(&bytes)));
}

/// The first key of a person stays, also when many come at once: all are answered the same.
pub async fn the_first_key_of_a_person_stays(fixture: &dyn KeyFixture) {
    let keys = fixture.open().await;
    let puts = (0..50).map(|n| {
        let keys = Arc::clone(&keys);
        tokio::spawn(async move { put(&*keys, "USR-1", &format!("key {n}")).await })
    });
    let answers: Vec<_> = join_all(puts).await.into_iter().map(|put| put.expect("a caller broke")).collect();
    let kept = state(&*keys, "USR-1").await;
    assert!(matches!(kept, KeyState::Present(_)), "{kept:?}");
    assert!(answers.iter().all(|answer| *answer == kept), "{answers:?}, where {kept:?} is kept");
}

/// Subjects are told apart exactly.
pub async fn persons_are_told_apart_exactly(fixture: &dyn KeyFixture) {
    let keys = fixture.open().await;
    let subjects = ["USR-1", "usr-1", "USR-10", "USR-1 ", "ÜSR-1"];
    for subject in subjects {
        put(&*keys, subject, subject).await;
    }
    for subject in subjects {
        assert_eq!(state(&*keys, subject).await, KeyState::Present(key(subject)), "{subject:?}");
    }
}

/// A key that was destroyed never comes back, nor does one that never was, and no other is touched.
pub async fn a_destroyed_key_never_comes_back(fixture: &dyn KeyFixture) {
    let keys = fixture.open().await;
    put(&*keys, "USR-1", "one").await;
    put(&*keys, "USR-2", "two").await;
    for subject in ["USR-1", "USR-1", "USR-never"] {
        keys.destroy(subject).await.expect("a key can be destroyed");
        assert_eq!(put(&*keys, subject, "new").await, KeyState::Destroyed, "{subject}");
        assert_eq!(state(&*keys, subject).await, KeyState::Destroyed, "{subject}");
    }
    assert_eq!(state(&*keys, "USR-2").await, KeyState::Present(key("two")));
}

/// The first master check stays, whatever comes later.
pub async fn the_first_master_check_stays(fixture: &dyn KeyFixture) {
    let keys = fixture.open().await;
    for given in [vec![1, 2], vec![3], vec![]] {
        assert_eq!(keys.master_check(given).await.expect("asked"), [1, 2]);
    }
}

/// Keys, what was destroyed, and the master check are there again.
pub async fn keys_are_there_again(fixture: &dyn KeyFixture) {
    let keys = fixture.open().await;
    put(&*keys, "USR-1", "one").await;
    keys.destroy("USR-2").await.expect("destroyed");
    keys.master_check(vec![1]).await.expect("kept");
    drop(keys);
    let Some(keys) = fixture.reopen().await else {
        return nothing_to_test("keys do not outlive their keeper");
    };
    assert_eq!(state(&*keys, "USR-1").await, KeyState::Present(key("one")));
    assert_eq!(put(&*keys, "USR-2", "new").await, KeyState::Destroyed);
    assert_eq!(keys.master_check(vec![2]).await.expect("asked"), [1]);
}
