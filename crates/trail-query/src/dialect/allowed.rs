//! What a statement may do, and small repairs on the way through it.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    AccessExpr, Expr, Ident, LimitClause, Query, Select, SetExpr, Statement, TableFactor, Value, ValueWithSpan,
    VisitMut, VisitorMut,
};

use super::fields::{LambdaFields, bind_distinct, kept_aside, name_fields, order_by_place};
use super::syntax::number;

/// Why a statement does not run.
pub(super) enum Refused {
    /// It does something else than to ask; the word that says what.
    Verb(String),
    /// It says something that is not known here; the words for people.
    Construct(String),
}

fn first_word(statement: &Statement) -> String {
    statement.to_string().split_whitespace().next().unwrap_or_default().to_uppercase()
}

/// Refuses what is not a query, however deep it stands, and makes `resources[1].arn` plannable.
pub(super) struct Checker;

impl VisitorMut for Checker {
    type Break = Refused;

    fn pre_visit_statement(&mut self, statement: &mut Statement) -> ControlFlow<Self::Break> {
        match statement {
            Statement::Query(_)
            | Statement::Explain { .. }
            | Statement::ExplainTable { .. }
            | Statement::ShowTables { .. }
            | Statement::ShowColumns { .. }
            | Statement::ShowFunctions { .. }
            | Statement::ShowVariable { .. } => ControlFlow::Continue(()),
            other => ControlFlow::Break(Refused::Verb(first_word(other))),
        }
    }

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<Self::Break> {
        match &*query.body {
            SetExpr::Insert(inner) | SetExpr::Update(inner) | SetExpr::Delete(inner) | SetExpr::Merge(inner) => {
                return ControlFlow::Break(Refused::Verb(first_word(inner)));
            }
            _ => {}
        }
        order_by_place(query);
        if let Some(fetch) = query.fetch.take() {
            if fetch.percent || fetch.with_ties {
                query.fetch = Some(fetch);
                return ControlFlow::Break(Refused::Construct(
                    "`FETCH FIRST … WITH TIES` is not known here (write `rank() OVER (ORDER BY …)`, and a condition on it)".to_owned(),
                ));
            }
            let offset = match query.limit_clause.take() {
                Some(LimitClause::LimitOffset { offset, .. }) => offset,
                _ => None,
            };
            let limit = Some(fetch.quantity.unwrap_or_else(|| number(1)));
            query.limit_clause = Some(LimitClause::LimitOffset { limit, offset, limit_by: Vec::new() });
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<Self::Break> {
        match factor {
            TableFactor::Table { sample: Some(_), .. } | TableFactor::Derived { sample: Some(_), .. } => {
                ControlFlow::Break(Refused::Construct(
                    "`TABLESAMPLE` is not known here (write `WHERE random() < 0.1` for a tenth of the rows)".to_owned(),
                ))
            }
            _ => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<Self::Break> {
        if select.into.is_some() {
            return ControlFlow::Break(Refused::Verb("SELECT INTO".to_owned()));
        }
        name_fields(select);
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Self::Break> {
        bind_distinct(expr);
        kept_aside(expr);
        if let Expr::Lambda(lambda) = expr {
            let names = lambda.params.iter().map(|param| param.name.value.to_lowercase()).collect();
            let _ = lambda.body.visit(&mut LambdaFields::of(names));
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
