//! Why a rule fires for an event or does not: its condition as a tree, with the value of every part and of every column it reads.
//!
//! Of a window or baseline rule the tree says whether the event is among those that it counts; then each comparison that it makes
//! of groups of them, with the numbers that were reached and the thresholds.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, UInt32Array};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Column, Result};
use datafusion::dataframe::DataFrame;
use datafusion::logical_expr::{BinaryExpr, Expr, LogicalPlan, Operator, lit};
use datafusion::prelude::SessionContext;
use datafusion::sql::unparser::Unparser;
use datafusion::sql::unparser::dialect::CustomDialectBuilder;
use serde::Serialize;
use serde_json::Value;

use crate::coverage::Planner;
use crate::detector::Detector;
use crate::error::DetectError;
use crate::finding::Finding;
use crate::history::conform;
use crate::leaves::{Frame, flatten};
use crate::plan::EVENTS;
use crate::planned::Planned;
use crate::predicate::{Compiled, prepare};
use crate::rule::{Kind, Rule};
use crate::rules::Rules;
use crate::session::{ACCESS_KEYS, ACTIVITY, access_keys_schema};
use crate::settings::Settings;
use crate::sigma::{self, Translation};
use crate::value;

/// Groups that are shown of each comparison.
const SHOWN: usize = 5;

/// What there is to say of a rule and an event.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// The rule's id.
    pub rule: String,
    /// How it looks at events.
    pub kind: Kind,
    /// Whether the event fulfils the condition; of window and baseline rules, whether it is among those that they count.
    pub matches: Option<bool>,
    /// The condition; none where the rule reads no events.
    pub condition: Option<Node>,
    /// What a window or baseline rule compares of the events that it counts.
    pub comparisons: Vec<Comparison>,
    /// The findings of the rule that have to do with the event.
    pub findings: Vec<Finding>,
}

/// A part of a condition.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Node {
    /// `and`, `or`, `not`, or `test` for what has no parts.
    pub op: &'static str,
    /// The SQL of a test.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sql: Option<String>,
    /// Whether it holds; null where it cannot be told, as of a column that is absent.
    pub value: Option<bool>,
    /// The columns that a test reads, with their values.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub reads: BTreeMap<String, Value>,
    /// Why a test could not be run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The parts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Node>,
}

/// A comparison that a rule makes of groups of events.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// Its SQL.
    pub sql: String,
    /// How many groups there are.
    pub groups: usize,
    /// For how many it holds.
    pub held: usize,
    /// Those that are nearest to it, of the event's principal where the groups have one.
    pub nearest: Vec<Node>,
}

/// Explains a rule over some events, one of which is asked about. `activity` is the table of that name; without it, it is summed up
/// from the events.
///
/// # Errors
/// When there is no such rule or event, or the rule cannot be planned.
pub async fn explain(
    rules: &Rules,
    id: &str,
    settings: Settings,
    events: &[RecordBatch],
    event_id: &str,
    activity: Option<Vec<RecordBatch>>,
) -> Result<Explanation, DetectError> {
    let named = rules.iter().find(|rule| rule.id == id || format!("{}/{}", rule.service, rule.id) == id);
    let rule = named.ok_or_else(|| DetectError::Setting(format!("no detection is called `{id}`")))?;
    let settings = Settings { only: vec![globset::escape(&rule.id)], ..settings };
    let planned = Arc::new(Planned::new(rules, settings.clone()).await?);
    let (Some(planned_rule), Some(row)) = (planned.rules().first(), row_of(events, event_id)) else {
        return Err(DetectError::Setting(format!("there is no event `{event_id}`")));
    };
    let failed = |error| DetectError::sql(&rule.file, error);
    let sql = match rule.sigma {
        Some(_) => String::new(),
        None => planned_rule.sql(planned.settings.thresholds.get(&rule.id))?,
    };
    let planner = Planner::over(&settings, &planned.outside)?;
    let condition = condition(rule, &sql, &planner).await.map_err(failed)?;
    let condition = condition.map(|expr| {
        let frame = Frame::new(&planner.leaves, events);
        Tree::of(expr).told(&mut |test| on_event(test, &planner, &frame, row))
    });
    let mut detector = Detector::with(planned.clone());
    events.iter().try_for_each(|batch| detector.observe(batch))?;
    if let Some(activity) = &activity {
        detector.activity(activity)?;
    }
    let principal = text_at(events, "principal", row);
    let mut comparisons = Vec::new();
    if rule.kind != Kind::Match && rule.sigma.is_none() {
        let context = crate::session::context(&settings, &planned.outside);
        let history = match activity {
            Some(activity) => activity,
            None => summed(events)?,
        };
        attach(&context, rule, events, history).await.map_err(failed)?;
        comparisons = compare(&context, &sql, principal.as_deref()).await.map_err(failed)?;
    }
    let mut findings = detector.finish().await?.findings;
    findings.retain(|finding| finding.event_ids.iter().any(|id| id == event_id) || finding.principal == principal);
    let matches = condition.as_ref().and_then(|condition| condition.value);
    Ok(Explanation { rule: rule.id.clone(), kind: rule.kind, matches, condition, comparisons, findings })
}

