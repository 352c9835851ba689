//! Aggregates over `cloudtrail` that `activity` can answer, asked of `activity`: how often, and when first and last, by what a use is
//! counted by. It happens only when [`Config::activity`](crate::Config::activity) says so, and only where the rows are the same.
//!
//! `activity` is behind while commits wait to be folded, and keeps what retention took from `cloudtrail`. So a lake's tables are
//! compared when they are attached, day by day. A query that may touch a day on which they differ is left as it is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::{DataType, Date32Type, Int64Type};
use datafusion::catalog::{TableProvider, default_table_source::source_as_provider};
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, Result, ScalarValue};
use datafusion::datasource::provider_as_source;
use datafusion::functions::core::expr_fn::coalesce;
use datafusion::functions_aggregate::expr_fn::{max, min};
use datafusion::functions_aggregate::sum::sum_udaf;
use datafusion::logical_expr::expr::{AggregateFunction, AggregateFunctionParams, Alias, InList};
use datafusion::logical_expr::utils::{conjunction, split_conjunction_owned};
use datafusion::logical_expr::{
    Aggregate, BinaryExpr, Expr, LogicalPlan, LogicalPlanBuilder, Operator, TableScan, cast, col, lit,
};
use datafusion::optimizer::optimizer::ApplyOrder;
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};

use crate::QueryError;
use crate::answer::Answer;
use crate::day_grain::{self, midnight, replace_of_day};
use crate::files::{FileSet, FilesTable};

/// The columns of `cloudtrail` that uses are counted by, and what `activity` calls them.
const SAME: [(&str, &str); 9] = [
    ("recipientaccountid", "account"),
    ("principal", "principal"),
    ("caller", "caller"),
    ("eventsource", "eventsource"),
    ("eventname", "eventname"),
    ("awsregion", "region"),
    ("network", "network"),
    ("agent", "agent"),
    ("_day", "day"),
];

const TIME: &str = "eventtime";

/// The uses that are counted in `activity`, and where they are not those of `cloudtrail`.
#[derive(Debug)]
pub(crate) struct Uses {
    table: Arc<dyn TableProvider>,
    /// Days of `activity` that `cloudtrail` has not, since retention took them.
    gone: BTreeSet<i32>,
    /// Days of other counts. A null is that of events without a day.
    unlike: BTreeSet<Option<i32>>,
}

impl Uses {
    /// Compares the files of `cloudtrail` with the sums of `activity`: an answer of its days, and how many uses each has.
    pub(crate) async fn compare(
        table: FileSet,
        sums: Answer,
        events: &FileSet,
    ) -> std::result::Result<Self, QueryError> {
        let mut rows: BTreeMap<Option<i32>, (u64, u64)> = BTreeMap::new();
        for file in &events.files {
            rows.entry(file.day).or_default().0 += file.rows;
        }
        for batch in sums.collect().await? {
            let (days, counts) =
                (batch.column(0).as_primitive::<Date32Type>(), batch.column(1).as_primitive::<Int64Type>());
            for (day, count) in days.iter().zip(counts) {
                rows.entry(day).or_default().1 += count.and_then(|count| u64::try_from(count).ok()).unwrap_or_default();
            }
        }
        let gone = rows.iter().filter(|(_, (events, uses))| *events == 0 && *uses > 0).filter_map(|(day, _)| *day);
        let unlike = rows.iter().filter(|(day, (events, uses))| events != uses && (*events > 0 || day.is_none()));
        Ok(Self {
            gone: gone.collect(),
            unlike: unlike.map(|(day, _)| *day).collect(),
            table: Arc::new(FilesTable::try_new(table)?),
        })
    }

    /// What a scan of `activity` must pass so that its uses are those of `cloudtrail` in some days; `None` if they differ.
    fn passed(&self, days: &Days) -> Option<Vec<Expr>> {
        let unlike = self.unlike.iter().any(|day| match day {
            Some(day) => days.has(*day),
            None => !days.bounded(),
        });
        if unlike {
            return None;
        }
        let gone: Vec<i32> = self.gone.iter().copied().filter(|day| days.has(*day)).collect();
        if gone.is_empty() {
            return Some(Vec::new());
        }
        let gone = gone.into_iter().map(|day| lit(ScalarValue::Date32(Some(day)))).collect();
        Some(vec![col("day").is_null().or(Expr::InList(InList::new(Box::new(col("day")), gone, true)))])
    }
}

