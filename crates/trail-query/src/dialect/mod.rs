//! The SQL that we read: the one place that decides about grammar, names and what a statement may do. Queries written for AWS
//! CloudTrail Lake and for Athena, which are both Trino, run as they are.
//!
//! A statement goes through: `text` (placeholders), `tokens` (what the parser would not read), the parser with our `grammar`, `allowed`
//! (nothing but queries), `fields` and `calls` (names and functions in the engine's terms); then, when the tables are known,
//! `tables` and `partitions`. What depends on types is settled while the engine plans: `types`, `meaning`, `unnest`.
//!
//! CloudTrail's names are used in many spellings (`eventName`, `"eventName"`, `eventname`), so names ignore case here even
//! when quoted, as in Athena. The parser folds plain names; quoted ones are folded as tokens, before parsing. What a quoted
//! name of the outer SELECT looked like is kept, so that an answer's headings appear as they were written.

mod absent;
mod aggregates;
mod allowed;
mod calls;
mod fields;
mod grammar;
mod meaning;
mod partitions;
mod patterns;
mod syntax;
mod tables;
mod text;
mod tokens;
mod types;
mod unnest;

pub(crate) use grammar::AuditDialect;
pub(crate) use meaning::{Meaning, shown};
pub(crate) use tables::Known;
pub(crate) use text::Parameters;
pub(crate) use types::Types;
pub(crate) use unnest::{Unnests, spread};

use std::collections::HashMap;
use std::ops::ControlFlow;

use datafusion::sql::parser::{DFParserBuilder, Statement as Parsed};
use datafusion::sql::sqlparser::ast::{Expr, Statement, Value, VisitMut, VisitorMut};
use datafusion::sql::sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};

use self::allowed::{Checker, Refused};
use self::calls::Calls;
use self::fields::{OuterFields, headings};
use self::partitions::Partitions;
use crate::QueryError;

/// Nesting that the parser follows; deeper statements are refused, so that none can exhaust the stack.
const MAX_DEPTH: usize = 100;

/// A statement that may run, and the headings that its author wrote.
pub(crate) struct Accepted {
    pub(crate) statement: Parsed,
    /// Folded name of an output column -> how it was written.
    pub(crate) headings: HashMap<String, String>,
}

impl Accepted {
    /// Names the tables that are meant, and refuses placeholders that have no value.
    pub(crate) fn resolve(&mut self, known: &Known<'_>) -> Result<(), QueryError> {
        resolve(&mut self.statement, known)
    }
}

fn resolve(statement: &mut Parsed, known: &Known<'_>) -> Result<(), QueryError> {
    match statement {
        Parsed::Statement(inner) => {
            if let Statement::Explain { statement, .. } = &mut **inner {
                return resolve_one(statement, known);
            }
            resolve_one(inner, known)
        }
        Parsed::Explain(explain) => resolve(&mut explain.statement, known),
        _ => Ok(()),
    }
}

fn resolve_one(statement: &mut Statement, known: &Known<'_>) -> Result<(), QueryError> {
    if let ControlFlow::Break(name) = statement.visit(&mut Unfilled { numbered: known.numbered }) {
        let plain = name.trim_start_matches(['$', '{']).trim_end_matches('}');
        let way = match plain.parse::<u32>().is_ok() || plain == "?" {
            true => "write the value in its place".to_owned(),
            false => format!("give it with `--param {plain}=…`"),
        };
        return Err(QueryError::Statement(format!("`{name}` has no value ({way})")));
    }
    if let Statement::ExplainTable { table_name, .. } = statement {
        tables::resolve_name(table_name, known);
        return Ok(());
    }
    if !matches!(statement, Statement::Query(_)) {
        return Ok(());
    }
    tables::resolve(statement, known)?;
    let _ = statement.visit(&mut Partitions);
    Ok(())
}

/// Finds a placeholder that has no value.
struct Unfilled {
    numbered: bool,
}

impl VisitorMut for Unfilled {
    type Break = String;

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<String> {
        match expr {
            Expr::Value(value) => match &value.value {
                Value::Placeholder(name) => {
                    let number = name.strip_prefix('$').is_some_and(|number| number.parse::<u32>().is_ok());
                    if number && self.numbered { ControlFlow::Continue(()) } else { ControlFlow::Break(name.clone()) }
                }
                _ => ControlFlow::Continue(()),
            },
            _ => ControlFlow::Continue(()),
        }
    }
}

/// Parses one read-only statement; a semicolon at its end is fine.
pub(crate) fn parse(sql: &str) -> Result<Accepted, QueryError> {
    parse_with(sql, &Parameters::new())
}

/// The same with values for its placeholders.
pub(crate) fn parse_with(sql: &str, parameters: &Parameters) -> Result<Accepted, QueryError> {
    let stands = |name: &str| sql.contains(&format!("${name}")) || sql.contains(&format!("${{{name}}}"));
    if let Some(name) = parameters.keys().find(|name| !stands(name)) {
        return Err(QueryError::Statement(format!(
            "there is a value for `{name}`, and no `${{{name}}}` in the statement"
        )));
    }
    let sql = text::fill(sql, parameters)?;
    let mut tokens = Tokenizer::new(&AuditDialect, &sql)
        .tokenize_with_location()
        .map_err(|error| QueryError::Statement(error.to_string()))?;
    let verb = tokens.iter().find_map(|token| match &token.token {
        Token::Word(word) => Some(word.value.to_uppercase()),
        _ => None,
    });
    let verb = verb.unwrap_or_default();
    let written = fold_quoted(&mut tokens);
    let tokens = tokens::rewrite(&tokens);
    let mut parser =
        DFParserBuilder::new(tokens).with_dialect(&AuditDialect).with_recursion_limit(MAX_DEPTH).build()?;
    let mut statements = parser.parse_statements()?;
    if statements.len() != 1 {
        return Err(QueryError::NotOne { found: statements.len() });
    }
    let mut statement = statements.remove(0).ok_or(QueryError::NotOne { found: 0 })?;
    let headings = accept(&mut statement, &verb, &written)?;
    Ok(Accepted { statement, headings })
}

