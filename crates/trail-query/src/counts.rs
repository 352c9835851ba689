//! Counting rows beside counting different values: `SELECT a, count(*), count(DISTINCT b) … GROUP BY a`.
//!
//! DataFusion groups by `a` and `b` first where all but the distinct aggregate can be added up later, which takes half of the time and
//! a fraction of the memory of a set for each group; but it knows that of `sum`, `min` and `max` alone. A count is a sum of ones.

use datafusion::common::tree_node::Transformed;
use datafusion::common::{Column, Result};
use datafusion::functions_aggregate::expr_fn::sum;
use datafusion::logical_expr::expr::{AggregateFunction, AggregateFunctionParams};
use datafusion::logical_expr::{Aggregate, Expr, LogicalPlan, Projection, cast, lit};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};
use datafusion::prelude::coalesce;
use std::sync::Arc;

use arrow::datatypes::DataType;

/// Turns the counts beside a distinct aggregate into sums.
#[derive(Debug)]
pub(crate) struct CountsAsSums;

impl OptimizerRule for CountsAsSums {
    fn name(&self) -> &str {
        "counts_as_sums"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::TopDown)
    }

    fn supports_rewrite(&self) -> bool {
        true
    }

    fn rewrite(&self, plan: LogicalPlan, _config: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        match plan {
            LogicalPlan::Aggregate(aggregate) if gains(&aggregate) => as_sums(aggregate).map(Transformed::yes),
            plan => Ok(Transformed::no(plan)),
        }
    }
}

/// Whether something is counted beside the different values of one thing, and nothing else stands in the way.
fn gains(aggregate: &Aggregate) -> bool {
    let (mut different, mut counts) = (None, 0);
    for expr in &aggregate.aggr_expr {
        let Expr::AggregateFunction(AggregateFunction { func, params }) = expr else { return false };
        if params.filter.is_some() || !params.order_by.is_empty() {
            return false;
        }
        match (func.name(), params.distinct) {
            ("count", true) if params.args.len() == 1 && different.is_none_or(|other| other == &params.args) => {
                different = Some(&params.args);
            }
            ("count", false) if params.args.len() == 1 => counts += 1,
            ("sum" | "min" | "max", false) => {}
            _ => return false,
        }
    }
    let plain = |expr: &Expr| !matches!(expr, Expr::GroupingSet(_));
    different.is_some() && counts > 0 && !aggregate.group_expr.is_empty() && aggregate.group_expr.iter().all(plain)
}

fn as_sums(aggregate: Aggregate) -> Result<LogicalPlan> {
    let Aggregate { input, group_expr, aggr_expr, schema, .. } = aggregate;
    let groups = schema.fields().len() - aggr_expr.len();
    let mut exprs: Vec<Expr> = Vec::with_capacity(aggr_expr.len());
    // Where each aggregate's value now is, and whether it is a sum in place of a count.
    let mut places = Vec::with_capacity(aggr_expr.len());
    for expr in aggr_expr {
        let (expr, is_sum) = match expr {
            Expr::AggregateFunction(AggregateFunction {
                func,
                params: AggregateFunctionParams { mut args, distinct: false, .. },
            }) if func.name() == "count" => {
                let counted = args.remove(0);
                let one = match counted {
                    Expr::Literal(value, _) if !value.is_null() => lit(1_i64),
                    counted => cast(counted.is_not_null(), DataType::Int64),
                };
                (sum(one), true)
            }
            expr => (expr, false),
        };
        let place = exprs.iter().position(|known| *known == expr).unwrap_or_else(|| {
            exprs.push(expr);
            exprs.len() - 1
        });
        places.push((place, is_sum));
    }
    let summed = Arc::new(LogicalPlan::Aggregate(Aggregate::try_new(input, group_expr, exprs)?));
    let column = |at: usize| Expr::Column(Column::from(summed.schema().qualified_field(at)));
    let mut columns: Vec<Expr> = (0..groups).map(column).collect();
    for (at, (place, is_sum)) in places.into_iter().enumerate() {
        let value = column(groups + place);
        let value = if is_sum { coalesce(vec![value, lit(0_i64)]) } else { value };
        columns.push(value.alias(schema.field(groups + at).name()));
    }
    Ok(LogicalPlan::Projection(Projection::try_new(columns, summed)?))
}

#[cfg(test)]
mod tests {
    use arrow::util::pretty::pretty_format_batches;
    use datafusion::prelude::SessionContext;

    use super::CountsAsSums;

    #[track_caller]
    fn check(aggregates: &str, rest: &str, grouped_twice: bool) {
        let rows = "(VALUES ('a', 'x', 1), ('a', 'y', NULL), ('a', 'x', 2), ('b', NULL, 3), ('b', 'x', 3), (NULL, NULL, NULL)) AS t (who, what, n)";
        let sql = format!("SELECT {aggregates} FROM {rows} {rest}");
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let table = |context: &SessionContext| {
            runtime.block_on(async {
                let frame = context.sql(&sql).await.expect("a plan");
                let plan = frame.clone().into_optimized_plan().expect("an optimized plan");
                let batches = frame.collect().await.expect("rows");
                (plan.display_indent().to_string(), pretty_format_batches(&batches).expect("a table").to_string())
            })
        };
        let (plain, ours) = (SessionContext::new(), SessionContext::new());
        ours.add_optimizer_rule(std::sync::Arc::new(CountsAsSums));
        let ((_, expected), (plan, found)) = (table(&plain), table(&ours));
        assert_eq!(found, expected, "{sql}");
        assert_eq!(plan.matches("Aggregate:").count() > 1, grouped_twice, "{sql}\n{plan}");
    }

    #[test]
    fn rows_and_names_stay() {
        let order = "GROUP BY who ORDER BY who";
        check("who, count(*), count(DISTINCT what)", order, true);
        check("who, count(*) AS n, count(1), count(what), count(n), count(DISTINCT what) AS k", order, true);
        check("upper(who) AS w, count(DISTINCT n), count(*), min(what), max(n), sum(n)", "GROUP BY w ORDER BY w", true);
        check("who, count(DISTINCT what) AS k", "GROUP BY who HAVING count(*) > 1 ORDER BY count(n) DESC, who", true);
        check("count(*), count(DISTINCT what)", "", false);
        check("who, count(*), count(DISTINCT what), count(DISTINCT n)", order, false);
        check("who, count(*) FILTER (WHERE n > 1), count(DISTINCT what)", order, false);
        check("who, count(*), count(DISTINCT what)", "GROUP BY ROLLUP (who) ORDER BY who, 2", false);
        check("who, avg(n), count(DISTINCT what)", order, false);
    }
}
