//! `UNNEST` in a FROM, of the columns beside it: the rows of several arrays and maps side by side, numbered if that is asked for, and
//! rows in arrays spread into their columns, as in Trino.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{
    Column, DFSchema, DFSchemaRef, NullHandling, Result, TableReference, UnnestOptions, plan_err,
};
use datafusion::functions::core::expr_fn::get_field;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::planner::{PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning};
use datafusion::logical_expr::{
    Expr, ExprSchemable, Extension, Join, JoinType, LogicalPlan, LogicalPlanBuilder, UserDefinedLogicalNodeCore, lit,
};
use datafusion::sql::sqlparser::ast::TableFactor;

use crate::functions::collections::{CELLS, UnnestRows};

/// The column that holds the rows until they are spread.
const ROWS: &str = "__unnest_rows";

/// Where an output column is: a cell of the row, and a field in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Place {
    cell: usize,
    field: Option<String>,
    kind: DataType,
}

/// An `UNNEST` until it meets the table whose columns it is of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Unnest {
    exprs: Vec<Expr>,
    ordinality: bool,
    places: Vec<Place>,
    schema: DFSchemaRef,
}

impl PartialOrd for Unnest {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (self == other).then_some(Ordering::Equal)
    }
}

impl UserDefinedLogicalNodeCore for Unnest {
    fn name(&self) -> &str {
        "Unnest"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        Vec::new()
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        self.exprs.clone()
    }

    fn fmt_for_explain(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Unnest: {:?}", self.exprs)
    }

    fn with_exprs_and_inputs(&self, exprs: Vec<Expr>, _inputs: Vec<LogicalPlan>) -> Result<Self> {
        Ok(Self { exprs, ..self.clone() })
    }
}

/// Plans `UNNEST(…)` of a FROM.
#[derive(Debug)]
pub(crate) struct Unnests;

impl RelationPlanner for Unnests {
    fn plan_relation(
        &self,
        relation: TableFactor,
        context: &mut dyn RelationPlannerContext,
    ) -> Result<RelationPlanning> {
        let TableFactor::UNNEST { alias, array_exprs, with_offset: false, with_ordinality, .. } = relation else {
            return Ok(RelationPlanning::Original(Box::new(relation)));
        };
        let nothing = DFSchema::empty();
        let exprs = array_exprs.into_iter().map(|expr| context.sql_expr_to_logical_expr(expr, &nothing));
        let exprs = exprs.collect::<Result<Vec<_>>>()?;
        let kinds = exprs.iter().map(|expr| expr.get_type(&nothing)).collect::<Result<Vec<_>>>()?;
        let (table, names) = match alias {
            Some(alias) => {
                let names: Vec<String> =
                    alias.columns.into_iter().map(|column| context.normalize_ident(column.name)).collect();
                (context.normalize_ident(alias.name), names)
            }
            None => ("unnest".to_owned(), Vec::new()),
        };
        let columns = columns(&kinds, with_ordinality, &names)?;
        let fields = columns.iter().map(|(name, place)| {
            let field: FieldRef = Field::new(name, place.kind.clone(), true).into();
            (Some(TableReference::bare(table.clone())), field)
        });
        let schema = Arc::new(DFSchema::new_with_metadata(fields.collect(), Default::default())?);
        let places = columns.into_iter().map(|(_, place)| place).collect();
        let node = Arc::new(Unnest { exprs, ordinality: with_ordinality, places, schema });
        let plan = LogicalPlan::Extension(Extension { node });
        Ok(RelationPlanning::Planned(Box::new(PlannedRelation::new(plan, None))))
    }
}

/// The columns of rows in an array, in the order of AWS's tables: `resources` has three fields in Athena's and four in CloudTrail
/// Lake's.
pub(super) const RESOURCES: [&[&str]; 2] = [&["arn", "accountid", "type"], &["accountid", "type", "arn", "arnprefix"]];