/// The days that a filter leaves: from one on, and before one.
#[derive(Debug, Default)]
struct Days {
    from: Option<i32>,
    before: Option<i32>,
}

impl Days {
    fn has(&self, day: i32) -> bool {
        self.from.is_none_or(|from| day >= from) && self.before.is_none_or(|before| day < before)
    }

    fn bounded(&self) -> bool {
        self.from.is_some() || self.before.is_some()
    }
}

/// The optimizer's rule.
#[derive(Debug)]
pub(crate) struct ByUses;

impl OptimizerRule for ByUses {
    fn name(&self) -> &str {
        "by_uses"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::TopDown)
    }

    fn supports_rewrite(&self) -> bool {
        true
    }

    fn rewrite(&self, plan: LogicalPlan, _: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        let LogicalPlan::Aggregate(aggregate) = &plan else { return Ok(Transformed::no(plan)) };
        match of_uses(aggregate)? {
            Some(other) => Ok(Transformed::yes(other)),
            None => Ok(Transformed::no(plan)),
        }
    }
}

/// The same rows from `activity`; `None` if it cannot give them.
fn of_uses(aggregate: &Aggregate) -> Result<Option<LogicalPlan>> {
    let groups = aggregate.group_expr.len();
    let mut exprs: Vec<Expr> = aggregate.group_expr.iter().chain(&aggregate.aggr_expr).cloned().collect();
    let mut filters = Vec::new();
    let Some(scan) = base(&aggregate.input, &mut exprs, &mut filters)? else { return Ok(None) };
    let Ok(provider) = source_as_provider(&scan.source) else { return Ok(None) };
    let Some(uses) = provider.downcast_ref::<FilesTable>().and_then(FilesTable::uses) else { return Ok(None) };

    let mut days = Days::default();
    let mut passed = Vec::new();
    let mut keys = Keys::default();
    let filters: Vec<Expr> = filters.into_iter().flat_map(split_conjunction_owned).collect();
    for filter in filters {
        let found = match time_bound(&filter, &mut days).or_else(|| keys.one_of(&filter)) {
            Some(found) => Some(found),
            None => told(&filter, &keys)?,
        };
        let Some(found) = found else { return Ok(None) };
        passed.push(found);
    }
    let Some(further) = uses.passed(&days) else { return Ok(None) };
    passed.extend(further);

    let mut of_groups = Vec::with_capacity(groups);
    for group in &exprs[..groups] {
        match told(group, &keys)? {
            Some(group) if !matches!(group, Expr::GroupingSet(_)) => of_groups.push(group),
            _ => return Ok(None),
        }
    }
    let mut sums = Vec::with_capacity(exprs.len() - groups);
    for (at, expr) in exprs[groups..].iter().enumerate() {
        let Some((sum, counted)) = sum(expr, &keys)? else { return Ok(None) };
        sums.push((sum.alias(format!("__sum_{at}")), counted));
    }

    let mut plan = LogicalPlanBuilder::scan("activity", provider_as_source(Arc::clone(&uses.table)), None)?;
    if let Some(passed) = conjunction(passed) {
        plan = plan.filter(passed)?;
    }
    let of_groups: Vec<Expr> =
        of_groups.into_iter().enumerate().map(|(at, group)| group.alias(format!("__group_{at}"))).collect();
    let plan = plan.aggregate(of_groups, sums.iter().map(|(sum, _)| sum.clone()))?;
    let outputs = aggregate.schema.iter().enumerate().map(|(at, (qualifier, field))| {
        let value = match at.checked_sub(groups) {
            None => col(Column::from_name(format!("__group_{at}"))),
            // No use at all is counted as 0, and not as NULL.
            Some(at) if sums[at].1 => coalesce(vec![col(Column::from_name(format!("__sum_{at}"))), lit(0_i64)]),
            Some(at) => col(Column::from_name(format!("__sum_{at}"))),
        };
        value.alias_qualified(qualifier.cloned(), field.name())
    });
    let plan = plan.project(outputs.collect::<Vec<_>>())?.build()?;
    let same =
        plan.schema().iter().zip(aggregate.schema.iter()).all(|(one, other)| one.1.data_type() == other.1.data_type());
    Ok(same.then_some(plan))
}

