//! What clients say around their statements: several in one text, `SET`, `SHOW`, `BEGIN`. Nothing of it changes anything, since
//! there is nothing to change.

use std::time::Duration;

use crate::catalog::settings::setting;
use crate::text::skip;

/// A statement that is answered without the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    /// Done, with this tag.
    Done(&'static str),
    /// `BEGIN` and its like.
    Begin,
    /// `COMMIT` or `ROLLBACK`, by the tag.
    End(&'static str),
    /// One value under a name.
    Show(String, String),
    /// `SHOW` of what there is not.
    Unknown(String),
    /// `SET statement_timeout`; `None` gives it up.
    Timeout(Option<Duration>),
    /// `DEALLOCATE` of a prepared statement, or of all.
    Forget(Option<String>),
}

/// What a statement says, if it is not for the engine.
pub(super) fn said(statement: &str, timeout: Option<Duration>) -> Option<Said> {
    let text = bare(statement);
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c == '=').filter(|word| !word.is_empty()).collect();
    let upper: Vec<String> = words.iter().map(|word| word.to_ascii_uppercase()).collect();
    let has = |word: &str| upper.iter().any(|other| other == word);
    Some(match (upper.first()?.as_str(), upper.get(1).map(String::as_str)) {
        ("BEGIN", _) | ("START", Some("TRANSACTION")) => Said::Begin,
        ("COMMIT" | "END", _) => Said::End("COMMIT"),
        ("ROLLBACK", _) if has("TO") => Said::Done("ROLLBACK"),
        ("ROLLBACK" | "ABORT", _) => Said::End("ROLLBACK"),
        ("SAVEPOINT", _) => Said::Done("SAVEPOINT"),
        ("RELEASE", _) => Said::Done("RELEASE"),
        ("SET", Some("STATEMENT_TIMEOUT")) => span(&upper[2..], &words[2..]),
        ("SET", Some("SESSION" | "LOCAL")) if upper.get(2).is_some_and(|word| word == "STATEMENT_TIMEOUT") => {
            span(&upper[3..], &words[3..])
        }
        ("RESET", Some("STATEMENT_TIMEOUT" | "ALL")) => Said::Timeout(None),
        ("SET", _) => Said::Done("SET"),
        ("RESET", _) => Said::Done("RESET"),
        ("LISTEN", _) => Said::Done("LISTEN"),
        ("UNLISTEN", _) => Said::Done("UNLISTEN"),
        ("DISCARD", Some("ALL" | "PLANS")) => Said::Forget(None),
        ("DISCARD", _) => Said::Done("DISCARD"),
        ("DEALLOCATE", _) => match upper.last().map(String::as_str) {
            Some("ALL") => Said::Forget(None),
            _ => Said::Forget(words.last().map(|name| name.trim_matches('"').to_owned())),
        },
        ("SHOW", Some("STATEMENT_TIMEOUT")) => Said::Show(
            "statement_timeout".to_owned(),
            timeout.map_or("0".to_owned(), |time| format!("{}ms", time.as_millis())),
        ),
        ("SHOW", Some("TRANSACTION")) if has("ISOLATION") => show("transaction_isolation"),
        ("SHOW", Some("TIME")) if has("ZONE") => show("TimeZone"),
        // The engine's own.
        ("SHOW", Some("TABLES" | "COLUMNS" | "FUNCTIONS" | "ALL") | None) => return None,
        ("SHOW", Some(_)) if words.len() == 2 => show(words[1].trim_matches('"')),
        _ => return None,
    })
}

fn show(name: &str) -> Said {
    match setting(name) {
        Some((name, value)) => Said::Show(name.to_owned(), value.to_owned()),
        None => Said::Unknown(name.to_owned()),
    }
}