/// What an `UNNEST` gives, by name. As many names as there are arrays keep rows whole; more of them spread the rows.
fn columns(kinds: &[DataType], ordinality: bool, names: &[String]) -> Result<Vec<(String, Place)>> {
    let cells: Vec<Vec<DataType>> = kinds.iter().map(UnnestRows::cells).collect::<Result<_>>()?;
    let flat: usize = cells.iter().map(Vec::len).sum();
    let extra = usize::from(ordinality);
    let whole = names.len() == flat + extra;
    // Names that are not those of other cells belong to the rows that are spread.
    let spread: Vec<usize> = cells
        .iter()
        .flatten()
        .filter_map(|kind| match kind {
            DataType::Struct(fields) => Some(fields.len()),
            _ => None,
        })
        .collect();
    let mut given = names.iter().cloned();
    let mut columns = Vec::new();
    let mut cell = 0;
    for of_array in &cells {
        let pair = of_array.len() == 2;
        for (side, kind) in of_array.iter().enumerate() {
            let place = |field: Option<String>, kind: &DataType| Place { cell, field, kind: kind.clone() };
            match kind {
                DataType::Struct(fields) if !whole => {
                    let count = match names.len() {
                        0 => fields.len(),
                        // With one array of rows, all names that are left over are of its fields.
                        named if spread.len() == 1 => (named + 1).saturating_sub(flat + extra),
                        _ => fields.len(),
                    };
                    let wanted: Vec<String> = given.by_ref().take(count).collect();
                    let all: Vec<&str> = fields.iter().map(|field| field.name().as_str()).collect();
                    let by_name = !wanted.is_empty() && wanted.iter().all(|name| all.contains(&name.as_str()));
                    let own: Vec<&str> = if by_name {
                        wanted.iter().map(String::as_str).collect()
                    } else {
                        let known = RESOURCES.iter().find(|known| {
                            known.len() == wanted.len()
                                && all.contains(&"arnprefix")
                                && known.iter().all(|name| all.contains(name))
                        });
                        known.map_or(all.clone(), |known| known.to_vec())
                    };
                    if !wanted.is_empty() && wanted.len() != own.len() {
                        return plan_err!(
                            "the rows have {} columns ({}), and {} names are given",
                            all.len(),
                            all.join(", "),
                            wanted.len()
                        );
                    }
                    for (at, field) in own.iter().enumerate() {
                        let kind =
                            fields.find(field).map(|(_, field)| field.data_type().clone()).unwrap_or(DataType::Null);
                        let name = wanted.get(at).cloned().unwrap_or_else(|| (*field).to_owned());
                        columns.push((name, place(Some((*field).to_owned()), &kind)));
                    }
                }
                kind => {
                    let unnamed = if pair { ["key", "value"][side].to_owned() } else { format!("col{cell}") };
                    columns.push((given.next().unwrap_or(unnamed), place(None, kind)));
                }
            }
            cell += 1;
        }
    }
    if ordinality {
        let name = given.next().unwrap_or_else(|| "ordinality".to_owned());
        columns.push((name, Place { cell, field: None, kind: DataType::Int64 }));
    }
    if given.next().is_some() || (!names.is_empty() && names.len() != columns.len()) {
        return plan_err!("`UNNEST` gives {} columns, and {} names are given", columns.len(), names.len());
    }
    Ok(columns)
}

/// Puts the rows of each `UNNEST` beside the rows that they are of.
pub(crate) fn spread(plan: LogicalPlan) -> Result<LogicalPlan> {
    let found = plan.transform_up_with_subqueries(|plan| match plan {
        LogicalPlan::Join(join) => match unnest_of(&join.right) {
            Some(unnest) if !unnest.exprs.iter().all(outer_free) => {
                let unnest = unnest.clone();
                beside_join(join, &unnest).map(Transformed::yes)
            }
            _ => match computed_beside(&join)? {
                Some(plan) => Ok(Transformed::yes(plan)),
                None => Ok(Transformed::no(LogicalPlan::Join(join))),
            },
        },
        LogicalPlan::Extension(extension) => match extension.node.as_any().downcast_ref::<Unnest>() {
            Some(unnest) if unnest.exprs.iter().all(outer_free) => {
                let one_row = LogicalPlanBuilder::empty(true).build()?;
                beside(one_row, unnest, NullHandling::Drop).map(Transformed::yes)
            }
            _ => Ok(Transformed::no(LogicalPlan::Extension(extension))),
        },
        other => Ok(Transformed::no(other)),
    })?;
    Ok(found.data)
}

