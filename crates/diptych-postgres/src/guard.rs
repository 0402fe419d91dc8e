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

/// What PREPARE takes of a statement, where it is of a kind that it takes.
pub(crate) fn preparable(sql: &str) -> Option<&str> {
    const KINDS: [&str; 7] = ["insert", "update", "delete", "merge", "select", "with", "values"];
    let rest = without_comments(sql);
    let word: String = rest.chars().take_while(char::is_ascii_alphabetic).collect();
    Some(rest).filter(|_| KINDS.contains(&&*word.to_ascii_lowercase()))
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
    fn what_is_prepared_begins_with_its_word() {
        assert_eq!(preparable("; -- x\n insert INTO t VALUES ($1);"), Some("insert INTO t VALUES ($1);"));
        for sql in ["CREATE TABLE t (a int)", "NOTIFY x", "TRUNCATE t", "DO $$ BEGIN END $$", ""] {
            assert_eq!(preparable(sql), None, "{sql}");
        }
    }

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
