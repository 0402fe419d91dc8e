//! The vault: seals personal data under a key per person, opens it for queries, and makes keyed hashes.
//!
//! The keys of persons lie in a [`KeyStore`], wrapped by the [`MasterKey`]. A key is durable before anything sealed
//! with it is recorded. Opened keys are cached, bounded in number, and wiped when they leave the cache.

mod crypto;
mod master;

use std::{collections::HashMap, fmt, sync::Arc};

use async_trait::async_trait;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use diptych_core::{
    Failure, FailureKind,
    keys::{KeyState, KeyStore, WrappedKey},
    personal::{Blind, Blinder, Sealed, Sealer},
    sql::Opener,
};
use quick_cache::sync::Cache;

use crypto::Key;
pub use master::{MasterKey, MasterKeyError};

/// How many opened keys are held in memory.
const CACHED_KEYS: usize = 10_000;

/// Seals, opens and blinds.
pub struct Vault {
    store: Arc<dyn KeyStore>,
    master: MasterKey,
    opened: Cache<String, Key>,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault({:?})", self.store)
    }
}

impl Vault {
    /// Opens the vault, after checking that the master key is the one that wrapped the keys in this store.
    ///
    /// # Errors
    /// [`Failure`] where the store cannot be read or belongs to another master key.
    pub async fn open(store: Arc<dyn KeyStore>, master: MasterKey) -> Result<Self, Failure> {
        let kept = store.master_check(master.check_value()?).await?;
        if !master.made(&kept) {
            return Err(Failure::plain(
                FailureKind::Invalid,
                "the master key is not the one that sealed this store; give the right one by --master-key-file or DIPTYCH_MASTER_KEY",
            ));
        }
        Ok(Self { store, master, opened: Cache::new(CACHED_KEYS) })
    }

    /// Fetches the keys of these persons, making those that are missing, so that their data can be sealed without I/O.
    ///
    /// # Errors
    /// [`Failure`] where the store cannot be used, or a person was erased.
    pub async fn keys_for(&self, subjects: &[String]) -> Result<HeldKeys, Failure> {
        let mut held = HashMap::with_capacity(subjects.len());
        for subject in subjects {
            let key = match self.key_of(subject).await? {
                Some(key) => key,
                None => self.make_key(subject).await?,
            };
            held.insert(subject.clone(), key);
        }
        Ok(HeldKeys(held))
    }

    /// Destroys the key of a person: what it sealed is unreadable from now on, here and in every copy.
    ///
    /// # Errors
    /// [`Failure`] where the store cannot be written.
    pub async fn forget(&self, subject: &str) -> Result<(), Failure> {
        self.store.destroy(subject).await?;
        self.opened.remove(subject);
        Ok(())
    }

    /// A keyed hash of a request, by which a retry is told from another request.
    #[must_use]
    pub fn fingerprint(&self, parts: &[&[u8]]) -> [u8; 32] {
        self.master.fingerprint(parts)
    }

    async fn key_of(&self, subject: &str) -> Result<Option<Key>, Failure> {
        if let Some(key) = self.opened.get(subject) {
            return Ok(Some(key));
        }
        match self.store.get(subject).await? {
            KeyState::Present(wrapped) => self.unwrap_key(subject, &wrapped).map(Some),
            KeyState::Absent => Ok(None),
            KeyState::Destroyed => Err(erased(subject)),
        }
    }

    async fn make_key(&self, subject: &str) -> Result<Key, Failure> {
        let fresh = Key::generate()?;
        let wrapped = WrappedKey(self.master.wrap(subject, &fresh)?);
        match self.store.put_if_absent(subject, wrapped).await? {
            KeyState::Present(wrapped) => self.unwrap_key(subject, &wrapped),
            KeyState::Destroyed => Err(erased(subject)),
            KeyState::Absent => {
                Err(Failure::plain(FailureKind::Internal, format!("the key store kept no key for {subject}")))
            }
        }
    }

