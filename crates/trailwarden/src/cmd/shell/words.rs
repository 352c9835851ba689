//! What Tab can write: the names of the session, asked once, and which of them fit where the cursor is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use arrow::datatypes::{DataType, Fields};
use futures::StreamExt as _;
use trail_query::{Engine, Investigation, Library};

use super::command::COMMANDS;
use super::input::open_string;

/// The most names of events that are remembered, and the longest time that asking for them may take.
const MOST_VALUES: usize = 10_000;
const PATIENCE: Duration = Duration::from_secs(30);
/// How long Tab waits for them, and how often it looks.
const TAB: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_millis(20);

const KEYWORDS: [&str; 47] = [
    "ALL",
    "AND",
    "ARRAY",
    "AS",
    "ASC",
    "BETWEEN",
    "BY",
    "CASE",
    "CAST",
    "CROSS",
    "DESC",
    "DISTINCT",
    "ELSE",
    "END",
    "EXCEPT",
    "EXISTS",
    "EXPLAIN",
    "FALSE",
    "FILTER",
    "FROM",
    "FULL",
    "GROUP",
    "HAVING",
    "IN",
    "INTERSECT",
    "INTERVAL",
    "IS",
    "JOIN",
    "LEFT",
    "LIKE",
    "LIMIT",
    "NOT",
    "NULL",
    "OFFSET",
    "ON",
    "OR",
    "ORDER",
    "OVER",
    "PARTITION",
    "SELECT",
    "THEN",
    "TRUE",
    "UNION",
    "UNNEST",
    "WHEN",
    "WHERE",
    "WITH",
];

/// The names of a session.
#[derive(Debug, Default)]
pub(super) struct Words {
    tables: Vec<String>,
    /// Columns of all tables, fields with dots.
    columns: BTreeSet<String>,
    investigations: Vec<String>,
    functions: OnceLock<Vec<String>>,
    /// Values by column.
    values: OnceLock<BTreeMap<&'static str, BTreeSet<String>>>,
    /// Whether values are asked for at all.
    asks: bool,
}

impl Words {
    /// Asks the engine for tables and columns at once. Functions come later, and so do values where `values` says to ask for them: over
    /// raw logs that would read all of them.
    pub(super) async fn ask(engine: &Engine, library: &Library, values: bool) -> Arc<Self> {
        let mut words = Self { tables: engine.table_names(), asks: values, ..Self::default() };
        for table in &words.tables {
            if let Ok(schema) = engine.table_schema(table).await {
                add_columns("", schema.fields(), &mut words.columns);
            }
        }
        words.investigations =
            Investigation::all(library).unwrap_or_default().into_iter().map(|investigation| investigation.id).collect();
        let words = Arc::new(words);
        let (asked, engine) = (words.clone(), engine.clone());
        // Nobody waits for it: the session may end before it does.
        tokio::spawn(async move {
            let functions = "SELECT DISTINCT routine_name FROM information_schema.routines ORDER BY routine_name";
            let _ = asked.functions.set(column_of(&engine, functions).await);
            if values {
                let mut found = BTreeMap::new();
                for column in ["eventsource", "eventname"] {
                    let sql = format!(
                        "SELECT DISTINCT {column} FROM activity WHERE {column} IS NOT NULL LIMIT {MOST_VALUES}"
                    );
                    // What stands in a log is hostile: only what looks like a name is ever offered.
                    let plain = |value: &String| {
                        value.chars().all(|letter| letter.is_ascii_alphanumeric() || "._-:".contains(letter))
                    };
                    found.insert(column, column_of(&engine, &sql).await.into_iter().filter(plain).collect());
                }
                let _ = asked.values.set(found);
            }
        });
        words
    }

    /// Where the word at the cursor begins, and what it can become.
    pub(super) fn complete(&self, line: &str, cursor: usize) -> (usize, Vec<String>) {
        let before = &line[..cursor];
        if before.trim_start().starts_with('\\') {
            return self.complete_command(before);
        }
        if let Some(quote) = open_string(before) {
            let values = compared(&before[..quote]).and_then(|column| self.values()?.get(column));
            let typed = &before[quote + 1..];
            let fits = values.into_iter().flatten().filter(|value| begins(value, typed)).cloned();
            return (quote + 1, fits.collect());
        }
        let start = before
            .rfind(|letter: char| !is_name(letter))
            .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
        let typed = &before[start..];
        let previous = before[..start].split_whitespace().next_back().unwrap_or_default().to_lowercase();
        if matches!(previous.as_str(), "from" | "join") {
            return (start, self.tables.iter().filter(|table| begins(table, typed)).cloned().collect());
        }
        // A struct's fields come a step at a time.
        let step = |column: &String| match column[typed.len()..].find('.') {
            Some(dot) => column[..=typed.len() + dot].to_owned(),
            None => column.clone(),
        };
        let mut fits: BTreeSet<String> = self.columns.iter().filter(|column| begins(column, typed)).map(step).collect();
        if !typed.is_empty() && !typed.contains('.') {
            fits.extend(self.tables.iter().filter(|table| begins(table, typed)).cloned());
            let functions = self.functions.get().into_iter().flatten();
            fits.extend(functions.filter(|function| begins(function, typed)).map(|function| format!("{function}(")));
            let lower = typed.chars().any(char::is_lowercase);
            let case = |keyword: &&str| if lower { keyword.to_lowercase() } else { (*keyword).to_owned() };
            fits.extend(KEYWORDS.iter().filter(|keyword| begins(keyword, typed)).map(case));
        }
        (start, fits.into_iter().collect())
    }