/// Folds quoted names to lower case and returns how those that changed were written, by their place.
fn fold_quoted(tokens: &mut [TokenWithSpan]) -> HashMap<Location, String> {
    let mut written = HashMap::new();
    for token in tokens {
        if let Token::Word(word) = &mut token.token
            && word.quote_style.is_some()
        {
            let folded = word.value.to_lowercase();
            if folded != word.value {
                written.insert(token.span.start, std::mem::replace(&mut word.value, folded));
            }
        }
    }
    written
}

fn accept(
    statement: &mut Parsed,
    verb: &str,
    written: &HashMap<Location, String>,
) -> Result<HashMap<String, String>, QueryError> {
    match statement {
        Parsed::Statement(inner) => {
            if let ControlFlow::Break(refused) = inner.visit(&mut Checker) {
                return Err(match refused {
                    Refused::Verb(verb) => QueryError::NotAllowed { verb },
                    Refused::Construct(reason) => QueryError::Statement(reason),
                });
            }
            let _ = inner.visit(&mut OuterFields::default());
            if let ControlFlow::Break(reason) = inner.visit(&mut Calls) {
                return Err(QueryError::Statement(reason));
            }
            Ok(match &**inner {
                Statement::Query(query) => headings(query, written),
                _ => HashMap::new(),
            })
        }
        Parsed::Explain(explain) => accept(&mut explain.statement, verb, written).map(|_| HashMap::new()),
        _ => Err(QueryError::NotAllowed { verb: verb.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sql: &str, expected: &str) {
        let found = match parse(sql) {
            Ok(accepted) => {
                let mut headings: Vec<_> = accepted.headings.into_iter().map(|(k, v)| format!(" {k}={v}")).collect();
                headings.sort();
                format!("ok{}", headings.concat())
            }
            Err(error) => error.to_string(),
        };
        assert_eq!(found, expected, "for {sql}");
    }

    #[test]
    fn queries_pass() {
        for sql in [
            "SELECT 1",
            "select eventName from cloudtrail;",
            "WITH a AS (SELECT 1) SELECT * FROM a -- the end",
            "VALUES (1, 'a')",
            "EXPLAIN ANALYZE SELECT 1",
            "EXPLAIN FORMAT TREE SELECT 1",
            "SHOW TABLES",
            "SHOW COLUMNS FROM cloudtrail",
            "DESCRIBE cloudtrail",
            "SELECT array_transform(a, x -> x.arn) FROM t",
            "(SELECT 1) UNION ALL (SELECT 2) ORDER BY 1",
            "SELECT resources[1].arn, element_at(resources, 1).accountId FROM t",
        ] {
            check(sql, "ok");
        }
    }

    #[test]
    fn headings_are_kept_as_written() {
        check(
            r#"SELECT "eventName", "userIdentity"."userName", count(*) AS "Number" FROM t"#,
            "ok eventname=eventName number=Number username=userName",
        );
        check(r#"SELECT * FROM (SELECT "eventName" FROM t)"#, "ok");
    }

    #[test]
    fn everything_else_is_refused_by_name() {
        for (sql, verb) in [
            ("COPY (SELECT 1) TO 'x.csv'", "COPY"),
            ("CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '/etc/passwd'", "CREATE"),
            ("CREATE TABLE t AS SELECT 1", "CREATE"),
            ("CREATE VIEW v AS SELECT 1", "CREATE"),
            ("DROP TABLE cloudtrail", "DROP"),
            ("INSERT INTO t VALUES (1)", "INSERT"),
            ("UPDATE t SET a = 1", "UPDATE"),
            ("DELETE FROM t", "DELETE"),
            ("SET datafusion.execution.batch_size = 1", "SET"),
            ("RESET datafusion.execution.batch_size", "RESET"),
            ("EXPLAIN INSERT INTO t VALUES (1)", "INSERT"),
            ("EXPLAIN COPY (SELECT 1) TO 'x.csv'", "COPY"),
            ("WITH a AS (DELETE FROM t RETURNING b) SELECT * FROM a", "DELETE"),
            ("SELECT a INTO b FROM t", "SELECT INTO"),
            ("PREPARE p AS SELECT 1", "PREPARE"),
            ("BEGIN", "START"),
            ("GRANT SELECT ON t TO u", "GRANT"),
        ] {
            let Err(error) = parse(sql) else { panic!("{sql} was accepted") };
            assert!(matches!(error, QueryError::NotAllowed { .. }), "{sql}: {error}");
            let verb_in = error.to_string();
            assert!(
                verb_in.contains(verb) || verb_in.contains("EXPLAIN") || verb_in.contains("BEGIN"),
                "{sql}: {error}"
            );
        }
    }

    #[test]
    fn one_statement_at_a_time() {
        check("SELECT 1; SELECT 2", "expected one statement, found 2");
        check("  -- nothing", "expected one statement, found 0");
        check("SELECT 'open", "Unterminated string literal at Line: 1, Column: 8");
    }

    #[test]
    fn deep_nesting_is_an_error_not_a_crash() {
        let sql = format!("SELECT {}1{}", "(".repeat(5000), ")".repeat(5000));
        check(&sql, "the statement is nested too deeply");
    }
}
