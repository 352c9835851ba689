//! What a rule asks of the events, read off its plan without running it: sources, names, tables, columns.

use std::collections::BTreeSet;

use datafusion::common::Result;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::execution::SessionState;
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::{BinaryExpr, Expr, LogicalPlan, Operator};

use crate::leaves::{Leaves, flatten};
use crate::plan::{EVENTS, WINDOW, match_plan};
use crate::predicate::{allowed, prepare};
use crate::rule::{Kind, Rule};
use crate::session::ACTIVITY;
use crate::sigma::Translation;

/// More alternatives than this are not told apart.
const MOST: usize = 4096;

/// One of the ways in which an event can be what a rule looks for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Demand {
    /// The event sources; none where any will do.
    pub(crate) sources: Option<BTreeSet<String>>,
    /// The event names; none where any will do.
    pub(crate) names: Option<BTreeSet<String>>,
}

/// A rule, looked at.
#[derive(Debug, Default)]
pub(crate) struct Inspected {
    pub(crate) demands: Vec<Demand>,
    /// The names that events are compared with anywhere in the rule.
    pub(crate) names: BTreeSet<String>,
    /// The sources that events are compared with anywhere in the rule.
    pub(crate) sources: BTreeSet<String>,
    /// The columns of its result; none where it has no SELECT.
    pub(crate) columns: Option<BTreeSet<String>>,
    /// Whether its SQL names the start of the window.
    pub(crate) windowed: bool,
}

impl Inspected {
    /// Whether the rule looks for the event by its name.
    pub(crate) fn looks_for(&self, source: &str, name: &str) -> bool {
        let has = |values: &Option<BTreeSet<String>>, value: &str| {
            values.as_ref().map(|values| values.iter().any(|other| other.eq_ignore_ascii_case(value)))
        };
        self.demands
            .iter()
            .any(|demand| has(&demand.names, name) == Some(true) && has(&demand.sources, source) != Some(false))
    }
}

/// Looks at a rule; `sql` is its own with numbers for its thresholds. The session has the tables' shapes.
pub(crate) async fn inspect(rule: &Rule, sql: &str, leaves: &Leaves, state: &SessionState) -> Result<Inspected> {
    let mut found = Inspected::default();
    match &rule.sigma {
        Some(Translation::Match(condition)) => {
            found.demands = demands(&prepare(condition.clone(), leaves, state)?);
            return Ok(found);
        }
        Some(Translation::Correlation(correlation)) => {
            let condition = correlation.condition().map(|condition| prepare(condition, leaves, state)).transpose()?;
            found.demands = condition.as_ref().map_or_else(Vec::new, demands);
            return Ok(found);
        }
        None => {}
    }
    let plan = state.create_logical_plan(sql).await?;
    found.columns = Some(plan.schema().fields().iter().map(|field| field.name().clone()).collect());
    plan.apply_with_subqueries(|node| {
        for expr in node.expressions() {
            found.read(&expr)?;
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    if rule.kind == Kind::Match {
        found.demands = demands(&match_plan(sql, leaves, state).await?.condition);
        return Ok(found);
    }
    state.optimize(&plan)?.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node
            && [EVENTS, ACTIVITY].contains(&scan.table_name.table())
        {
            let mut alternatives = vec![Demand::default()];
            for filter in &scan.filters {
                alternatives = both(alternatives, &demands(&flatten(filter.clone())?));
            }
            found.demands.extend(alternatives);
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(found)
}

impl Inspected {
    /// Notes what an expression compares names and sources with.
    fn read(&mut self, expr: &Expr) -> Result<()> {
        expr.apply(|part| {
            match part {
                Expr::Column(column) if column.name == WINDOW => self.windowed = true,
                Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq | Operator::NotEq, right }) => {
                    self.note(left, std::slice::from_ref(right.as_ref()));
                    self.note(right, std::slice::from_ref(left.as_ref()));
                }
                Expr::InList(InList { expr, list, .. }) => self.note(expr, list),
                _ => {}
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
        Ok(())
    }

    fn note(&mut self, column: &Expr, values: &[Expr]) {
        let Expr::Column(column) = column else { return };
        let into = match column.name.as_str() {
            "eventname" => &mut self.names,
            "eventsource" => &mut self.sources,
            _ => return,
        };
        let text = |value: &Expr| match value {
            Expr::Literal(value, _) => value.try_as_str().flatten().map(str::to_owned),
            _ => None,
        };
        into.extend(values.iter().filter_map(text));
    }
}

/// The alternatives of a condition.
fn demands(condition: &Expr) -> Vec<Demand> {
    match condition {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => both(demands(left), &demands(right)),
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => {
            let mut either = demands(left);
            either.extend(demands(right));
            // What names neither alone is one alternative, however many lines it has.
            either.dedup();
            either
        }
        line => vec![Demand { sources: allowed(line, "eventsource"), names: allowed(line, "eventname") }],
    }
}

/// The alternatives of two conditions that must both hold.
fn both(one: Vec<Demand>, other: &[Demand]) -> Vec<Demand> {
    if one.len() * other.len() > MOST {
        // Less is asked than the rule asks, which is never wrong.
        return one;
    }
    let meet = |one: &Option<BTreeSet<String>>, other: &Option<BTreeSet<String>>| match (one, other) {
        (Some(one), Some(other)) => Some(one.intersection(other).cloned().collect()),
        (one, other) => one.clone().or_else(|| other.clone()),
    };
    let mut all: Vec<Demand> = Vec::new();
    for one in &one {
        for other in other {
            let demand = Demand { sources: meet(&one.sources, &other.sources), names: meet(&one.names, &other.names) };
            let impossible = |values: &Option<BTreeSet<String>>| values.as_ref().is_some_and(BTreeSet::is_empty);
            if !impossible(&demand.sources) && !impossible(&demand.names) && !all.contains(&demand) {
                all.push(demand);
            }
        }
    }
    all
}
