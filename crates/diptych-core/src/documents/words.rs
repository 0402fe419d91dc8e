//! Words of texts, the same for every engine: what is indexed, what is asked for, and how well it fits.
//!
//! Words are cut by the rules of Unicode (UAX #29), in lower case, without accents and in compatible forms (`Straße` and `STRASSE`, `ﬁne` and
//! `fine` are one). Scripts that put no blanks between words (Chinese, Japanese, Thai, Khmer, …) give every character and every pair of
//! neighbours, and are asked for by pairs. Signs such as emoji are words; punctuation is not.
//!
//! A score depends on the document alone, not on how many others there are: so engines agree, and pages neither skip nor repeat while others are
//! added. Each word asked for counts in each text that has it: 10 times the text's weight if it is there as it was asked for,
//! 8 times with one letter wrong, 6 times with two.

use std::collections::HashMap;

use serde_json::Value;
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

use super::shape::{Shape, texts_of};

/// So many letters of a word count.
const LETTERS: usize = 64;
/// So many different words of what somebody asks count.
pub const MAX_WORDS: usize = 32;
/// What a word counts with no, one and two letters wrong.
const COUNTS: [u64; 3] = [10, 8, 6];

/// A word asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Asked {
    /// The word, as it is indexed.
    pub word: String,
    /// How many letters may be wrong, missing, too many or changed with their neighbour.
    pub distance: u8,
}

/// How many letters of a word may be wrong: 0 of 1–2, 1 of 3–5, 2 above.
#[must_use]
pub fn distance_allowed(word: &str) -> u8 {
    match word.chars().count() {
        0..=2 => 0,
        3..=5 => 1,
        _ => 2,
    }
}

/// The words of a text as they are indexed, in its order.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    cut(text, |piece| match piece {
        Piece::Word(word) => found.push(word),
        Piece::Run(run) => {
            found.extend(run.iter().map(char::to_string));
            found.extend(run.windows(2).map(String::from_iter));
        }
    });
    found
}

impl Asked {
    /// What somebody asks for by a text: its different words, at most [`MAX_WORDS`].
    #[must_use]
    pub fn by(text: &str) -> Vec<Self> {
        let mut asked: Vec<Self> = Vec::new();
        let mut ask = |word: String| {
            let known = asked.iter().any(|known| known.word == word);
            if !known && asked.len() < MAX_WORDS {
                asked.push(Self { distance: distance_allowed(&word), word });
            }
        };
        cut(text, |piece| match piece {
            Piece::Word(word) => ask(word),
            Piece::Run(run) if run.len() == 1 => ask(String::from_iter(run)),
            Piece::Run(run) => run.windows(2).map(String::from_iter).for_each(&mut ask),
        });
        asked
    }

    /// What it counts in a text of weight 1 that has a word at this distance.
    #[must_use]
    pub fn counts_at(distance: u8) -> u64 {
        COUNTS.get(usize::from(distance)).copied().unwrap_or(0)
    }

    /// What it counts in a text of weight 1 with these words; 0 where it is not there.
    fn counts_in(&self, words: &HashMap<String, ()>) -> u64 {
        if words.contains_key(&self.word) {
            return Self::counts_at(0);
        }
        if self.distance == 0 {
            return 0;
        }
        let near = words.keys().map(|word| strsim::osa_distance(&self.word, word)).min();
        let near = near.and_then(|near| u8::try_from(near).ok()).filter(|near| *near <= self.distance);
        near.map_or(0, Self::counts_at)
    }
}

/// How well a document fits what is asked for; 0 where none of the words is in it. This is what every engine's score equals.
#[must_use]
pub fn score(shape: &Shape, body: &Value, asked: &[Asked]) -> u64 {
    let in_text = |(name, weight): (&str, u8)| {
        let words: HashMap<_, _> =
            texts_of(body, name).into_iter().flat_map(words).map(|word| (word, ())).collect();
        u64::from(weight) * asked.iter().map(|asked| asked.counts_in(&words)).sum::<u64>()
    };
    shape.texts().map(in_text).sum()
}

enum Piece {
    Word(String),
    /// Characters of a script without blanks, that stand side by side.
    Run(Vec<char>),
}

fn cut(text: &str, mut found: impl FnMut(Piece)) {
    let folded = folded(text);
    let mut run = Vec::new();
    for segment in folded.split_word_bounds() {
        if segment.chars().all(has_no_blanks) {
            run.extend(segment.chars());
            continue;
        }
        if !run.is_empty() {
            found(Piece::Run(std::mem::take(&mut run)));
        }
        if segment.chars().any(|c| c.is_alphanumeric() || is_sign(c)) {
            found(Piece::Word(segment.chars().take(LETTERS).collect()));
        }
    }
    if !run.is_empty() {
        found(Piece::Run(run));
    }
}

