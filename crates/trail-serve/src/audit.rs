//! The audit: one line for each statement, through whatever door it came. Who asked, what, how many rows, how long, how it ended.

use std::sync::Arc;
use std::time::Instant;

use trail_query::write::visible;
use trail_query::{Kind, QueryError};

use crate::door::Watcher;

/// A statement's text in the audit is cut here.
const LONGEST: usize = 4_000;
/// An AWS secret access key is so long.
const SECRET_KEY: usize = 40;
/// Text without spaces that is longer than this is a token, such as AWS's session tokens.
const TOKEN: usize = 200;

/// How a statement ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All rows were given.
    Ok,
    /// It is not allowed, or cannot be planned or computed as it stands.
    Refused,
    /// It ran longer than it may.
    Timeout,
    /// It has more rows, or wants more memory, than it may.
    Limit,
    /// Somebody stopped it.
    Cancelled,
    /// Who asked has gone, or reads no more.
    Gone,
    /// Data could not be read, or the engine failed.
    Failed,
}

impl Outcome {
    /// Its name in the audit and in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Refused => "refused",
            Self::Timeout => "timeout",
            Self::Limit => "limit",
            Self::Cancelled => "cancelled",
            Self::Gone => "gone",
            Self::Failed => "failed",
        }
    }
}

impl From<&QueryError> for Outcome {
    fn from(error: &QueryError) -> Self {
        match (error, error.kind()) {
            (QueryError::Timeout { .. }, _) => Self::Timeout,
            (_, Kind::Statement) => Self::Refused,
            (_, Kind::Limit) => Self::Limit,
            (_, Kind::Storage | Kind::Internal) => Self::Failed,
        }
    }
}

/// What is noted of a statement. The line is written when this is dropped: none is forgotten, whatever happens to who asked.
#[derive(Debug)]
pub struct Note {
    who: String,
    door: &'static str,
    from: String,
    what: String,
    began: Instant,
    rows: u64,
    outcome: Outcome,
    error: String,
    watcher: Option<Arc<dyn Watcher>>,
}

impl Note {
    /// A statement that begins now. Until it is known how it ends, who asked is held to have gone.
    pub fn new(who: &str, door: &'static str, from: impl Into<String>, statement: &str) -> Self {
        Self {
            who: cut(who),
            door,
            from: from.into(),
            what: cut(&without_secrets(statement)),
            began: Instant::now(),
            rows: 0,
            outcome: Outcome::Gone,
            error: String::new(),
            watcher: None,
        }
    }

    pub(crate) fn watched(mut self, watcher: Arc<dyn Watcher>) -> Self {
        self.watcher = Some(watcher);
        self
    }

    /// More rows were given.
    pub fn add(&mut self, rows: u64) {
        self.rows += rows;
    }

    /// How it ended.
    pub fn ended(&mut self, outcome: Outcome) {
        self.outcome = outcome;
    }

    /// It ended with an error. Of a statement that is not allowed the audit has the first word alone: who creates a user writes
    /// a password.
    pub fn failed(&mut self, error: &QueryError) {
        self.outcome = Outcome::from(error);
        self.error = cut(&without_secrets(&error.to_string()));
        if let QueryError::NotAllowed { verb } = error {
            self.what = format!("{} …", cut(verb));
        }
    }
}

impl Drop for Note {
    fn drop(&mut self) {
        let took = self.began.elapsed();
        let Self { who, door, from, what, rows, outcome, error, .. } = self;
        let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        tracing::info!(target: "audit", who, door, from, rows, ms, outcome = outcome.name(), error, what, "asked");
        if let Some(watcher) = &self.watcher {
            watcher.asked(door, *outcome, *rows, took);
        }
    }
}

/// One line without control characters, not too long.
fn cut(text: &str) -> String {
    let line: String =
        text.chars().map(|c| if matches!(c, '\n' | '\r' | '\t') { ' ' } else { c }).take(LONGEST).collect();
    let mut line = visible(&line).into_owned();
    if text.chars().nth(LONGEST).is_some() {
        line.push('…');
    }
    line
}

/// The text with `'…'` for strings that are secrets by their look, or by the word before them.
fn without_secrets(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut word = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('\'') {
        let (before, quoted) = rest.split_at(start);
        out.push_str(before);
        if let Some(last) = before.rsplit(|c: char| !c.is_alphanumeric() && c != '_').find(|word| !word.is_empty()) {
            word = last.to_ascii_lowercase();
        }
        let Some(end) = quoted[1..].find('\'') else {
            out.push_str(if names_secret(&word) { "'…" } else { quoted });
            return out;
        };
        let (literal, after) = quoted.split_at(end + 2);
        let inner = &literal[1..=end];
        out.push_str(if names_secret(&word) || is_secret(inner) { "'…'" } else { literal });
        rest = after;
    }
    out.push_str(rest);
    out
}

fn names_secret(word: &str) -> bool {
    ["password", "passwd", "secretaccesskey", "sessiontoken"].iter().any(|name| word.ends_with(name))
}

fn is_secret(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
    let has = |test: fn(&u8) -> bool| text.bytes().any(|byte| test(&byte));
    let mixed = || has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit);
    (text.len() == SECRET_KEY || text.len() > TOKEN) && text.bytes().all(plain) && mixed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(statement: &str, expected: &str) {
        assert_eq!(Note::new("anna", "postgres", "", statement).what, expected);
    }

    #[test]
    fn what_is_noted_is_one_line_without_secrets() {
        check("SELECT 1\n  FROM t -- \u{1b}[31mred", "SELECT 1   FROM t -- \\u{1b}[31mred");
        check("SELECT 'it''s' = x", "SELECT 'it''s' = x");
        check("ALTER ROLE x PASSWORD 'hunter2'", "ALTER ROLE x PASSWORD '…'");
        check("SELECT 1 WHERE password = 'open", "SELECT 1 WHERE password = '…");
        check("SELECT * FROM t WHERE k = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'", "SELECT * FROM t WHERE k = '…'");
        check("SELECT * FROM t WHERE k = 'AKIAIOSFODNN7EXAMPLE'", "SELECT * FROM t WHERE k = 'AKIAIOSFODNN7EXAMPLE'");
        check("SELECT '2fd4e1c67a2d28fced849ee1bb76e7391b93eb12'", "SELECT '2fd4e1c67a2d28fced849ee1bb76e7391b93eb12'");
        let long = format!("SELECT '{}'", "é".repeat(LONGEST));
        assert_eq!(Note::new("anna", "flight", "", &long).what.chars().count(), LONGEST + 1);
    }

    #[test]
    fn a_statement_that_is_not_allowed_is_noted_by_its_first_word() {
        let mut note = Note::new("an\nna", "postgres", "", "CREATE USER x IDENTIFIED BY 'hunter2'");
        note.failed(&QueryError::NotAllowed { verb: "CREATE".to_owned() });
        assert_eq!((note.what.as_str(), note.outcome, note.who.as_str()), ("CREATE …", Outcome::Refused, "an na"));
        note.failed(&QueryError::TooManyRows { limit: 3 });
        assert_eq!(
            (note.outcome, note.error.as_str()),
            (Outcome::Limit, "the answer has more than 3 rows (add a LIMIT, or raise `max_rows`)")
        );
    }
}