fn row_of(events: &[RecordBatch], event_id: &str) -> Option<u32> {
    let ids = events.iter().flat_map(|batch| {
        let ids = batch.column_by_name("eventid").map(|ids| ids.as_string_view());
        (0..batch.num_rows()).map(move |row| ids.filter(|ids| ids.is_valid(row)).map(|ids| ids.value(row)))
    });
    ids.into_iter().position(|id| id == Some(event_id)).and_then(|row| u32::try_from(row).ok())
}

fn text_at(events: &[RecordBatch], column: &str, row: u32) -> Option<String> {
    let mut row = row as usize;
    for batch in events {
        if row < batch.num_rows() {
            return value::text(batch.column_by_name(column)?, row);
        }
        row -= batch.num_rows();
    }
    None
}

fn summed(events: &[RecordBatch]) -> Result<Vec<RecordBatch>, DetectError> {
    let mut history = crate::history::History::default();
    events.iter().try_for_each(|batch| history.observe(batch))?;
    history.finish()
}

/// What a rule asks of an event, as its author wrote it.
async fn condition(rule: &Rule, sql: &str, planner: &Planner) -> Result<Option<Expr>> {
    match &rule.sigma {
        Some(Translation::Match(condition)) => return Ok(Some(condition.clone())),
        Some(Translation::Correlation(correlation)) => return Ok(correlation.condition()),
        None => {}
    }
    let plan = planner.state.create_logical_plan(sql).await?;
    let mut found = Vec::new();
    plan.apply_with_subqueries(|node| {
        match node {
            LogicalPlan::Filter(filter) if is_events(&filter.input) => found.push(filter.predicate.clone()),
            LogicalPlan::Filter(_) => {}
            // What reads the table without a condition takes all events.
            other if other.inputs().into_iter().any(is_events) && !is_events(other) => found.push(lit(true)),
            _ => {}
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    let flat = found.into_iter().map(flatten).collect::<Result<Vec<_>>>()?;
    Ok(flat.into_iter().reduce(Expr::or))
}

/// Whether it is the table of events, by whatever name.
fn is_events(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::TableScan(scan) => scan.table_name.table() == EVENTS,
        LogicalPlan::SubqueryAlias(alias) => is_events(&alias.input),
        _ => false,
    }
}

/// A condition taken apart.
enum Tree {
    And(Vec<Tree>),
    Or(Vec<Tree>),
    Not(Box<Tree>),
    Test(Expr),
}

/// What a test came to.
struct Tested {
    value: Result<Option<bool>, String>,
    reads: BTreeMap<String, Value>,
}

impl Tree {
    fn of(expr: Expr) -> Tree {
        match expr {
            Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => {
                let mut parts = Vec::new();
                for side in [Tree::of(*left), Tree::of(*right)] {
                    match side {
                        Tree::And(more) => parts.extend(more),
                        other => parts.push(other),
                    }
                }
                Tree::And(parts)
            }
            Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => {
                let mut parts = Vec::new();
                for side in [Tree::of(*left), Tree::of(*right)] {
                    match side {
                        Tree::Or(more) => parts.extend(more),
                        other => parts.push(other),
                    }
                }
                Tree::Or(parts)
            }
            Expr::Not(inner) => Tree::Not(Box::new(Tree::of(*inner))),
            test => Tree::Test(test),
        }
    }

    fn tests<'a>(&'a self, into: &mut Vec<&'a Expr>) {
        match self {
            Tree::And(parts) | Tree::Or(parts) => parts.iter().for_each(|part| part.tests(into)),
            Tree::Not(part) => part.tests(into),
            Tree::Test(expr) => into.push(expr),
        }
    }

    /// The tree with its values; `test` runs a test.
    fn told(&self, test: &mut impl FnMut(&Expr) -> Tested) -> Node {
        let node = |op, value, parts| Node { op, sql: None, value, reads: BTreeMap::new(), error: None, parts };
        match self {
            Tree::And(parts) => {
                let parts: Vec<Node> = parts.iter().map(|part| part.told(test)).collect();
                node("and", all(parts.iter().map(|part| part.value)), parts)
            }
            Tree::Or(parts) => {
                let parts: Vec<Node> = parts.iter().map(|part| part.told(test)).collect();
                let value = all(parts.iter().map(|part| part.value.map(|value| !value))).map(|none| !none);
                node("or", value, parts)
            }
            Tree::Not(part) => {
                let part = part.told(test);
                node("not", part.value.map(|value| !value), vec![part])
            }
            Tree::Test(expr) => {
                let Tested { value, reads } = test(expr);
                let (value, error) = value.map_or_else(|error| (None, Some(error)), |value| (value, None));
                Node { op: "test", sql: Some(shown(expr)), value, reads, error, parts: Vec::new() }
            }
        }
    }
}

/// Whether all hold, in SQL's logic of three values.
fn all(values: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut known = true;
    for value in values {
        match value {
            Some(false) => return Some(false),
            Some(true) => {}
            None => known = false,
        }
    }
    known.then_some(true)
}

/// An expression as people write it.
fn shown(expr: &Expr) -> String {
    if let Some(line) = sigma::shown(expr) {
        return line;
    }
    let plain = flatten(expr.clone()).unwrap_or_else(|_| expr.clone());
    let dialect = CustomDialectBuilder::new().build();
    let text = Unparser::new(&dialect).with_pretty(true).expr_to_sql(&plain).map(|sql| sql.to_string());
    text.unwrap_or_else(|_| plain.to_string())
}

/// Runs a test on one event.
fn on_event(test: &Expr, planner: &Planner, frame: &Frame<'_>, row: u32) -> Tested {
    let mut reads = BTreeMap::new();
    for Column { name, .. } in test.column_refs() {
        if let Some(leaf) = planner.leaves.get(name) {
            reads.insert(name.clone(), value::json(frame.array(leaf), row as usize));
        }
    }
    let run = || -> Result<Option<bool>> {
        let test = prepare(test.clone(), &planner.leaves, &planner.state)?;
        let array = Compiled::new(&test, &planner.leaves, &planner.state)?
            .evaluate(frame, Some(&UInt32Array::from(vec![row])))?;
        Ok(truth(&array, 0))
    };
    Tested { value: run().map_err(|error| error.strip_backtrace()), reads }
}

fn truth(array: &ArrayRef, row: usize) -> Option<bool> {
    let bools = array.as_boolean_opt()?;
    bools.is_valid(row).then(|| bools.value(row))
}

/// Gives the session the tables that a rule reads.
async fn attach(
    context: &SessionContext,
    rule: &Rule,
    events: &[RecordBatch],
    activity: Vec<RecordBatch>,
) -> Result<()> {
    crate::windows::attach(context, ACTIVITY, trail_lake::Table::Activity.schema(), activity)?;
    crate::windows::attach(context, ACCESS_KEYS, access_keys_schema(), Vec::new())?;
    crate::windows::attach(context, EVENTS, trail_event::schema(), events.to_vec())?;
    let frame = crate::windows::windowed(context.table(EVENTS).await?, rule)?;
    context.deregister_table(EVENTS)?;
    context.register_table(EVENTS, frame.into_view())?;
    Ok(())
}

/// The comparisons of a statement: conditions on what is no longer single events.
async fn compare(context: &SessionContext, sql: &str, principal: Option<&str>) -> Result<Vec<Comparison>> {
    let plan = context.state().create_logical_plan(sql).await?;
    let mut filters = Vec::new();
    plan.apply_with_subqueries(|node| {
        match node {
            LogicalPlan::Filter(filter) if !is_source(&filter.input) => filters.push(filter.clone()),
            _ => {}
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    let mut comparisons = Vec::new();
    // The plan is read from its end; people read from the events on.
    for filter in filters.into_iter().rev() {
        let sql = shown(&filter.predicate);
        let tree = Tree::of(filter.predicate.clone());
        match groups(context, filter.input.as_ref().clone(), &tree).await {
            Ok(groups) => comparisons.push(nearest(sql, groups, principal)),
            // A part of a correlated query cannot be run by itself.
            Err(error) => tracing::debug!(%error, sql, "a comparison cannot be shown"),
        }
    }
    Ok(comparisons)
}

/// Whether it is a table and nothing was made of it yet.
fn is_source(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::TableScan(_) => true,
        LogicalPlan::SubqueryAlias(alias) => is_source(&alias.input),
        // The table of events is a view with the start of the window in it.
        LogicalPlan::Projection(projection) => is_source(&projection.input),
        LogicalPlan::Union(union) => union.inputs.iter().all(|input| is_source(input)),
        _ => false,
    }
}

/// A condition with its values for each group, and the group's principal.
async fn groups(context: &SessionContext, input: LogicalPlan, tree: &Tree) -> Result<Vec<(Option<String>, Node)>> {
    let mut tests = Vec::new();
    tree.tests(&mut tests);
    let mut columns: Vec<Expr> = Vec::new();
    let principal = input.schema().iter().find(|(_, field)| field.name() == "principal");
    columns.extend(principal.map(|(of, field)| Expr::Column(Column::new(of.cloned(), field.name())).alias("_who")));
    let mut reads: Vec<Vec<(String, String)>> = Vec::new();
    for (at, test) in tests.iter().enumerate() {
        let mut of_test = Vec::new();
        for (nth, column) in test.column_refs().into_iter().enumerate() {
            let alias = format!("_{at}_{nth}");
            columns.push(Expr::Column(column.clone()).alias(&alias));
            of_test.push((column.name.clone(), alias));
        }
        reads.push(of_test);
        columns.push((*test).clone().alias(format!("_{at}")));
    }
    let frame = DataFrame::new(context.state(), input).select(columns)?;
    let mut groups = Vec::new();
    for batch in frame.collect().await? {
        for row in 0..batch.num_rows() {
            let mut at = 0;
            let node = tree.told(&mut |_| {
                let of_test = reads[at].iter();
                let cell = |alias: &str| batch.column_by_name(alias).map(|array| value::json(array, row));
                let reads = of_test.map(|(name, alias)| (name.clone(), cell(alias).unwrap_or_default())).collect();
                let value = batch.column_by_name(&format!("_{at}")).and_then(|array| truth(array, row));
                at += 1;
                Tested { value: Ok(value), reads }
            });
            let who = batch.column_by_name("_who").and_then(|array| value::text(array, row));
            groups.push((who, node));
        }
    }
    Ok(groups)
}

fn nearest(sql: String, mut groups: Vec<(Option<String>, Node)>, principal: Option<&str>) -> Comparison {
    let (count, held) = (groups.len(), groups.iter().filter(|(_, node)| node.value == Some(true)).count());
    if groups.iter().any(|(who, _)| who.is_some()) {
        groups.retain(|(who, _)| who.as_deref() == principal);
    }
    // The tree has the same tests for each: how many hold says how near it came.
    groups.sort_by_cached_key(|(_, node)| {
        (std::cmp::Reverse(true_tests(node)), serde_json::to_string(node).unwrap_or_default())
    });
    groups.truncate(SHOWN);
    Comparison { sql, groups: count, held, nearest: groups.into_iter().map(|(_, node)| node).collect() }
}

fn true_tests(node: &Node) -> usize {
    let own = usize::from(node.op == "test" && node.value == Some(true));
    own + node.parts.iter().map(true_tests).sum::<usize>()
}

/// Batches of events in the form that rules read, whoever read them.
///
/// # Errors
/// When a column is of another type.
pub fn as_events(batches: &[RecordBatch]) -> Result<Vec<RecordBatch>, DetectError> {
    batches.iter().map(|batch| conform(batch, &trail_event::schema())).collect()
}

#[cfg(test)]
mod tests;