/// In lower case, in compatible forms, without accents.
fn folded(text: &str) -> String {
    let lower = text.chars().flat_map(char::to_lowercase);
    let plain = lower.nfkd().filter(|c| !is_accent(*c)).nfc();
    let mut folded = String::with_capacity(text.len());
    let (mut plain, mut before) = (plain.peekable(), ' ');
    while let Some(c) = plain.next() {
        let within_number = before.is_ascii_digit() && plain.peek().is_some_and(char::is_ascii_digit);
        match letters_of(c) {
            Some(letters) => folded.push_str(letters),
            // To Unicode these may stand within a word; in names of products and programs they stand between words.
            None if matches!(c, ':' | '_') || (c == '.' && !within_number) => folded.push(' '),
            None => folded.push(c),
        }
        before = c;
    }
    folded
}

/// Letters that are not made of a letter and an accent, but are typed without.
const fn letters_of(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ł' => "l",
        'þ' => "th",
        'ı' => "i",
        'ς' => "σ",
        '’' => "'",
        _ => return None,
    })
}

/// Marks that words are also written without: of Latin, Greek and Cyrillic letters, Hebrew and Arabic vowels, and how an emoji is shown.
/// Those that make another letter (a Japanese sound, an Indian vowel) are none.
const fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{fe0e}' | '\u{fe0f}')
}

const fn is_sign(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
}

const fn has_no_blanks(c: char) -> bool {
    matches!(c,
        '\u{e01}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3005}'..='\u{3007}'
        | '\u{3041}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3134f}')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn asked(text: &str) -> Vec<(String, u8)> {
        Asked::by(text).into_iter().map(|asked| (asked.word, asked.distance)).collect()
    }

    #[test]
    fn case_accents_and_forms_make_no_difference() {
        for (one, other) in [
            ("Café CRÈME", "cafe creme"),
            ("Straße", "STRASSE"),
            ("ﬁne １２ Łódź", "fine 12 lodz"),
            ("ΟΔΟΣ", "οδός"),
            ("İstanbul", "istanbul"),
            ("Ёлка", "елка"),
            ("ｶﾞﾗｽ", "ガラス"),
            ("שָׁלוֹם", "שלום"),
        ] {
            assert_eq!(words(one), words(other), "{one}");
        }
    }

    #[test]
    fn words_of_other_scripts_are_kept() {
        assert_eq!(words("клавиатура لوحة हिन्दी 한국어"), ["клавиатура", "لوحة", "हिन्दी", "한국어"]);
        assert_ne!(words("が"), words("か"));
        assert_eq!(words("机械键盘"), ["机", "械", "键", "盘", "机械", "械键", "键盘"]);
        assert_eq!(asked("键盘"), [("键盘".to_owned(), 0)]);
        assert_eq!(asked("键"), [("键".to_owned(), 0)]);
        assert_eq!(words("🎹 piano"), ["🎹", "piano"]);
    }

    #[test]
    fn punctuation_and_operators_are_no_words() {
        assert_eq!(words("  +-*?~^\"(){}[]:/\\ && || ! "), Vec::<String>::new());
        assert_eq!(words("name:foo* OR -bar~2 [a TO b]"), ["name", "foo", "or", "bar", "2", "a", "to", "b"]);
        assert_eq!(words("node.js 3.5mm wi-fi it’s"), ["node", "js", "3.5mm", "wi", "fi", "it's"]);
    }

    #[test]
    fn so_many_letters_may_be_wrong_as_a_word_is_long() {
        let allowed = |word| distance_allowed(word);
        assert_eq!(["a", "ab", "abc", "abcde", "abcdef", "éé"].map(allowed), [0, 0, 1, 1, 2, 0]);
    }

    #[test]
    fn a_long_text_asks_for_some_words_only() {
        let text: String = (0..5000).map(|n| format!("w{n} ")).collect();
        assert_eq!(asked(&text).len(), MAX_WORDS);
        assert_eq!(asked(&"x".repeat(10_000))[0].0.len(), LETTERS);
        assert_eq!(asked("again Again AGAIN").len(), 1);
    }

    #[test]
    fn a_score_is_of_the_weights_and_the_letters_that_are_wrong() {
        let shape = Shape::new().text("name", 2).text("description", 1);
        let body = json!({ "name": "Mechanical keyboard", "description": "a keyboard that clicks" });
        let score = |text: &str| score(&shape, &body, &Asked::by(text));
        assert_eq!(score("keyboard"), 30);
        assert_eq!(score("keybaord"), 24);
        assert_eq!(score("mechnicl"), 12);
        assert_eq!(score("clicks keyboard"), 40);
        assert_eq!(score("piano"), 0);
        assert_eq!(score("xa"), 0);
    }
}
