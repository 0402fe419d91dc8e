//! The strict pass: are these bytes one JSON text (RFC 8259) that every reader understands alike?
//!
//! Invariants: it takes what `serde_json` takes, but for members given twice, and takes numbers of any size besides;
//! its time is linear in the body; its depth of recursion is at most [`MAX_DEPTH`].

use std::{borrow::Cow, collections::HashSet};

use hifijson::{Expect, SliceLexer, escape, num::Lex as _, str::LexAlloc as _, token::Lex as _};

use super::{BodyError, Pointer, Segment};

/// How many objects and lists may stand within each other.
const MAX_DEPTH: usize = 127;

/// What the strict pass has seen in a text that it takes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// The first text (or member name) that contains U+0000, which JSON allows and no command does.
    pub nul: Option<Pointer>,
}

/// Takes one strict JSON text of any shape, numbers of any size included.
///
/// # Errors
/// [`BodyError::Malformed`] for: nothing at all, a byte order mark, invalid UTF-8, what is not JSON, anything after it,
/// a member given twice (names are compared after unescaping), a lone surrogate, nesting 128 deep or deeper.
pub fn check(bytes: &[u8]) -> Result<Facts, BodyError> {
    let refuse = |offset: usize, detail: String| Err(malformed(bytes, offset, detail));
    if bytes.is_empty() {
        return refuse(0, "the body is empty where a JSON object is needed".to_owned());
    }
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        return refuse(0, "the text starts with a byte order mark".to_owned());
    }
    if let Err(error) = std::str::from_utf8(bytes) {
        return refuse(error.valid_up_to(), "the text is not UTF-8".to_owned());
    }
    let mut lexer = SliceLexer::new(bytes);
    let mut walk = Walk { path: Vec::new(), nul: None };
    match lexer.exactly_one(SliceLexer::ws_peek, |next, lexer| walk.value(next, lexer)) {
        Ok(()) => Ok(Facts { nul: walk.nul }),
        Err(Broken::Twice { rest }) => {
            let name = walk.pointer();
            refuse(bytes.len().saturating_sub(rest), format!("the member {name} is given twice"))
        }
        Err(broken) => refuse(bytes.len().saturating_sub(lexer.as_slice().len()), broken.words().to_owned()),
    }
}

/// What ends the walk.
enum Broken {
    Lexer(hifijson::Error),
    Depth,
    /// A member has the name of an earlier one; so many bytes were left before it.
    Twice {
        rest: usize,
    },
}

impl From<Expect> for Broken {
    fn from(expect: Expect) -> Self {
        Self::Lexer(expect.into())
    }
}

struct Walk<'a> {
    path: Vec<Step<'a>>,
    nul: Option<Pointer>,
}

enum Step<'a> {
    Member(Cow<'a, str>),
    Item(usize),
}

impl<'a> Walk<'a> {
    fn value(&mut self, next: u8, lexer: &mut SliceLexer<'a>) -> Result<(), Broken> {
        match next {
            b'"' => {
                let text = text(lexer)?;
                self.look_for_nul(&text);
                Ok(())
            }
            b'{' | b'[' if self.path.len() >= MAX_DEPTH => Err(Broken::Depth),
            b'{' => self.object(lexer),
            b'[' => self.list(lexer),
            b'0'..=b'9' | b'-' => match lexer.num_ignore().validate() {
                Ok(_) => Ok(()),
                Err(error) => Err(Broken::Lexer(error.into())),
            },
            b'a'..=b'z' => lexer.null_or_bool().map(drop).ok_or_else(|| Expect::Value.into()),
            _ => Err(Expect::Value.into()),
        }
    }

    fn list(&mut self, lexer: &mut SliceLexer<'a>) -> Result<(), Broken> {
        let mut index = 0;
        lexer.discarded().seq(b']', SliceLexer::ws_peek, |next, lexer| {
            self.path.push(Step::Item(index));
            self.value(next, lexer)?;
            self.path.pop();
            index += 1;
            Ok(())
        })
    }

    fn object(&mut self, lexer: &mut SliceLexer<'a>) -> Result<(), Broken> {
        let mut names = HashSet::new();
        lexer.discarded().seq(b'}', SliceLexer::ws_peek, |next, lexer| {
            if next != b'"' {
                return Err(Expect::String.into());
            }
            let rest = lexer.as_slice().len();
            let name = text(lexer)?;
            self.path.push(Step::Member(name.clone()));
            self.look_for_nul(&name);
            if !names.insert(name) {
                return Err(Broken::Twice { rest });
            }
            lexer.expect(SliceLexer::ws_peek, b':').ok_or(Expect::Colon)?;
            let next = lexer.ws_peek().ok_or(Expect::Value)?;
            self.value(next, lexer)?;
            self.path.pop();
            Ok(())
        })
    }

    fn look_for_nul(&mut self, text: &str) {
        if self.nul.is_none() && text.contains('\0') {
            self.nul = Some(self.pointer());
        }
    }

    fn pointer(&self) -> Pointer {
        let segments = self.path.iter().map(|step| match step {
            Step::Member(name) => Segment::Member(name.clone().into_owned()),
            Step::Item(index) => Segment::Item(*index),
        });
        Pointer::from(segments.collect::<Vec<_>>())
    }
}

fn text<'a>(lexer: &mut SliceLexer<'a>) -> Result<Cow<'a, str>, Broken> {
    lexer.discarded().str_string().map_err(|error| Broken::Lexer(error.into()))
}

impl Broken {
    fn words(&self) -> &'static str {
        match self {
            Self::Depth => "objects and lists are nested 128 deep or deeper",
            Self::Twice { .. } => "a member is given twice",
            Self::Lexer(error) => lexer_words(error),
        }
    }
}

fn lexer_words(error: &hifijson::Error) -> &'static str {
    use escape::Error as Escape;
    use hifijson::{Error, str::Error as Str};
    match error {
        Error::Depth => "objects and lists are nested too deep",
        Error::Num(_) => "a digit is missing in a number",
        Error::Str(Str::Control) => "a control character stands in a text without being escaped",
        Error::Str(Str::Eof) | Error::Str(Str::Escape(Escape::Eof)) => "a text is not closed",
        Error::Str(Str::Utf8(_)) => "the text is not UTF-8",
        Error::Str(Str::Escape(Escape::InvalidChar(_) | Escape::ExpectedLowSurrogate)) => {
            "a surrogate stands without its other half"
        }
        Error::Str(Str::Escape(Escape::InvalidKind(_) | Escape::InvalidHex(_))) => "there is no such escape",
        Error::Token(Expect::Value | Expect::ValueOrEnd) => "a value is missing",
        Error::Token(Expect::CommaOrEnd) => "a comma or the end of an object or list is missing",
        Error::Token(Expect::String) => "the name of a member is missing",
        Error::Token(Expect::Colon) => "the colon after the name of a member is missing",
        Error::Token(Expect::Eof) => "something follows the JSON",
    }
}

fn malformed(bytes: &[u8], offset: usize, detail: String) -> BodyError {
    let before = String::from_utf8_lossy(bytes.get(..offset).unwrap_or(bytes));
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    BodyError::Malformed { detail, line, column }
}
