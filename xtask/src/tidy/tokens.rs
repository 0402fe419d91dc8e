//! Reading Rust by its tokens.
//!
//! A file is a tree of tokens; its *levels* are the token lists of the file and of each bracketed group in it. Every
//! check walks the levels and looks a few tokens ahead, which is all that these questions need, and it works inside
//! macro calls, where a syntax tree ends. Doc comments are attributes here, other comments are not there at all.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// The tokens of a file, then those of each group in it, however deep; an outer level comes before its inner ones.
pub(crate) fn levels(stream: TokenStream) -> Vec<Vec<TokenTree>> {
    let mut levels = vec![stream.into_iter().collect::<Vec<_>>()];
    let mut at = 0;
    while let Some(level) = levels.get(at) {
        let inner: Vec<Vec<_>> =
            level.iter().filter_map(as_group).map(|group| group.stream().into_iter().collect()).collect();
        levels.extend(inner);
        at += 1;
    }
    levels
}

/// The identifier at this place, keywords and `_` included.
pub(crate) fn word(level: &[TokenTree], at: usize) -> Option<String> {
    if let Some(TokenTree::Ident(ident)) = level.get(at) { Some(ident.to_string()) } else { None }
}

pub(crate) fn is_word(level: &[TokenTree], at: usize, expected: &str) -> bool {
    matches!(level.get(at), Some(TokenTree::Ident(ident)) if ident == expected)
}

pub(crate) fn is_mark(level: &[TokenTree], at: usize, expected: char) -> bool {
    matches!(level.get(at), Some(TokenTree::Punct(mark)) if mark.as_char() == expected)
}

/// The group at this place, when it has these brackets.
pub(crate) fn group(level: &[TokenTree], at: usize, brackets: Delimiter) -> Option<&Group> {
    level.get(at).and_then(as_group).filter(|group| group.delimiter() == brackets)
}

/// What stands in the brackets of the outer attribute that begins at this place.
pub(crate) fn attribute(level: &[TokenTree], at: usize) -> Option<Vec<TokenTree>> {
    if !is_mark(level, at, '#') {
        return None;
    }
    group(level, at + 1, Delimiter::Bracket).map(|group| group.stream().into_iter().collect())
}

/// Whether an attribute makes a function a test: `test`, `tokio::test(…)`.
pub(crate) fn marks_a_test(attribute: &[TokenTree]) -> bool {
    let path = attribute.iter().take_while(|token| as_group(token).is_none()).count();
    path > 0 && is_word(attribute, path - 1, "test")
}

/// The place of the token that ends the item, statement or declaration which goes on at `from`: its braces or `;`.
pub(crate) fn end_of_item(level: &[TokenTree], from: usize) -> Option<usize> {
    (from..level.len()).find(|at| is_mark(level, *at, ';') || group(level, *at, Delimiter::Brace).is_some())
}

/// The line a token begins on, 1-based.
pub(crate) fn first_line(token: &TokenTree) -> usize {
    token.span().start().line
}

/// The line a token ends on, 1-based.
pub(crate) fn last_line(token: &TokenTree) -> usize {
    token.span().end().line
}

fn as_group(token: &TokenTree) -> Option<&Group> {
    if let TokenTree::Group(group) = token { Some(group) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<TokenTree> {
        text.parse::<TokenStream>().unwrap().into_iter().collect()
    }

    #[test]
    fn levels_go_from_the_outside_in() {
        let levels = levels("a (b {c}) d".parse().unwrap());
        let words: Vec<_> = levels.iter().map(|level| word(level, 0).unwrap()).collect();
        assert_eq!(words, ["a", "b", "c"]);
    }

    #[test]
    fn the_last_part_of_an_attribute_says_whether_it_marks_a_test() {
        assert!(marks_a_test(&tokens("test")));
        assert!(marks_a_test(&tokens("tokio::test(start_paused = true)")));
        assert!(!marks_a_test(&tokens("cfg(test)")));
        assert!(!marks_a_test(&tokens("test_case")));
    }

    #[test]
    fn an_item_ends_with_its_braces_or_its_semicolon() {
        assert_eq!(end_of_item(&tokens("fn f() { a; } b"), 0), Some(3));
        assert_eq!(end_of_item(&tokens("mod m; b {}"), 0), Some(2));
        assert_eq!(end_of_item(&tokens("a b"), 0), None);
    }
}
