//! From the SQL of a rule to the parts that run over batches: its condition, its columns, and the fields that it reads.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::datatypes::{DataType, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, plan_err};
use datafusion::execution::SessionState;
use datafusion::logical_expr::utils::split_conjunction_owned;
use datafusion::logical_expr::{Expr, LogicalPlan, TableProviderFilterPushDown, TableType, lit};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;

use crate::leaves::{Leaves, flatten};
use crate::predicate::prepare;

/// The table that every rule reads.
pub(crate) const EVENTS: &str = "cloudtrail";
/// The start of the window that a row is in; window rules group by it.
pub(crate) const WINDOW: &str = "_window";

/// A table without rows that takes every filter it is offered, so that a plan shows what it wants of the table.
#[derive(Debug)]
pub(crate) struct Shape(pub(crate) SchemaRef);

#[async_trait]
impl TableProvider for Shape {
    fn schema(&self) -> SchemaRef {
        self.0.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        _state: &dyn Session,
        _projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(Arc::new(EmptyExec::new(self.0.clone())))
    }
}

/// The condition and the named columns of a match rule, prepared.
pub(crate) struct MatchPlan {
    pub(crate) condition: Expr,
    pub(crate) columns: Vec<(String, Expr)>,
}

/// Plans `SELECT columns FROM cloudtrail WHERE condition` and takes it apart.
pub(crate) async fn match_plan(sql: &str, leaves: &Leaves, state: &SessionState) -> Result<MatchPlan> {
    let plan = state.create_logical_plan(sql).await?;
    let LogicalPlan::Projection(projection) = plan else {
        return plan_err!("a match rule is one SELECT of columns FROM cloudtrail WHERE, without grouping or order");
    };
    let (condition, mut input) = match projection.input.as_ref() {
        LogicalPlan::Filter(filter) => (filter.predicate.clone(), &filter.input),
        _ => (lit(true), &projection.input),
    };
    while let LogicalPlan::SubqueryAlias(alias) = input.as_ref() {
        input = &alias.input;
    }
    match input.as_ref() {
        LogicalPlan::TableScan(scan) if scan.table_name.table() == EVENTS => {}
        _ => return plan_err!("a match rule reads the table cloudtrail and nothing else"),
    }
    let mut columns = Vec::new();
    for (expr, field) in projection.expr.iter().zip(projection.schema.fields()) {
        columns.push((field.name().clone(), prepare(expr.clone().unalias(), leaves, state)?));
    }
    Ok(MatchPlan { condition: prepare(condition, leaves, state)?, columns })
}

/// What a window or baseline rule needs of the events.
pub(crate) struct RowsPlan {
    /// Rows that cannot matter are those where this does not hold; `None` when the rule does not read events at all.
    pub(crate) condition: Option<Expr>,
    /// Paths of the fields that it reads.
    pub(crate) fields: BTreeSet<String>,
    /// The other tables that it names.
    pub(crate) tables: BTreeSet<String>,
}

/// Plans any SELECT and reads off which events it can use. `schema` is the table's, without [`WINDOW`].
pub(crate) async fn rows_plan(sql: &str, schema: &Schema, leaves: &Leaves, state: &SessionState) -> Result<RowsPlan> {
    let plan = state.create_logical_plan(sql).await?;
    let (mut fields, mut reads) = (BTreeSet::new(), false);
    plan.apply_with_subqueries(|node| {
        reads |= matches!(node, LogicalPlan::TableScan(scan) if scan.table_name.table() == EVENTS);
        for expr in node.expressions() {
            read_fields(&expr, schema, &mut fields)?;
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    let mut tables = BTreeSet::new();
    // A scan that the optimizer saw to give nothing is no longer there.
    let mut condition = reads.then(|| lit(false));
    let plan = state.optimize(&plan)?;
    let mut scans = Vec::new();
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            tables.insert(scan.table_name.table().to_owned());
            if scan.table_name.table() == EVENTS {
                scans.push(scan.filters.clone());
            }
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    // A scan whose conditions are all those of another and more finds nothing that the other does not.
    let mut wanted: Vec<BTreeMap<String, Expr>> = Vec::new();
    for filters in scans {
        let own = filters.into_iter().filter(|filter| filter.column_refs().iter().all(|column| column.name != WINDOW));
        let own: BTreeMap<String, Expr> = own
            .flat_map(split_conjunction_owned)
            .map(|part| Ok((flatten(part.clone())?.to_string(), part)))
            .collect::<Result<_>>()?;
        let within = |less: &BTreeMap<String, Expr>, more: &BTreeMap<String, Expr>| {
            less.keys().all(|part| more.contains_key(part))
        };
        if !wanted.iter().any(|other| within(other, &own)) {
            wanted.retain(|other| !within(&own, other));
            wanted.push(own);
        }
    }
    for own in wanted {
        let own = own.into_values().reduce(Expr::and).unwrap_or(lit(true));
        condition = Some(match condition {
            Some(other) if other != lit(false) => other.or(own),
            _ => own,
        });
    }
    let condition = condition.map(|condition| prepare(condition, leaves, state)).transpose()?;
    Ok(RowsPlan { condition, fields, tables })
}

/// Collects the paths of event fields in an expression; a whole struct is read only where it is named whole.
fn read_fields(expr: &Expr, schema: &Schema, fields: &mut BTreeSet<String>) -> Result<()> {
    expr.apply(|part| {
        match part {
            Expr::ScalarFunction(call) if call.func.name() == "get_field" => {
                let flat = flatten(part.clone())?;
                if let Expr::Column(column) = flat {
                    fields.insert(column.name);
                    return Ok(TreeNodeRecursion::Jump);
                }
            }
            Expr::Column(column) => {
                if let Ok(field) = schema.field_with_name(&column.name)
                    && !matches!(field.data_type(), DataType::Struct(_))
                {
                    fields.insert(column.name.clone());
                }
            }
            _ => {}
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(())
}