/// `FROM t, LATERAL (SELECT f(t.x) AS y)`: one row beside each, computed of it.
fn computed_beside(join: &Join) -> Result<Option<LogicalPlan>> {
    let plain = join.join_type == JoinType::Inner && join.on.is_empty() && join.filter.is_none();
    let inner = match &*join.right {
        LogicalPlan::SubqueryAlias(alias) => &alias.input,
        _ => &join.right,
    };
    let LogicalPlan::Subquery(subquery) = &**inner else { return Ok(None) };
    let LogicalPlan::Projection(row) = &*subquery.subquery else { return Ok(None) };
    if !plain || !matches!(&*row.input, LogicalPlan::EmptyRelation(empty) if empty.produce_one_row) {
        return Ok(None);
    }
    let mut outputs: Vec<Expr> = join.left.schema().columns().into_iter().map(Expr::Column).collect();
    for (expr, (qualifier, field)) in row.expr.iter().zip(join.right.schema().iter()) {
        outputs.push(of_own(expr)?.alias_qualified(qualifier.cloned(), field.name()));
    }
    LogicalPlanBuilder::from(Arc::clone(&join.left)).project(outputs)?.build().map(Some)
}

/// An expression that sees the columns beside it as its own.
fn of_own(expr: &Expr) -> Result<Expr> {
    let found = expr.clone().transform(|part| {
        Ok(match part {
            Expr::OuterReferenceColumn(_, column) => Transformed::yes(Expr::Column(column)),
            other => Transformed::no(other),
        })
    })?;
    Ok(found.data)
}

fn outer_free(expr: &Expr) -> bool {
    !expr.exists(|part| Ok(matches!(part, Expr::OuterReferenceColumn(..)))).unwrap_or(true)
}

fn unnest_of(plan: &LogicalPlan) -> Option<&Unnest> {
    match plan {
        LogicalPlan::Extension(extension) => extension.node.as_any().downcast_ref::<Unnest>(),
        LogicalPlan::Subquery(subquery) => unnest_of(&subquery.subquery),
        _ => None,
    }
}

fn beside_join(join: Join, unnest: &Unnest) -> Result<LogicalPlan> {
    let filter = join.filter.filter(|filter| *filter != lit(true));
    let handling = match (join.join_type, &filter) {
        (JoinType::Inner, _) => NullHandling::Drop,
        (JoinType::Left, None) => NullHandling::PreserveAndExpandEmpty,
        (JoinType::Left, Some(_)) => {
            return plan_err!("`LEFT JOIN UNNEST` takes no condition but TRUE (write the condition in WHERE)");
        }
        (other, _) => {
            return plan_err!("`{other} JOIN UNNEST` is not known (write `CROSS JOIN` or `LEFT JOIN … ON TRUE`)");
        }
    };
    let rows = beside(Arc::unwrap_or_clone(join.left), unnest, handling)?;
    match filter {
        Some(filter) => LogicalPlanBuilder::from(rows).filter(filter)?.build(),
        None => Ok(rows),
    }
}

fn beside(left: LogicalPlan, unnest: &Unnest, handling: NullHandling) -> Result<LogicalPlan> {
    let own: Vec<Expr> = left.schema().columns().into_iter().map(Expr::Column).collect();
    let args = unnest.exprs.iter().map(of_own).collect::<Result<Vec<_>>>()?;
    let function = Arc::new(UnnestRows::udf(unnest.ordinality));
    let rows = Expr::ScalarFunction(ScalarFunction::new_udf(function, args)).alias(ROWS);
    let options = UnnestOptions::new().with_null_handling(handling);
    let mut outputs = own.clone();
    for (place, (qualifier, field)) in unnest.places.iter().zip(unnest.schema.iter()) {
        let cell = get_field(Expr::Column(Column::from_name(ROWS)), format!("{CELLS}{}", place.cell));
        let value = match &place.field {
            Some(name) => get_field(cell, name.as_str()),
            None => cell,
        };
        outputs.push(value.alias_qualified(qualifier.cloned(), field.name()));
    }
    LogicalPlanBuilder::from(left)
        .project(own.into_iter().chain([rows]))?
        .unnest_column_with_options(Column::from_name(ROWS), options)?
        .project(outputs)?
        .build()
}
