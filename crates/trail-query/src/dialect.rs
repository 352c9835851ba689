//! The SQL that we read: the one place that decides about grammar, names and what a statement may do.
//!
//! CloudTrail's names are used in many spellings (`eventName`, `"eventName"`, `eventname`), so names ignore case here even
//! when quoted, as in Athena. The parser folds plain names; quoted ones are folded as tokens, before parsing. What a quoted
//! name of the outer SELECT looked like is kept, so that an answer's headings appear as they were written. A field that is
//! selected is named by its last name, as in Athena: `useridentity.arn` gives a column `arn`.

use std::any::TypeId;
use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use datafusion::sql::parser::{DFParserBuilder, Statement as Parsed};
use datafusion::sql::sqlparser::ast::{
    AccessExpr, BinaryOperator, Expr, Ident, Query, Select, SelectItem, SetExpr, Statement, TableFactor,
    TableWithJoins, Value, ValueWithSpan, VisitMut, VisitorMut,
};
use datafusion::sql::sqlparser::dialect::{Dialect, GenericDialect};
use datafusion::sql::sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};

use crate::QueryError;

/// Nesting that the parser follows; deeper statements are refused, so that none can exhaust the stack.
const MAX_DEPTH: usize = 100;

/// The generic grammar and lambdas (`x -> x + 1`), which Trino has and the generic one lacks.
#[derive(Debug)]
pub(crate) struct AuditDialect;

macro_rules! as_generic {
    ($($name:ident),* $(,)?) => { $(fn $name(&self) -> bool { GenericDialect.$name() })* };
}

impl Dialect for AuditDialect {
    // The parser asks for a dialect's type where no method tells what it needs.
    fn dialect(&self) -> TypeId {
        TypeId::of::<GenericDialect>()
    }

    fn is_delimited_identifier_start(&self, ch: char) -> bool {
        GenericDialect.is_delimited_identifier_start(ch)
    }

    fn is_identifier_start(&self, ch: char) -> bool {
        GenericDialect.is_identifier_start(ch)
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        GenericDialect.is_identifier_part(ch)
    }

    fn supports_lambda_functions(&self) -> bool {
        true
    }

    as_generic!(
        supports_array_typedef_with_brackets,
        supports_comma_separated_trim,
        supports_dictionary_syntax,
        supports_explain_with_utility_options,
        supports_filter_during_aggregation,
        supports_group_by_expr,
        supports_group_by_with_modifier,
        supports_interval_options,
        supports_left_associative_joins_without_parens,
        supports_nested_comments,
        supports_parens_around_table_factor,
        supports_partition_by_after_order_by,
        supports_projection_trailing_commas,
        supports_select_wildcard_except,
        supports_select_wildcard_exclude,
        supports_select_wildcard_replace,
        supports_string_escape_constant,
        supports_struct_literal,
        supports_try_convert,
        supports_unicode_string_literal,
        supports_values_as_table_factor,
        supports_window_clause_named_window_reference,
        supports_window_function_null_treatment_arg,
        support_map_literal_syntax,
        allow_extract_custom,
        allow_extract_single_quotes,
    );
}

/// A statement that may run, and the headings that its author wrote.
pub(crate) struct Accepted {
    pub(crate) statement: Parsed,
    /// Folded name of an output column -> how it was written.
    pub(crate) headings: HashMap<String, String>,
}

