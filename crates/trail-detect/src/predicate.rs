//! SQL expressions compiled against the flattened schema, and what can be read off them without running them.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions, UInt32Array};
use arrow::datatypes::{Schema, SchemaRef};
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, Result, plan_err};
use datafusion::execution::SessionState;
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::utils::split_conjunction_owned;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use datafusion::physical_plan::{ColumnarValue, PhysicalExpr};

use crate::leaves::{Frame, Leaves, flatten};

/// An expression over the leaves that it names, ready to run.
#[derive(Debug, Clone)]
pub(crate) struct Compiled {
    expr: Arc<dyn PhysicalExpr>,
    leaves: Vec<usize>,
    schema: SchemaRef,
}

/// The leaves that an expression reads.
fn used(expr: &Expr, leaves: &Leaves) -> Result<Vec<usize>> {
    let mut found = BTreeSet::new();
    for Column { name, .. } in expr.column_refs() {
        match leaves.get(name) {
            Some(leaf) => found.insert(leaf),
            None => return plan_err!("no column `{name}` in the table `cloudtrail`"),
        };
    }
    Ok(found.into_iter().collect())
}

impl Compiled {
    /// Compiles an expression that [`prepare`] has been through.
    pub(crate) fn new(expr: &Expr, leaves: &Leaves, state: &SessionState) -> Result<Compiled> {
        let used = used(expr, leaves)?;
        let schema: SchemaRef =
            Arc::new(Schema::new(used.iter().map(|leaf| leaves.field(*leaf).clone()).collect::<Vec<_>>()));
        let df_schema = DFSchema::try_from(schema.clone())?;
        let expr = state.create_physical_expr(expr.clone(), &df_schema)?;
        Ok(Compiled { expr, leaves: used, schema })
    }

    /// The leaves that it reads.
    pub(crate) fn leaves(&self) -> impl Iterator<Item = usize> + '_ {
        self.leaves.iter().copied()
    }

    /// The value for every row of the frame, or for some rows of it.
    pub(crate) fn evaluate(&self, frame: &Frame<'_>, rows: Option<&UInt32Array>) -> Result<ArrayRef> {
        let count = rows.map_or(frame.rows(), |rows| rows.len());
        let columns: Result<Vec<ArrayRef>, _> = self
            .leaves
            .iter()
            .map(|leaf| match rows {
                Some(rows) => arrow::compute::take(frame.array(*leaf), rows, None),
                None => Ok(frame.array(*leaf).clone()),
            })
            .collect();
        let options = RecordBatchOptions::new().with_row_count(Some(count));
        let batch = RecordBatch::try_new_with_options(self.schema.clone(), columns?, &options)?;
        match self.expr.evaluate(&batch)? {
            ColumnarValue::Array(array) => Ok(array),
            ColumnarValue::Scalar(value) => value.to_array_of_size(count),
        }
    }

    /// As [`Compiled::evaluate`], for a condition: rows where it is null do not match.
    pub(crate) fn mask(&self, frame: &Frame<'_>, rows: Option<&UInt32Array>) -> Result<BooleanArray> {
        let array = self.evaluate(frame, rows)?;
        match array.as_any().downcast_ref::<BooleanArray>() {
            Some(mask) if mask.null_count() == 0 => Ok(mask.clone()),
            Some(mask) => Ok(arrow::compute::prep_null_mask_filter(mask)),
            None => plan_err!("a condition is {}, not a boolean", array.data_type()),
        }
    }
}

/// Flattens, types and simplifies an expression, so that `eventname = 'x'` is a comparison with a plain constant.
pub(crate) fn prepare(expr: Expr, leaves: &Leaves, state: &SessionState) -> Result<Expr> {
    let expr = flatten(expr)?;
    refuse_traps(&expr)?;
    let schema = Schema::new(used(&expr, leaves)?.iter().map(|leaf| leaves.field(*leaf).clone()).collect::<Vec<_>>());
    let schema = Arc::new(DFSchema::try_from(schema)?);
    let context = SimplifyContext::builder()
        .with_schema(schema.clone())
        .with_config_options(state.config_options().clone())
        .with_query_execution_start_time(state.execution_props().query_execution_start_time)
        .build();
    let simplifier = ExprSimplifier::new(context);
    let typed = simplifier.coerce(expr, &schema)?;
    simplifier.simplify(typed)
}

/// The SQL parser reads `a IS DISTINCT FROM b AND c` as `a IS DISTINCT FROM (b AND c)`: nobody means that.
fn refuse_traps(expr: &Expr) -> Result<()> {
    let connective =
        |side: &Expr| matches!(side, Expr::BinaryExpr(binary) if matches!(binary.op, Operator::And | Operator::Or));
    let trapped = expr.exists(|part| {
        Ok(matches!(part, Expr::BinaryExpr(binary)
            if matches!(binary.op, Operator::IsDistinctFrom | Operator::IsNotDistinctFrom) && connective(&binary.right)))
    })?;
    if trapped {
        return plan_err!(
            "`IS DISTINCT FROM` takes the AND or OR after it for its own: put the comparison in parentheses"
        );
    }
    Ok(())
}

/// The parts of a condition that all must hold, the cheap ones first.
pub(crate) fn conjuncts(condition: Expr) -> Vec<Expr> {
    let mut parts = split_conjunction_owned(condition);
    parts.sort_by_key(cost);
    parts
}

/// A rough order of cost: a comparison, a pattern, a function call.
pub(crate) fn cost(expr: &Expr) -> u32 {
    let mut sum = 0;
    let visited = expr.apply(|part| {
        sum += match part {
            Expr::ScalarFunction(_) => 100,
            Expr::Like(_) | Expr::SimilarTo(_) => 10,
            Expr::BinaryExpr(binary) if matches!(binary.op, Operator::RegexMatch | Operator::RegexIMatch) => 40,
            Expr::BinaryExpr(_) | Expr::InList(_) => 1,
            _ => 0,
        };
        Ok(TreeNodeRecursion::Continue)
    });
    debug_assert!(visited.is_ok());
    sum
}

/// The values that a column must have for the condition to hold; `None` when it may have any.
pub(crate) fn allowed(condition: &Expr, column: &str) -> Option<BTreeSet<String>> {
    match condition {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => {
            match (allowed(left, column), allowed(right, column)) {
                (Some(a), Some(b)) => Some(a.intersection(&b).cloned().collect()),
                (a, b) => a.or(b),
            }
        }
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => {
            let mut values = allowed(left, column)?;
            values.extend(allowed(right, column)?);
            Some(values)
        }
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) => {
            let value = match (is(left, column), is(right, column)) {
                (true, _) => text(right),
                (_, true) => text(left),
                _ => None,
            };
            value.map(|value| BTreeSet::from([value]))
        }
        Expr::InList(InList { expr, list, negated: false }) if is(expr, column) => list.iter().map(text).collect(),
        _ => None,
    }
}

fn is(expr: &Expr, column: &str) -> bool {
    matches!(expr, Expr::Column(found) if found.name == column)
}

fn text(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Literal(value, _) => value.try_as_str().flatten().map(str::to_owned),
        _ => None,
    }
}
