//! Cursors: a place between two items of a list, opaque to callers.
//!
//! A cursor holds the sort keys of the item that it stands beside, so following it neither skips nor repeats an item
//! while others are added. The contract has one parameter for both directions, `after`; which way it leads is inside.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use crate::params::ParameterError;

/// So many bytes of a digest stand before the keys. It finds typing errors and links of other lists, not forgers: a
/// forged cursor reads no more than a page does.
const CHECKSUM: usize = 6;

/// A place in a list that is sorted by `K`, the id of the item included.
///
/// # Example
/// ```
/// use diptych_http::{Cursor, Direction};
///
/// let next = Cursor { direction: Direction::Forward, page: 2, keys: ("2024-12-31T00:00:00Z", "ORD-1") };
/// let text = next.encode("orders");
/// assert_eq!(Cursor::<(String, String)>::decode("orders", &text).unwrap().keys.1, "ORD-1");
/// assert!(Cursor::<(String, String)>::decode("users", &text).is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor<K> {
    /// Which way it leads from the item.
    #[serde(rename = "d")]
    pub direction: Direction,
    /// The number of the page that it leads to, from 1, as `page` of the answer.
    #[serde(rename = "p")]
    pub page: u32,
    /// The sort keys of the item.
    #[serde(rename = "k")]
    pub keys: K,
}

/// Which way a cursor leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Direction {
    /// To the items after the keys: `next`.
    #[serde(rename = "f")]
    Forward,
    /// To the items before the keys, the nearest first in the list's order: `prev`.
    #[serde(rename = "b")]
    Backward,
}

impl<K: Serialize> Cursor<K> {
    /// The text of the parameter `after`. `list` names the list and its order, and must be given again to decode.
    #[must_use]
    pub fn encode(&self, list: &str) -> String {
        let keys = serde_json::to_vec(self).unwrap_or_default();
        URL_SAFE_NO_PAD.encode([checksum(list, &keys).as_slice(), &keys].concat())
    }
}

impl<K: DeserializeOwned> Cursor<K> {
    /// Reads the parameter `after`.
    ///
    /// # Errors
    /// [`ParameterError`] for `after` where it is no cursor of this list.
    pub fn decode(list: &str, text: &str) -> Result<Self, ParameterError> {
        let error = || ParameterError::invalid("after", "must be taken from the links of this list");
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| error())?;
        let (sum, keys) = bytes.split_at_checked(CHECKSUM).ok_or_else(error)?;
        if sum != checksum(list, keys) {
            return Err(error());
        }
        serde_json::from_slice(keys).map_err(|_| error())
    }
}

fn checksum(list: &str, keys: &[u8]) -> Vec<u8> {
    let digest = Sha256::new().chain_update(list).chain_update([0]).chain_update(keys).finalize();
    digest.iter().copied().take(CHECKSUM).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Keys = (String, i64);

    fn cursor(name: &str, number: i64) -> Cursor<Keys> {
        Cursor { direction: Direction::Backward, page: 3, keys: (name.to_owned(), number) }
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        let good = cursor("a", 1).encode("orders");
        assert!(Cursor::<Keys>::decode("orders", &good).is_ok());
        for bad in [
            "",
            "x",
            "!!!!",
            "AAAA",
            &good[1..],
            &format!("{good}A"),
            &format!("{good}="),
            &good.to_lowercase(),
        ] {
            let error = Cursor::<Keys>::decode("orders", bad).unwrap_err();
            assert!(matches!(error, ParameterError::Invalid { name: "after", .. }), "{bad}");
        }
        assert!(Cursor::<(i64,)>::decode("orders", &good).is_err());
    }

    proptest! {
        #[test]
        fn a_cursor_is_read_as_it_was_made(name in any::<String>(), number in any::<i64>()) {
            let made = cursor(&name, number);
            prop_assert_eq!(Cursor::decode("orders", &made.encode("orders")), Ok(made));
        }

        #[test]
        fn one_changed_character_is_found(at in any::<prop::sample::Index>(), to in "[A-Za-z0-9_-]") {
            let good = cursor("ORD-1", 7).encode("orders");
            let at = at.index(good.len());
            let mut bad = good.clone();
            bad.replace_range(at..=at, &to);
            prop_assume!(bad != good);
            prop_assert!(Cursor::<Keys>::decode("orders", &bad).is_err());
        }

        #[test]
        fn no_text_makes_it_panic(text in any::<String>()) {
            prop_assert!(Cursor::<Keys>::decode("orders", &text).is_err());
        }
    }
}
