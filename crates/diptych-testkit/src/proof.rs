//! Proofs by trying: the same test tries little in the test command and much in `cargo xtask torture`.
//!
//! A proof asks [`Effort`] how often to try, and hands in what it has seen as [`Evidence`]. `cargo xtask torture` sets the
//! variables below, and makes a report of the evidence.

use std::{
    fmt::{self, Display},
    hash::{BuildHasher, Hasher, RandomState},
    io::Write,
    time::{Duration, Instant},
};

/// Says how much to try: `long`, or nothing for what the test command has time for.
pub const EFFORT: &str = "DIPTYCH_TORTURE";
/// Names the file that evidence is appended to, as TOML: an `[[evidence]]` each.
pub const REPORT: &str = "DIPTYCH_TORTURE_REPORT";

/// A number: what random tests begin from. Where it is not given they draw one, and print it.
pub const SEED: &str = "DIPTYCH_TEST_SEED";

/// The seed that the environment gives, or one drawn now.
///
/// # Panics
/// Where the environment gives something that is not a number.
#[must_use]
pub fn seed() -> u64 {
    match std::env::var(SEED) {
        Ok(text) => text.parse().unwrap_or_else(|error| panic!("{SEED} is {text:?}: {error}")),
        Err(_) => RandomState::new().build_hasher().finish(),
    }
}

/// How much a proof tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// Seconds: part of the test command.
    Short,
    /// Minutes to hours: `cargo xtask torture`.
    Long,
}

impl Effort {
    /// What the environment says.
    ///
    /// # Panics
    /// Where it says something else than `long` or `short`.
    #[must_use]
    pub fn of_environment() -> Self {
        match std::env::var(EFFORT).as_deref() {
            Err(_) | Ok("" | "short") => Self::Short,
            Ok("long") => Self::Long,
            Ok(other) => panic!("{EFFORT} is {other:?}; use long or short"),
        }
    }

    /// How often to try.
    #[must_use]
    pub const fn of(self, short: usize, long: usize) -> usize {
        match self {
            Self::Short => short,
            Self::Long => long,
        }
    }

    /// How long one proof may take in all before it counts as hanging.
    #[must_use]
    pub const fn deadline(self) -> Duration {
        match self {
            Self::Short => Duration::from_secs(120),
            Self::Long => Duration::from_secs(6 * 3600),
        }
    }
}

/// What a proof has tried and seen, handed in when it held.
#[derive(Debug)]
pub struct Evidence {
    proof: &'static str,
    on: String,
    since: Instant,
    facts: Vec<(&'static str, String)>,
}

impl Evidence {
    /// Of this proof on that store; begin it before trying, as it also tells how long the proof took.
    #[must_use]
    pub fn of(proof: &'static str, on: impl Display) -> Self {
        Self { proof, on: on.to_string(), since: Instant::now(), facts: Vec::new() }
    }

    /// Adds how much of what was tried or seen; a name is told as it is, as `commands answered`.
    pub fn add(&mut self, what: &'static str, how_much: impl Display) {
        self.facts.push((what, how_much.to_string()));
    }

    /// Hands it in: on stderr, and in the report where one is asked for.
    ///
    /// # Panics
    /// Where the report cannot be written.
    pub fn hand_in(self) {
        eprintln!("{self}");
        let Some(path) = std::env::var_os(REPORT) else { return };
        let facts: Vec<_> =
            self.facts.iter().map(|(what, value)| format!("[{}, {}]", quoted(what), quoted(value))).collect();
        let table = format!(
            "[[evidence]]\nproof = {}\non = {}\nseconds = {:.1}\nfacts = [{}]\n",
            quoted(self.proof),
            quoted(&self.on),
            self.since.elapsed().as_secs_f64(),
            facts.join(", "),
        );
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).expect("the report");
        file.write_all(table.as_bytes()).expect("the report can be written");
    }
}

/// A text as TOML writes it, which is as JSON does.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

impl Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}):", self.proof, self.on)?;
        for (at, (what, value)) in self.facts.iter().enumerate() {
            write!(f, "{} {value} {what}", if at == 0 { "" } else { "," })?;
        }
        write!(f, " in {:.1} s", self.since.elapsed().as_secs_f64())
    }
}
