//! Names taken apart into words, and put together in another way.

/// The words of a name in `CamelCase`, in lower case: `NoAccount` is "no", "account".
fn words(camel: &str) -> Vec<String> {
    let chars: Vec<char> = camel.chars().collect();
    let mut words: Vec<String> = Vec::new();
    for (at, &c) in chars.iter().enumerate() {
        let after_lower = at > 0 && !chars[at - 1].is_uppercase();
        let before_lower = at > 0 && chars.get(at + 1).is_some_and(|next| next.is_lowercase());
        match words.last_mut() {
            Some(word) if !(c.is_uppercase() && (after_lower || before_lower)) => {
                word.extend(c.to_lowercase())
            }
            Some(_) | None => words.push(c.to_lowercase().collect()),
        }
    }
    words
}

/// `no-account`
pub(crate) fn kebab(camel: &str) -> String {
    words(camel).join("-")
}

/// `no account`
pub(crate) fn spoken(camel: &str) -> String {
    words(camel).join(" ")
}

/// The names in backticks, for messages: `a`, `b`.
pub(crate) fn listed(names: impl IntoIterator<Item = impl std::fmt::Display>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn camel_case_falls_into_words() {
        assert_eq!(kebab("NoAccount"), "no-account");
        assert_eq!(kebab("HTTPServerDown"), "http-server-down");
        assert_eq!(spoken("EMailTaken2"), "e mail taken2");
        assert_eq!(kebab("Gone"), "gone");
    }
}
