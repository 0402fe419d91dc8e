//! What is looked for: personal texts in every form in which they could stand somewhere.

use std::path::Path;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use sha2::{Digest, Sha256};

/// A name that stands nowhere else. The accents show what escapes them.
pub(super) const NAME: &str = "Zäphod Bëeblebrox-Planted";
/// What stands before the `@` of every planted e-mail; what follows it tells them apart.
pub(super) const MAILBOX: &str = "zäphod.planted-bëeblebrox";
/// What stands in the address of a picture.
pub(super) const PICTURE: &str = "zaphod-planted-picture";

/// The planted e-mail of this number.
pub(super) fn email(number: impl std::fmt::Display) -> String {
    format!("{MAILBOX}@{number}.example")
}

/// Every form of the planted texts, to be found in bytes.
pub(super) struct Forms {
    names: Vec<String>,
    found: AhoCorasick,
}

impl Forms {
    /// Of the texts, and the hashes without a key of these e-mails, by which one who knows an e-mail would find it.
    pub(super) fn new(emails: &[String]) -> Self {
        let (mut names, mut patterns) = (Vec::new(), Vec::new());
        let mut add = |name: String, bytes: Vec<u8>| {
            assert!(bytes.len() >= 8, "{name} is too short to be found by no accident");
            names.push(name);
            patterns.push(bytes);
        };
        for text in [NAME, MAILBOX, PICTURE] {
            for text in [text.to_owned(), text.to_lowercase(), text.to_uppercase()] {
                forms_of(&text).into_iter().for_each(|(form, bytes)| add(format!("{text} ({form})"), bytes));
            }
        }
        for email in emails {
            let hash = Sha256::digest(email.to_lowercase().as_bytes()).to_vec();
            add(format!("the SHA-256 of {email}"), hash.clone());
            add(format!("the SHA-256 of {email} (hex)"), hex(&hash).into_bytes());
            add(format!("the SHA-256 of {email} (base64)"), URL_SAFE_NO_PAD.encode(&hash).into_bytes());
        }
        let found = AhoCorasickBuilder::new().ascii_case_insensitive(true).build(patterns).unwrap();
        Self { names, found }
    }

    /// What the bytes hold of them.
    pub(super) fn in_bytes(&self, bytes: &[u8]) -> Option<String> {
        let hit = self.found.find(bytes)?;
        let around = &bytes[hit.start().saturating_sub(200)..bytes.len().min(hit.end() + 20)];
        Some(format!("{} in {}", self.names[hit.pattern().as_usize()], String::from_utf8_lossy(around)))
    }

    /// What the files below a folder hold of them, and how many bytes these have. Files may vanish meanwhile.
    pub(super) fn in_folder(&self, folder: &Path) -> (u64, Option<String>) {
        let mut size = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let found = if path.is_dir() {
                let (more, found) = self.in_folder(&path);
                size += more;
                found
            } else {
                let Ok(bytes) = std::fs::read(&path) else { continue };
                size += u64::try_from(bytes.len()).unwrap();
                self.in_bytes(&bytes).map(|what| format!("{} holds {what}", path.display()))
            };
            let named = self.in_bytes(path.as_os_str().as_encoded_bytes());
            if let Some(found) = found.or_else(|| named.map(|what| format!("{path:?} is named {what}"))) {
                return (size, Some(found));
            }
        }
        (size, None)
    }
}

/// A text in each form that it could have.
pub(super) fn forms_of(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let utf16: Vec<u16> = text.encode_utf16().collect();
    let escaped = |of: &dyn Fn(u16) -> String| -> Vec<u8> {
        let ascii = |unit: u16| u8::try_from(unit).ok().filter(u8::is_ascii);
        let unit = |unit: &u16| ascii(*unit).map_or_else(|| of(*unit), |byte| char::from(byte).to_string());
        utf16.iter().map(unit).collect::<String>().into_bytes()
    };
    let percent = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    let mut forms = vec![
        ("as it is", text.as_bytes().to_vec()),
        ("UTF-16, little end first", utf16.iter().flat_map(|unit| unit.to_le_bytes()).collect()),
        ("UTF-16, big end first", utf16.iter().flat_map(|unit| unit.to_be_bytes()).collect()),
        ("hex", hex(text.as_bytes()).into_bytes()),
        ("percent", text.bytes().map(percent).collect::<String>().into_bytes()),
        ("percent with +", text.bytes().map(percent).collect::<String>().replace("%20", "+").into_bytes()),
        ("JSON escapes", escaped(&|unit| format!("\\u{unit:04x}"))),
        ("Rust escapes", escaped(&|unit| format!("\\u{{{unit:x}}}"))),
        ("HTML escapes", escaped(&|unit| format!("&#{unit};"))),
        ("Latin-1", text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect()),
    ];
    // Wherever it stands in what is encoded as a whole: at each of three offsets, the part that is of it alone.
    for before in 0..3 {
        let padded = [&vec![0; before][..], text.as_bytes()].concat();
        for (form, encoded) in
            [("base64", STANDARD_NO_PAD.encode(&padded)), ("base64url", URL_SAFE_NO_PAD.encode(&padded))]
        {
            let own = &encoded.as_bytes()[(before * 8).div_ceil(6)..padded.len() / 3 * 4];
            forms.push((form, own.to_vec()));
        }
    }
    forms
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
