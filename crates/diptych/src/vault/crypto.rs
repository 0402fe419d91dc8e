//! One key and what it does: XChaCha20-Poly1305 with a random 24-byte nonce before the ciphertext.

use chacha20poly1305::{
    Key as CipherKey, XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit, Payload},
};
use diptych_core::{Failure, FailureKind};
use zeroize::ZeroizeOnDrop;

const NONCE: usize = 24;

/// A 256-bit key, wiped when dropped.
#[derive(Clone, ZeroizeOnDrop)]
pub(super) struct Key([u8; 32]);

impl Key {
    pub(super) const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(super) const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(super) fn generate() -> Result<Self, Failure> {
        random().map(Self)
    }

    /// Nonce and ciphertext. `context` must be given again to open it.
    pub(super) fn seal(&self, context: &str, plain: &[u8]) -> Result<Vec<u8>, Failure> {
        let nonce: [u8; NONCE] = random()?;
        let payload = Payload { msg: plain, aad: context.as_bytes() };
        let ciphertext = self
            .cipher()
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| Failure::plain(FailureKind::Internal, "sealing a personal value"))?;
        Ok([&nonce[..], &ciphertext].concat())
    }

    pub(super) fn open(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, Failure> {
        let tampered =
            || Failure::plain(FailureKind::Unreadable, format!("a value sealed for {context} does not open"));
        let (nonce, ciphertext) = sealed.split_first_chunk::<NONCE>().ok_or_else(tampered)?;
        let payload = Payload { msg: ciphertext, aad: context.as_bytes() };
        self.cipher().decrypt(&XNonce::from(*nonce), payload).map_err(|_| tampered())
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&CipherKey::from(self.0))
    }
}

pub(super) fn random<const N: usize>() -> Result<[u8; N], Failure> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| Failure::new(FailureKind::Unavailable, "asking the system for randomness", error))?;
    Ok(bytes)
}