/// The scan below projections, aliases and filters. The expressions come to be of its columns, the filters are gathered.
fn base<'a>(plan: &'a LogicalPlan, exprs: &mut [Expr], filters: &mut Vec<Expr>) -> Result<Option<&'a TableScan>> {
    let renamed: BTreeMap<Column, Expr> = match plan {
        LogicalPlan::TableScan(scan) => {
            filters.extend(scan.filters.iter().cloned());
            return Ok(scan.fetch.is_none().then_some(scan));
        }
        LogicalPlan::Filter(filter) => {
            filters.push(filter.predicate.clone());
            return base(&filter.input, exprs, filters);
        }
        LogicalPlan::SubqueryAlias(alias) => {
            let inner = alias.input.schema().columns().into_iter().map(Expr::Column);
            alias.schema.columns().into_iter().zip(inner).collect()
        }
        LogicalPlan::Projection(projection) => {
            let inner = projection.expr.iter().map(|expr| expr.clone().unalias());
            projection.schema.columns().into_iter().zip(inner).collect()
        }
        _ => return Ok(None),
    };
    for expr in exprs.iter_mut().chain(filters.iter_mut()) {
        let found = expr.clone().transform_down(|part| {
            Ok(match &part {
                Expr::Column(column) => match renamed.get(column) {
                    Some(other) => Transformed::new(other.clone(), true, TreeNodeRecursion::Jump),
                    None => Transformed::no(part),
                },
                _ => Transformed::no(part),
            })
        })?;
        *expr = found.data;
    }
    match plan {
        LogicalPlan::SubqueryAlias(alias) => base(&alias.input, exprs, filters),
        LogicalPlan::Projection(projection) => base(&projection.input, exprs, filters),
        _ => Ok(None),
    }
}

fn is_time(expr: &Expr) -> bool {
    matches!(expr, Expr::Column(column) if column.name() == TIME)
}

/// `eventtime >= midnight` and `eventtime < midnight` as a test of the day.
fn time_bound(filter: &Expr, days: &mut Days) -> Option<Expr> {
    let Expr::BinaryExpr(BinaryExpr { left, op, right }) = filter else { return None };
    let (op, value) = match (&**left, &**right) {
        (time, Expr::Literal(value, _)) if is_time(time) => (*op, value),
        (Expr::Literal(value, _), time) if is_time(time) => (op.swap()?, value),
        _ => return None,
    };
    let day = midnight(value)?;
    match op {
        Operator::GtEq => days.from = Some(days.from.map_or(day, |from| from.max(day))),
        Operator::Lt => days.before = Some(days.before.map_or(day, |before| before.min(day))),
        _ => return None,
    }
    Some(datafusion::logical_expr::binary_expr(col("day"), op, lit(ScalarValue::Date32(Some(day)))))
}

/// Whether access keys are told: only where long-lived ones alone are asked for, since `activity` has no others.
#[derive(Debug, Default)]
struct Keys {
    told: bool,
}

impl Keys {
    /// `useridentity.accesskeyid` compared with long-lived keys.
    fn one_of(&mut self, filter: &Expr) -> Option<Expr> {
        let long_lived = |expr: &Expr| match expr {
            Expr::Literal(value, _) => value.try_as_str().flatten().is_some_and(|key| key.starts_with("AKIA")),
            _ => false,
        };
        let found = match filter {
            Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) if is_key(left) && long_lived(right) => {
                col("accesskeyid").eq((**right).clone())
            }
            Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) if is_key(right) && long_lived(left) => {
                col("accesskeyid").eq((**left).clone())
            }
            Expr::InList(InList { expr, list, negated: false }) if is_key(expr) && list.iter().all(long_lived) => {
                Expr::InList(InList::new(Box::new(col("accesskeyid")), list.clone(), false))
            }
            _ => return None,
        };
        self.told = true;
        Some(found)
    }
}

