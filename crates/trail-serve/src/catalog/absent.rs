//! Questions about indexes. No table here has any, so the answer has no rows, also where PostgreSQL's way to ask (`unnest` of a vector,
//! `reloptions`) cannot be planned.

use std::ops::ControlFlow;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema};
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::{EmptyRelation, LogicalPlan};
use datafusion::sql::sqlparser::ast::{
    Expr, JoinOperator, Query, Select, SelectItem, SetExpr, Statement, TableFactor, Visit, Visitor,
};

/// Where an index stands that must be there for a row to be.
const INDEXES: &str = "pg_index";

/// An answer without rows to a statement whose rows are all of indexes; `None` for any other.
pub(super) fn of_indexes(statement: &Statement) -> Result<Option<LogicalPlan>> {
    let Statement::Query(query) = statement else { return Ok(None) };
    let SetExpr::Select(select) = &*query.body else { return Ok(None) };
    if !needs_index(select) {
        return Ok(None);
    }
    let mut fields = Vec::with_capacity(select.projection.len());
    for item in &select.projection {
        let Some(name) = name(item) else { return Ok(None) };
        fields.push(Field::new(name, DataType::Utf8, true));
    }
    let schema = Arc::new(DFSchema::try_from(Schema::new(fields))?);
    Ok(Some(LogicalPlan::EmptyRelation(EmptyRelation { produce_one_row: false, schema })))
}

/// Whether a row of this SELECT joins a row of an index. An aggregate has a row without any.
fn needs_index(select: &Select) -> bool {
    let aggregates = select.projection.iter().any(|item| {
        matches!(item, SelectItem::UnnamedExpr(Expr::Function(function)) if function.name.to_string().eq_ignore_ascii_case("count"))
    });
    let required = select.from.iter().any(|from| {
        let inner = from.joins.iter().filter(|join| {
            matches!(join.join_operator, JoinOperator::Join(_) | JoinOperator::Inner(_) | JoinOperator::CrossJoin(_))
        });
        std::iter::once(&from.relation).chain(inner.map(|join| &join.relation)).any(is_index)
    });
    // A RIGHT or FULL JOIN keeps rows of the other side.
    let kept = select.from.iter().flat_map(|from| &from.joins).any(|join| {
        matches!(join.join_operator, JoinOperator::Right(_) | JoinOperator::RightOuter(_) | JoinOperator::FullOuter(_))
    });
    required && !aggregates && !kept
}

fn is_index(relation: &TableFactor) -> bool {
    match relation {
        TableFactor::Table { name, .. } => {
            name.0.last().is_some_and(|name| name.to_string().eq_ignore_ascii_case(INDEXES))
        }
        TableFactor::Derived { subquery, .. } => match &*subquery.body {
            SetExpr::Select(select) => needs_index(select) && !has_union(subquery),
            _ => false,
        },
        _ => false,
    }
}

fn has_union(query: &Query) -> bool {
    struct Unions;
    impl Visitor for Unions {
        type Break = ();

        fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
            match &*query.body {
                SetExpr::SetOperation { .. } => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        }
    }
    query.visit(&mut Unions).is_break()
}

fn name(item: &SelectItem) -> Option<String> {
    match item {
        SelectItem::ExprWithAlias { alias, .. } => Some(alias.value.clone()),
        SelectItem::UnnamedExpr(Expr::Identifier(name)) => Some(name.value.clone()),
        SelectItem::UnnamedExpr(Expr::CompoundIdentifier(names)) => names.last().map(|name| name.value.clone()),
        SelectItem::UnnamedExpr(Expr::Function(function)) => function.name.0.last().map(ToString::to_string),
        SelectItem::UnnamedExpr(Expr::Cast { expr, .. }) => name(&SelectItem::UnnamedExpr((**expr).clone())),
        _ => None,
    }
}