    /// The values, which may be on their way.
    fn values(&self) -> Option<&BTreeMap<&'static str, BTreeSet<String>>> {
        let begun = Instant::now();
        while self.asks && self.values.get().is_none() && begun.elapsed() < TAB {
            std::thread::sleep(LOOK);
        }
        self.values.get()
    }

    fn complete_command(&self, before: &str) -> (usize, Vec<String>) {
        let start = before.rfind(char::is_whitespace).map_or(0, |at| at + 1);
        let typed = &before[start..];
        let command = before[..start].split_whitespace().next().unwrap_or_default();
        let names: Vec<&str> = match command {
            "" => COMMANDS.iter().map(|(name, _, _)| *name).collect(),
            "\\d" => self.tables.iter().map(String::as_str).collect(),
            "\\investigate" => self.investigations.iter().map(String::as_str).collect(),
            "\\o" => vec!["table", "vertical", "csv", "json", "ndjson"],
            "\\timing" => vec!["on", "off"],
            _ => Vec::new(),
        };
        (start, names.into_iter().filter(|name| begins(name, typed)).map(str::to_owned).collect())
    }
}

fn is_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_' || letter == '.'
}

fn begins(name: &str, typed: &str) -> bool {
    name.get(..typed.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(typed))
}

/// The column that a string is compared with: `eventname = '…`, `eventname IN ('a', '…`, `eventname LIKE '…`.
fn compared(before: &str) -> Option<&'static str> {
    let lower = before.to_ascii_lowercase();
    let at = |column: &str| lower.rfind(column);
    let (at, column) =
        ["eventsource", "eventname"].into_iter().filter_map(|column| Some((at(column)?, column))).max()?;
    let between = &lower[at + column.len()..];
    // Nothing but strings, signs and these words may stand between.
    let outside: String = between.split('\'').step_by(2).collect::<Vec<_>>().join(" ");
    let words = outside.split(|letter: char| !is_name(letter)).filter(|word| !word.is_empty());
    words
        .into_iter()
        .all(|word| matches!(word, "in" | "not" | "like" | "ilike" | "is" | "distinct" | "from"))
        .then_some(column)
}

fn add_columns(prefix: &str, fields: &Fields, columns: &mut BTreeSet<String>) {
    for field in fields {
        let name = format!("{prefix}{}", field.name());
        match field.data_type() {
            DataType::Struct(inner) => add_columns(&format!("{name}."), inner, columns),
            _ => drop(columns.insert(name)),
        }
    }
}

/// The texts of an answer's one column. Completion is a help: where an answer fails there is none.
async fn column_of(engine: &Engine, sql: &str) -> Vec<String> {
    let asked = async {
        let mut found = Vec::new();
        let mut answer = engine.sql(sql).await.ok()?;
        while let Some(batch) = answer.next().await {
            let texts = arrow::compute::cast(batch.ok()?.column(0), &DataType::Utf8).ok()?;
            let texts = texts.as_any().downcast_ref::<arrow::array::StringArray>()?;
            found.extend(texts.iter().flatten().map(str::to_owned));
        }
        Some(found)
    };
    tokio::time::timeout(PATIENCE, asked).await.ok().flatten().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Words {
        let mut words = Words {
            tables: vec!["activity".to_owned(), "cloudtrail".to_owned()],
            investigations: vec!["keys/who-used-key".to_owned()],
            ..Words::default()
        };
        add_columns("", trail_event::schema().fields(), &mut words.columns);
        let _ = words.functions.set(vec!["arn_part".to_owned(), "count".to_owned()]);
        let set = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
        let values = [("eventname", set(&["GetObject", "GetRole"])), ("eventsource", set(&["iam.amazonaws.com"]))];
        let _ = words.values.set(values.into_iter().collect());
        words
    }

    #[track_caller]
    fn check(line: &str, start: usize, expected: &[&str]) {
        assert_eq!(
            words().complete(line, line.len()),
            (start, expected.iter().map(|word| (*word).to_owned()).collect()),
            "{line}"
        );
    }

    #[test]
    fn what_fits_where() {
        check("SELECT * FROM c", 14, &["cloudtrail"]);
        check("SELECT * FROM ", 14, &["activity", "cloudtrail"]);
        check("SELECT arn", 7, &["arn_part("]);
        check("SEL", 0, &["SELECT"]);
        check("sel", 0, &["select"]);
        check("SELECT ü, eventn", 11, &["eventname"]);
        check("SELECT eventS", 7, &["eventsource"]);
        check("SELECT useri", 7, &["useridentity."]);
        check("SELECT userIdentity.sessionC", 7, &["useridentity.sessioncontext."]);
        check("SELECT count(useridentity.sessioncontext.att", 13, &["useridentity.sessioncontext.attributes."]);
    }

    #[test]
    fn values_of_events() {
        check("WHERE eventname = 'GetO", 19, &["GetObject"]);
        check("WHERE eventName IN ('GetObject', 'get", 34, &["GetObject", "GetRole"]);
        check("WHERE eventsource LIKE 'i", 24, &["iam.amazonaws.com"]);
        check("WHERE eventname = 'x' AND principal = 'G", 39, &[]);
        check("WHERE eventname = 'x' AND eventsource = 'iam", 41, &["iam.amazonaws.com"]);
    }

    #[test]
    fn commands_and_what_they_take() {
        check("\\ti", 0, &["\\timing"]);
        check("\\d clo", 3, &["cloudtrail"]);
        check("\\investigate k", 13, &["keys/who-used-key"]);
        check("\\o js", 3, &["json"]);
    }
}