/// What `statement_timeout` is set to: a number of milliseconds, or one with its unit.
fn span(upper: &[String], words: &[&str]) -> Said {
    let at = usize::from(upper.first().is_some_and(|word| word == "TO"));
    let text = words.get(at..).unwrap_or_default().join("");
    let text = text.trim_matches('\'');
    let (digits, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let Ok(number) = digits.parse::<u64>() else { return Said::Timeout(None) };
    let ms = match unit.trim() {
        "" | "ms" => 1,
        "s" => 1_000,
        "min" => 60_000,
        "h" => 3_600_000,
        _ => return Said::Timeout(None),
    };
    Said::Timeout(Some(number.saturating_mul(ms)).filter(|ms| *ms > 0).map(Duration::from_millis))
}

/// The statement without comments before it and the semicolon after it.
fn bare(statement: &str) -> &str {
    let mut rest = statement.trim();
    loop {
        rest = if let Some(line) = rest.strip_prefix("--") {
            line.split_once('\n').map_or("", |(_, rest)| rest).trim_start()
        } else if let Some(block) = rest.strip_prefix("/*") {
            block.split_once("*/").map_or("", |(_, rest)| rest).trim_start()
        } else {
            return rest.trim_end_matches(|c: char| c == ';' || c.is_whitespace());
        };
    }
}

/// The statements of a text that has several. Semicolons in strings, names and comments separate nothing.
pub(super) fn split(text: &str) -> Vec<&str> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < bytes.len() {
        if let Some(end) = skip(bytes, at) {
            at = end;
            continue;
        }
        if bytes[at] == b';' {
            found.push(&text[start..at]);
            start = at + 1;
        }
        at += 1;
    }
    found.push(&text[start..]);
    found.retain(|statement| !bare(statement).is_empty());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_split_where_statements_end() {
        let check = |text: &str, expected: &[&str]| assert_eq!(split(text), expected, "{text}");
        check("SELECT 1", &["SELECT 1"]);
        check("BEGIN; SELECT ';' ; COMMIT;", &["BEGIN", " SELECT ';' ", " COMMIT"]);
        check("SELECT \"a;b\", 'it''s;' -- c;d\n, 2; SELECT 3", &["SELECT \"a;b\", 'it''s;' -- c;d\n, 2", " SELECT 3"]);
        check("SELECT /* a; /* b; */ c; */ 1; x", &["SELECT /* a; /* b; */ c; */ 1", " x"]);
        check(r"SELECT E'a\';b'; SELECT 'a\'; x", &[r"SELECT E'a\';b'", r" SELECT 'a\'", " x"]);
        check("SELECT 'open; SELECT 2", &["SELECT 'open; SELECT 2"]);
        check(";; -- nothing\n;", &[]);
        check("é;ü", &["é", "ü"]);
    }

    #[test]
    fn what_is_said_around_statements() {
        let check = |text: &str, expected: Option<Said>| assert_eq!(said(text, None), expected, "{text}");
        check("begin isolation level repeatable read", Some(Said::Begin));
        check("-- hello\nSTART TRANSACTION READ ONLY;", Some(Said::Begin));
        check("COMMIT", Some(Said::End("COMMIT")));
        check("ROLLBACK", Some(Said::End("ROLLBACK")));
        check("ROLLBACK TO SAVEPOINT a", Some(Said::Done("ROLLBACK")));
        check("SET application_name = 'Grafana'", Some(Said::Done("SET")));
        check("SET datestyle TO 'ISO'", Some(Said::Done("SET")));
        check("set statement_timeout = '5s'", Some(Said::Timeout(Some(Duration::from_secs(5)))));
        check("SET SESSION statement_timeout TO 250", Some(Said::Timeout(Some(Duration::from_millis(250)))));
        check("SET statement_timeout = 0", Some(Said::Timeout(None)));
        check(
            "show transaction isolation level",
            Some(Said::Show("transaction_isolation".into(), "read committed".into())),
        );
        check("SHOW timezone", Some(Said::Show("TimeZone".into(), "UTC".into())));
        check("SHOW nothing", Some(Said::Unknown("nothing".into())));
        check("SHOW TABLES", None);
        check("SHOW COLUMNS FROM cloudtrail", None);
        check("DEALLOCATE \"_pg3_1\"", Some(Said::Forget(Some("_pg3_1".into()))));
        check("DISCARD ALL", Some(Said::Forget(None)));
        check("SELECT 1", None);
        check("SETTLE", None);
        check("", None);
    }
}
