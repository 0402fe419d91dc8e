//! The master key: wraps the keys of persons and makes keyed hashes. Given by a file or by the environment.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::Path,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use diptych_core::{Failure, personal::Blind};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::crypto::{self, Key};

const CHECK: &str = "diptych master key check";

/// A 256-bit key that is kept apart from the log. Written as base64.
#[derive(Clone)]
pub struct MasterKey {
    wrap: Key,
    hash: Key,
    bytes: Key,
}

/// A master key that cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// The text is not a key.
    #[error("a master key is 32 bytes in base64, such as `openssl rand -base64 32` prints")]
    Form,
    /// The file cannot be used.
    #[error("the master key file {path}")]
    File {
        /// Where it was looked for.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The system gave no randomness.
    #[error(transparent)]
    Random(#[from] Failure),
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(..)")
    }
}

impl MasterKey {
    /// The key of these 32 bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self {
            wrap: derive(&bytes, b"wrap keys of persons"),
            hash: derive(&bytes, b"keyed hashes"),
            bytes: Key::from_bytes(bytes),
        }
    }

    /// A fresh one.
    ///
    /// # Errors
    /// Where the system gives no randomness.
    pub fn generate() -> Result<Self, MasterKeyError> {
        Ok(Self::from_bytes(crypto::random()?))
    }

    /// From base64, as the environment gives it.
    ///
    /// # Errors
    /// [`MasterKeyError::Form`] where it is not 32 bytes of base64.
    pub fn parse(text: &str) -> Result<Self, MasterKeyError> {
        let bytes = BASE64_STANDARD.decode(text.trim()).map_err(|_| MasterKeyError::Form)?;
        bytes.try_into().map(Self::from_bytes).map_err(|_| MasterKeyError::Form)
    }

    /// From a file; a file that does not exist is made with a fresh key and mode 0600.
    ///
    /// # Errors
    /// [`MasterKeyError`] where the file cannot be read or made, or holds no key.
    pub fn from_file(path: &Path) -> Result<Self, MasterKeyError> {
        let failed = |source| MasterKeyError::File { path: path.display().to_string(), source };
        match fs::read_to_string(path) {
            Ok(text) => Self::parse(&text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let fresh = Self::generate()?;
                fresh.write(path).map_err(failed)?;
                Ok(fresh)
            }
            Err(error) => Err(failed(error)),
        }
    }

    fn write(&self, path: &Path) -> std::io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        writeln!(file, "{}", BASE64_STANDARD.encode(self.bytes.bytes()))?;
        file.sync_all()?;
        match path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            Some(folder) => fs::File::open(folder)?.sync_all(),
            None => Ok(()),
        }
    }

    pub(super) fn wrap(&self, subject: &str, key: &Key) -> Result<Vec<u8>, Failure> {
        self.wrap.seal(subject, key.bytes())
    }

    pub(super) fn unwrap(&self, subject: &str, wrapped: &[u8]) -> Result<Key, Failure> {
        let bytes = self.wrap.open(subject, wrapped)?;
        bytes.try_into().map(Key::from_bytes).map_err(|_| {
            Failure::plain(diptych_core::FailureKind::Unreadable, format!("the key of {subject} is damaged"))
        })
    }

    pub(super) fn check_value(&self) -> Result<Vec<u8>, Failure> {
        self.wrap.seal(CHECK, CHECK.as_bytes())
    }

    pub(super) fn made(&self, check: &[u8]) -> bool {
        self.wrap.open(CHECK, check).is_ok_and(|plain| plain == CHECK.as_bytes())
    }

    pub(super) fn blind(&self, purpose: &str, value: &str) -> Blind {
        let hash = self.fingerprint(&[b"blind", purpose.as_bytes(), value.as_bytes()]);
        Blind(BASE64_URL.encode(&hash[..16]).into())
    }

    pub(super) fn fingerprint(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = mac(self.hash.bytes());
        for part in parts {
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64_URL;

#[allow(clippy::expect_used, reason = "HMAC takes keys of any length")]
fn mac(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

#[allow(clippy::expect_used, reason = "32 bytes is a length that HKDF gives")]
fn derive(master: &[u8], purpose: &[u8]) -> Key {
    let mut bytes = [0; 32];
    Hkdf::<Sha256>::new(None, master)
        .expand(purpose, &mut bytes)
        .expect("32 bytes is a length that HKDF gives");
    Key::from_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_file_is_made_for_its_owner_alone_and_read_back() {
        let folder = std::env::temp_dir().join(format!("diptych-master-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("master.key");
        let made = MasterKey::from_file(&path).unwrap();
        let read = MasterKey::from_file(&path).unwrap();
        assert_eq!(made.blind("p", "v"), read.blind("p", "v"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_text_that_is_no_key_says_how_to_make_one() {
        let error = MasterKey::parse("hello").unwrap_err().to_string();
        assert!(error.contains("openssl rand -base64 32"), "{error}");
    }
}