/// Parses one read-only statement; a semicolon at its end is fine.
pub(crate) fn parse(sql: &str) -> Result<Accepted, QueryError> {
    let mut tokens = Tokenizer::new(&AuditDialect, sql)
        .tokenize_with_location()
        .map_err(|error| QueryError::Statement(error.to_string()))?;
    let verb = tokens.iter().find_map(|token| match &token.token {
        Token::Word(word) => Some(word.value.to_uppercase()),
        _ => None,
    });
    let verb = verb.unwrap_or_default();
    let written = fold_quoted(&mut tokens);
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
            if let ControlFlow::Break(verb) = inner.visit(&mut Checker) {
                return Err(QueryError::NotAllowed { verb: verb.unwrap_or_else(|| first_word(inner)) });
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

fn first_word(statement: &Statement) -> String {
    statement.to_string().split_whitespace().next().unwrap_or_default().to_uppercase()
}

/// Refuses what is not a query, however deep it stands, and makes `resources[1].arn` plannable.
struct Checker;

impl VisitorMut for Checker {
    /// What was found; `None` where the statement's first word tells it.
    type Break = Option<String>;

    fn pre_visit_statement(&mut self, statement: &mut Statement) -> ControlFlow<Self::Break> {
        match statement {
            Statement::Query(_)
            | Statement::Explain { .. }
            | Statement::ExplainTable { .. }
            | Statement::ShowTables { .. }
            | Statement::ShowColumns { .. }
            | Statement::ShowFunctions { .. }
            | Statement::ShowVariable { .. } => ControlFlow::Continue(()),
            other => ControlFlow::Break(Some(first_word(other))),
        }
    }

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<Self::Break> {
        match &*query.body {
            SetExpr::Insert(inner) | SetExpr::Update(inner) | SetExpr::Delete(inner) | SetExpr::Merge(inner) => {
                ControlFlow::Break(Some(first_word(inner)))
            }
            _ => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<Self::Break> {
        if select.into.is_some() {
            return ControlFlow::Break(Some("SELECT INTO".to_owned()));
        }
        name_fields(select);
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Self::Break> {
        bind_distinct(expr);
        if let Expr::Lambda(lambda) = expr {
            let names = lambda.params.iter().map(|param| param.name.value.to_lowercase()).collect();
            let _ = lambda.body.visit(&mut LambdaFields { names });
        }
        if let Expr::CompoundFieldAccess { root, access_chain } = expr {
            // Leading names belong to a compound name (`useridentity.arn`); those behind an index or a call are fields.
            let mut in_name = matches!(&**root, Expr::Identifier(_));
            for access in access_chain {
                match access {
                    AccessExpr::Dot(Expr::Identifier(_)) if in_name => {}
                    AccessExpr::Dot(field) => {
                        if let Expr::Identifier(Ident { value, span, .. }) = field {
                            let value = Value::SingleQuotedString(value.to_lowercase());
                            *field = Expr::Value(ValueWithSpan { value, span: *span });
                        }
                    }
                    AccessExpr::Subscript(_) => in_name = false,
                }
            }
        }
        ControlFlow::Continue(())
    }
}

/// Makes `x.arn` in the body of `x -> …` a field of `x`: the planner takes it for a table's column.
struct LambdaFields {
    names: HashSet<String>,
}

impl VisitorMut for LambdaFields {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Expr::CompoundIdentifier(names) = expr
            && let [first, fields @ ..] = names.as_slice()
            && self.names.contains(&first.value.to_lowercase())
        {
            let quoted = |field: &Ident| Value::SingleQuotedString(field.value.to_lowercase()).with_span(field.span);
            let access_chain = fields.iter().map(|field| AccessExpr::Dot(Expr::Value(quoted(field)))).collect();
            let root = Box::new(Expr::Identifier(first.clone()));
            *expr = Expr::CompoundFieldAccess { root, access_chain };
        }
        ControlFlow::Continue(())
    }
}

/// The parser reads `a IS DISTINCT FROM b AND c` as `a IS DISTINCT FROM (b AND c)`, which nobody means: puts it right.
/// Parentheses that somebody wrote are a node of their own, so there is no doubt.
fn bind_distinct(expr: &mut Expr) {
    let connective = |expr: &Expr| {
        matches!(expr, Expr::BinaryOp { op: BinaryOperator::And | BinaryOperator::Or | BinaryOperator::Xor, .. })
    };
    let (Expr::IsDistinctFrom(left, right) | Expr::IsNotDistinctFrom(left, right)) = expr else { return };
    if !connective(right) {
        return;
    }
    let nothing = || Expr::value(Value::Null);
    let left = std::mem::replace(&mut **left, nothing());
    let mut tree = std::mem::replace(&mut **right, nothing());
    let mut operand = &mut tree;
    while connective(operand) {
        let Expr::BinaryOp { left, .. } = operand else { break };
        operand = left;
    }
    let right = std::mem::replace(operand, nothing());
    *operand = match expr {
        Expr::IsNotDistinctFrom(..) => Expr::IsNotDistinctFrom(Box::new(left), Box::new(right)),
        _ => Expr::IsDistinctFrom(Box::new(left), Box::new(right)),
    };
    *expr = tree;
}

/// Gives selected fields their own names; where a name is taken, the next gets a number (`arn`, `arn_2`).
fn name_fields(select: &mut Select) {
    let mut tables = HashSet::new();
    select.from.iter().for_each(|from| name_tables(from, &mut tables));
    let named = |item: &SelectItem| match item {
        SelectItem::ExprWithAlias { alias, .. } => Some(alias.value.to_lowercase()),
        SelectItem::UnnamedExpr(Expr::Identifier(name)) => Some(name.value.to_lowercase()),
        SelectItem::UnnamedExpr(expr @ Expr::CompoundIdentifier(names)) if field(expr, &tables).is_none() => {
            names.last().map(|name| name.value.to_lowercase())
        }
        _ => None,
    };
    let mut taken: HashSet<String> = select.projection.iter().filter_map(named).collect();
    for item in &mut select.projection {
        let SelectItem::UnnamedExpr(expr) = item else { continue };
        let Some(name) = field(expr, &tables) else { continue };
        let mut alias = name.clone();
        let mut number = 1;
        while !taken.insert(alias.value.to_lowercase()) {
            number += 1;
            alias.value = format!("{}_{number}", name.value);
        }
        *item = SelectItem::ExprWithAlias { expr: expr.clone(), alias };
    }
}

/// The names by which the tables of a FROM are known.
fn name_tables(from: &TableWithJoins, tables: &mut HashSet<String>) {
    for factor in std::iter::once(&from.relation).chain(from.joins.iter().map(|join| &join.relation)) {
        let name = match factor {
            TableFactor::NestedJoin { table_with_joins, .. } => {
                name_tables(table_with_joins, tables);
                continue;
            }
            TableFactor::Table { name, alias: None, .. } => name.0.last().map(ToString::to_string),
            TableFactor::Table { alias: Some(alias), .. }
            | TableFactor::Derived { alias: Some(alias), .. }
            | TableFactor::Function { alias: Some(alias), .. }
            | TableFactor::TableFunction { alias: Some(alias), .. }
            | TableFactor::UNNEST { alias: Some(alias), .. } => Some(alias.name.value.clone()),
            _ => None,
        };
        tables.extend(name.map(|name| name.trim_matches('"').to_lowercase()));
    }
}

/// The last name of a path into a struct; `None` for a plain column, with its table's name before it or without.
fn field(expr: &Expr, tables: &HashSet<String>) -> Option<Ident> {
    match expr {
        Expr::CompoundIdentifier(names) => {
            let table = names.iter().position(|name| tables.contains(&name.value.to_lowercase()));
            let column = table.map_or(0, |table| table + 1);
            (names.len() > column + 1).then(|| names.last().cloned()).flatten()
        }
        Expr::CompoundFieldAccess { access_chain, .. } => match access_chain.last()? {
            AccessExpr::Dot(Expr::Identifier(name)) => Some(name.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// How the columns of the outermost SELECT were written, where that is not how they are named inside.
fn headings(query: &Query, written: &HashMap<Location, String>) -> HashMap<String, String> {
    let mut body = &*query.body;
    let select = loop {
        match body {
            SetExpr::Select(select) => break select,
            SetExpr::Query(inner) => body = &inner.body,
            SetExpr::SetOperation { left, .. } => body = left,
            _ => return HashMap::new(),
        }
    };
    let name = |item: &SelectItem| match item {
        SelectItem::ExprWithAlias { alias, .. } => Some(alias.clone()),
        SelectItem::UnnamedExpr(Expr::Identifier(name)) => Some(name.clone()),
        SelectItem::UnnamedExpr(Expr::CompoundIdentifier(names)) => names.last().cloned(),
        _ => None,
    };
    let names = select.projection.iter().filter_map(name);
    names.filter_map(|name| Some((name.value, written.get(&name.span.start)?.clone()))).collect()
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
