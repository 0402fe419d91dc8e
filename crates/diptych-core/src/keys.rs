//! The port to the keeper of keys: the keys of persons, wrapped by a master key, apart from the log.

use async_trait::async_trait;

use crate::failure::Failure;

/// A person's key, encrypted under the master key: nonce and ciphertext.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrappedKey(pub Vec<u8>);

/// What is known of a person's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// Here it is.
    Present(WrappedKey),
    /// There has never been one.
    Absent,
    /// It was destroyed; what it sealed is unreadable for ever.
    Destroyed,
}

/// Keeps the keys of persons. A key is durable before anything sealed with it is recorded.
#[async_trait]
pub trait KeyStore: Send + Sync + std::fmt::Debug {
    /// The key of a person.
    ///
    /// # Errors
    /// [`Failure`] where the engine cannot be read.
    async fn get(&self, subject: &str) -> Result<KeyState, Failure>;

    /// Keeps `key` for a person who has none yet; answers the key that holds afterwards, which is another's where two
    /// came at once. Durable once it answers.
    ///
    /// # Errors
    /// [`Failure`] where the engine cannot be written.
    async fn put_if_absent(&self, subject: &str, key: WrappedKey) -> Result<KeyState, Failure>;

    /// Destroys the key of a person, and remembers that it did. Overwrites what it can of the stored bytes.
    ///
    /// # Errors
    /// [`Failure`] where the engine cannot be written.
    async fn destroy(&self, subject: &str) -> Result<(), Failure>;

    /// A value that is sealed by the master key and tells whether the one given is the right one; kept at first use.
    ///
    /// # Errors
    /// [`Failure`] where the engine cannot be read or written.
    async fn master_check(&self, fresh: Vec<u8>) -> Result<Vec<u8>, Failure>;
}