fn is_key(expr: &Expr) -> bool {
    match expr {
        Expr::Alias(Alias { expr, .. }) => is_key(expr),
        Expr::ScalarFunction(call) if call.func.name() == "get_field" => {
            let field = call.args.get(1).and_then(|field| match field {
                Expr::Literal(value, _) => value.try_as_str().flatten(),
                _ => None,
            });
            field == Some("accesskeyid")
                && call.args.len() == 2
                && matches!(&call.args[0], Expr::Column(column) if column.name() == "useridentity")
        }
        _ => false,
    }
}

/// An expression with another time in the place of the events'.
fn timed(expr: &Expr, by: &Expr) -> Result<Expr> {
    let found = expr.clone().transform_down(|part| {
        Ok(match is_time(&part) {
            true => Transformed::new(by.clone(), true, TreeNodeRecursion::Jump),
            false => Transformed::no(part),
        })
    })?;
    Ok(found.data)
}

/// An expression of `cloudtrail` in the columns of `activity`; `None` if these do not tell it.
fn told(expr: &Expr, keys: &Keys) -> Result<Option<Expr>> {
    let odd = expr.exists(|part| {
        Ok(part.is_volatile_node()
            || matches!(
                part,
                Expr::OuterReferenceColumn(..) | Expr::Exists(_) | Expr::InSubquery(_) | Expr::ScalarSubquery(_)
            ))
    })?;
    if odd {
        return Ok(None);
    }
    let moment = cast(col("day"), DataType::Timestamp(arrow::datatypes::TimeUnit::Microsecond, Some("UTC".into())));
    let by_day = replace_of_day(expr.clone(), TIME, |part| timed(&part, &moment))?;
    let mut known = true;
    let found = by_day.data.transform_down(|part| {
        if keys.told && is_key(&part) {
            return Ok(Transformed::new(col("accesskeyid"), true, TreeNodeRecursion::Jump));
        }
        Ok(match &part {
            // What was put there above.
            Expr::Column(column) if *column == Column::from_name("day") => Transformed::no(part),
            Expr::Column(column) => match SAME.iter().find(|(name, _)| *name == column.name()) {
                Some((_, other)) => Transformed::new(col(*other), true, TreeNodeRecursion::Jump),
                None => {
                    known = false;
                    Transformed::new(part, false, TreeNodeRecursion::Stop)
                }
            },
            _ => Transformed::no(part),
        })
    })?;
    Ok(known.then_some(found.data))
}

/// An aggregate over events as one over uses, and whether it counts.
fn sum(expr: &Expr, keys: &Keys) -> Result<Option<(Expr, bool)>> {
    let expr = match expr {
        Expr::Alias(Alias { expr, .. }) => expr,
        other => other,
    };
    let Expr::AggregateFunction(AggregateFunction { func, params }) = expr else { return Ok(None) };
    let AggregateFunctionParams { args, distinct, filter, order_by, null_treatment } = params;
    if !order_by.is_empty() || null_treatment.is_some() {
        return Ok(None);
    }
    let filter = match filter {
        Some(filter) => match told(filter, keys)? {
            Some(filter) => Some(Box::new(filter)),
            None => return Ok(None),
        },
        None => None,
    };
    let with = |expr: Expr| match expr {
        Expr::AggregateFunction(AggregateFunction { func, params }) => {
            let params = AggregateFunctionParams { filter: filter.clone(), ..params };
            Expr::AggregateFunction(AggregateFunction { func, params })
        }
        other => other,
    };
    Ok(match (func.name(), args.as_slice(), distinct) {
        ("count", [Expr::Literal(value, _)], false) if !value.is_null() => {
            Some((with(sum_udaf().call(vec![col("count")])), true))
        }
        ("min", [time], false) if day_grain::is_time(time, TIME) => {
            Some((with(min(timed(time, &col("first"))?)), false))
        }
        ("max", [time], false) if day_grain::is_time(time, TIME) => {
            Some((with(max(timed(time, &col("last"))?)), false))
        }
        // What does not change when a value is there more than once.
        ("count", [of], true) | ("min" | "max", [of], _) => match told(of, keys)? {
            Some(of) => {
                let params = AggregateFunctionParams { args: vec![of], filter: filter.clone(), ..params.clone() };
                Some((
                    Expr::AggregateFunction(AggregateFunction { func: func.clone(), params }),
                    func.name() == "count",
                ))
            }
            None => None,
        },
        _ => None,
    })
}