    fn unwrap_key(&self, subject: &str, wrapped: &WrappedKey) -> Result<Key, Failure> {
        let key = self.master.unwrap(subject, &wrapped.0)?;
        self.opened.insert(subject.to_owned(), key.clone());
        Ok(key)
    }
}

fn erased(subject: &str) -> Failure {
    Failure::plain(
        FailureKind::Invalid,
        format!("the key of {subject} was destroyed: this person was erased"),
    )
}

impl Blinder for Vault {
    fn blind(&self, purpose: &str, value: &str) -> Blind {
        self.master.blind(purpose, value)
    }
}

#[async_trait]
impl Opener for Vault {
    async fn open(&self, sealed: &Sealed) -> Result<Option<Vec<u8>>, Failure> {
        let key = match self.opened.get(sealed.subject()) {
            Some(key) => key,
            None => match self.store.get(sealed.subject()).await? {
                KeyState::Present(wrapped) => self.unwrap_key(sealed.subject(), &wrapped)?,
                KeyState::Absent | KeyState::Destroyed => return Ok(None),
            },
        };
        let ciphertext = BASE64_URL_SAFE_NO_PAD
            .decode(sealed.ciphertext())
            .map_err(|error| Failure::new(FailureKind::Unreadable, "reading a sealed value", error))?;
        key.open(sealed.subject(), &ciphertext).map(Some)
    }
}

/// The keys of the persons that one decision speaks of, at hand.
pub struct HeldKeys(HashMap<String, Key>);

impl fmt::Debug for HeldKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HeldKeys({})", self.0.len())
    }
}

impl Sealer for HeldKeys {
    fn seal(&self, subject: &str, plain: &[u8]) -> Result<Sealed, Failure> {
        let key = self.0.get(subject).ok_or_else(|| {
            Failure::plain(
                FailureKind::Internal,
                format!("the key of {subject} was not fetched before sealing"),
            )
        })?;
        Ok(Sealed::new(subject, &BASE64_URL_SAFE_NO_PAD.encode(key.seal(subject, plain)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::MemoryKeys;

    async fn vault(store: Arc<dyn KeyStore>) -> Vault {
        Vault::open(store, MasterKey::from_bytes([7; 32])).await.unwrap()
    }

    #[tokio::test]
    async fn what_is_sealed_opens_until_the_person_is_forgotten() {
        let vault = vault(Arc::new(MemoryKeys::default())).await;
        let keys = vault.keys_for(&["ann".to_owned()]).await.unwrap();
        let sealed = keys.seal("ann", b"\"Ann\"").unwrap();
        assert!(!sealed.as_str().contains("Ann"));
        assert_eq!(vault.open(&sealed).await.unwrap().unwrap(), b"\"Ann\"");
        vault.forget("ann").await.unwrap();
        assert_eq!(vault.open(&sealed).await.unwrap(), None);
        assert!(vault.keys_for(&["ann".to_owned()]).await.unwrap_err().to_string().contains("erased"));
    }

    #[tokio::test]
    async fn a_value_cannot_be_moved_to_another_person() {
        let vault = vault(Arc::new(MemoryKeys::default())).await;
        let keys = vault.keys_for(&["ann".to_owned(), "bob".to_owned()]).await.unwrap();
        let sealed = keys.seal("ann", b"1").unwrap();
        let moved = Sealed::new("bob", sealed.ciphertext());
        assert!(vault.open(&moved).await.is_err());
    }

    #[tokio::test]
    async fn another_master_key_is_refused_at_once() {
        let store: Arc<dyn KeyStore> = Arc::new(MemoryKeys::default());
        vault(Arc::clone(&store)).await;
        let error = Vault::open(store, MasterKey::from_bytes([8; 32])).await.unwrap_err();
        assert!(error.to_string().contains("master key"), "{error}");
    }

    #[tokio::test]
    async fn the_same_value_is_blinded_alike_for_one_purpose_only() {
        let vault = vault(Arc::new(MemoryKeys::default())).await;
        assert_eq!(vault.blind("email", "a@b"), vault.blind("email", "a@b"));
        assert_ne!(vault.blind("email", "a@b"), vault.blind("name", "a@b"));
    }
}
