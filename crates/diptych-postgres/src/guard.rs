//! Keeps statements of others from ending the transaction that they run in.

/// Words that begin a statement about transactions.
const ABOUT_TRANSACTIONS: [&str; 10] =
    ["abort", "begin", "commit", "end", "prepare", "release", "reset", "rollback", "savepoint", "start"];

/// A statement that would begin, end or divide the transaction.
#[derive(Debug, thiserror::Error)]
#[error("the transaction is not the statement's: {word} is refused")]
pub(crate) struct NotYours {
    word: String,
}

/// Lets a statement pass that leaves the transaction alone.
///
/// # Errors
/// [`NotYours`] names the word it begins with.
pub(crate) fn check(sql: &str) -> Result<(), NotYours> {
    let word: String = without_comments(sql).chars().take_while(char::is_ascii_alphabetic).collect();
    let word = word.to_ascii_lowercase();
    if ABOUT_TRANSACTIONS.contains(&&*word) { Err(NotYours { word }) } else { Ok(()) }
}

/// What stands after the comments and empty statements that it begins with.
fn without_comments(sql: &str) -> &str {
    let mut rest = sql.trim_start_matches(|c: char| c.is_whitespace() || c == ';');
    loop {
        let after = if rest.starts_with("--") {
            rest.split_once('\n').map_or("", |(_, after)| after)
        } else if rest.starts_with("/*") {
            rest.split_once("*/").map_or("", |(_, after)| after)
        } else {
            return rest;
        };
        rest = after.trim_start_matches(|c: char| c.is_whitespace() || c == ';');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_about_transactions_is_refused_however_it_is_written() {
        for sql in [
            "COMMIT",
            "  rollback;",
            "-- x\n/* y */ End",
            ";SAVEPOINT a",
            "/* a */ /* b */ start transaction",
        ] {
            assert!(check(sql).is_err(), "{sql}");
        }
        for sql in
            ["SELECT 1", "-- commit\nUPDATE t SET a = 1", "endless", "WITH a AS (SELECT 1) SELECT * FROM a"]
        {
            assert!(check(sql).is_ok(), "{sql}");
        }
    }
}
