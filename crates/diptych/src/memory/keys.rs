//! Keys of persons, in memory: gone with the process, and with them all that they sealed.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use diptych_core::{
    Failure,
    keys::{KeyState, KeyStore, WrappedKey},
};

/// Keeps the keys of persons in memory.
#[derive(Debug, Default)]
pub struct MemoryKeys(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    keys: HashMap<String, KeyState>,
    master_check: Option<Vec<u8>>,
}

/// Shows how many there are, never the keys.
impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kept").field("keys", &self.keys.len()).finish_non_exhaustive()
    }
}

impl MemoryKeys {
    /// A keeper of no keys yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl KeyStore for MemoryKeys {
    async fn get(&self, subject: &str) -> Result<KeyState, Failure> {
        Ok(self.kept().keys.get(subject).cloned().unwrap_or(KeyState::Absent))
    }

    async fn put_if_absent(&self, subject: &str, key: WrappedKey) -> Result<KeyState, Failure> {
        let mut kept = self.kept();
        Ok(kept.keys.entry(subject.to_owned()).or_insert(KeyState::Present(key)).clone())
    }

    async fn destroy(&self, subject: &str) -> Result<(), Failure> {
        let destroyed = self.kept().keys.insert(subject.to_owned(), KeyState::Destroyed);
        if let Some(KeyState::Present(WrappedKey(mut bytes))) = destroyed {
            bytes.fill(0);
        }
        Ok(())
    }

    async fn master_check(&self, fresh: Vec<u8>) -> Result<Vec<u8>, Failure> {
        Ok(self.kept().master_check.get_or_insert(fresh).clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_key_of_a_person_stays_until_it_is_destroyed_for_ever() {
        let (keys, first) = (MemoryKeys::new(), WrappedKey(vec![1]));
        assert_eq!(keys.get("USR-1").await.unwrap(), KeyState::Absent);
        for key in [first.clone(), WrappedKey(vec![2])] {
            assert_eq!(keys.put_if_absent("USR-1", key).await.unwrap(), KeyState::Present(first.clone()));
        }
        keys.destroy("USR-1").await.unwrap();
        assert_eq!(keys.put_if_absent("USR-1", first).await.unwrap(), KeyState::Destroyed);
        assert_eq!(keys.get("USR-1").await.unwrap(), KeyState::Destroyed);
    }

    #[tokio::test]
    async fn the_first_master_check_stays() {
        let keys = MemoryKeys::new();
        assert_eq!(keys.master_check(vec![1]).await.unwrap(), [1]);
        assert_eq!(keys.master_check(vec![2]).await.unwrap(), [1]);
    }
}
