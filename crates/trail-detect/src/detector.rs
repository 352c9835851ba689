//! The detector over batches: match rules in one pass, rows set aside for the others, findings at the end.

use std::collections::BTreeMap;

use arrow::array::{RecordBatch, UInt32Array};
use datafusion::execution::SessionState;
use datafusion::logical_expr::Expr;
use datafusion::prelude::SessionContext;

use crate::error::DetectError;
use crate::finding::Finding;
use crate::fuse::{Fused, Scratch};
use crate::group::{Groups, Row};
use crate::history::History;
use crate::leaves::{Frame, Leaves, Narrow};
use crate::plan::{EVENTS, match_plan, rows_plan};
use crate::predicate::Compiled;
use crate::rows::Rows;
use crate::rule::{Kind, Rule, RuleError};
use crate::rules::Rules;
use crate::session::{ACCESS_KEYS, ACTIVITY, access_keys_schema};
use crate::settings::Settings;
use crate::severity::Severity;
use crate::value;

/// Columns that every hit of a match rule brings along.
const STANDARD: &str = "SELECT eventtime, eventid, principal, coalesce(recipientaccountid, useridentity.accountid) AS account, \
     awsregion AS region, concat(split_part(eventsource, '.', 1), ':', eventname) AS event, sourceipaddress AS address, \
     useragent, useridentity.arn AS actor, useridentity.accesskeyid AS access_key, errorcode AS error FROM cloudtrail";

/// A rule that could not be told for some events, such as one whose arithmetic overflowed.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The rule's id.
    pub rule: String,
    /// How often.
    pub count: u64,
    /// Why, the first time.
    pub reason: String,
}

/// What a detector found.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// The findings, the gravest first.
    pub findings: Vec<Finding>,
    /// Where rules could not be told.
    pub problems: Vec<Problem>,
}

/// Log objects are often small, and each look has its price: batches wait until there are this many rows.
const TOGETHER: usize = 4096;

/// Runs rules over batches of events. Duplicates must be gone from them.
pub struct Detector {
    rules: Vec<Rule>,
    settings: Settings,
    context: SessionContext,
    leaves: Leaves,
    fused: Fused,
    scratch: Scratch,
    targets: Vec<Target>,
    standard: Vec<(String, Compiled)>,
    groups: Groups,
    /// Hits of rules with a step in Rust wait here, since that step wants them in the order of time.
    waiting: BTreeMap<usize, Vec<Row>>,
    queries: Vec<Query>,
    problems: BTreeMap<String, Problem>,
    /// Small batches wait here to be looked at together.
    pending: Vec<RecordBatch>,
    pending_rows: usize,
    /// There when a rule reads `activity`.
    history: Option<History>,
    access_keys: Vec<RecordBatch>,
}

/// What happens with the rows that a condition selects.
enum Target {
    Hits { rule: usize, columns: Vec<(String, Compiled)> },
    Rows { query: usize },
}

/// A window or baseline rule with the rows that it waits for.
pub(crate) struct Query {
    pub(crate) rule: usize,
    pub(crate) sql: String,
    pub(crate) rows: Option<Rows>,
    pub(crate) tables: std::collections::BTreeSet<String>,
}

fn compile(columns: Vec<(String, Expr)>, leaves: &Leaves, state: &SessionState) -> datafusion::error::Result<Vec<(String, Compiled)>> {
    columns.into_iter().map(|(name, expr)| Ok((name, Compiled::new(&expr, leaves, state)?))).collect()
}

impl Detector {
    /// Plans the rules that the settings let run. A rule that cannot be planned is an error that names its file.
    pub async fn new(rules: &Rules, settings: Settings) -> Result<Detector, DetectError> {
        let only = settings.only().map_err(|error| DetectError::Setting(format!("bad glob in `only`: {error}")))?;
        let wanted = |rule: &Rule| match &only {
            Some(only) => only.is_match(&rule.id),
            None => rule.enabled && !settings.disabled.contains(&rule.id),
        };
        let rules: Vec<Rule> = rules.iter().filter(|rule| wanted(rule)).cloned().collect();
        let schema = trail_event::schema();
        let leaves = Leaves::new(&schema);
        let context = crate::session::context(&settings);
        crate::session::register_shapes(&context).map_err(|error| DetectError::sql(EVENTS, error))?;
        let state = context.state();
        let plan = match_plan(STANDARD, &leaves, &state).await.map_err(|error| DetectError::sql(EVENTS, error))?;
        let standard = compile(plan.columns, &leaves, &state).map_err(|error| DetectError::sql(EVENTS, error))?;
        let mut detector = Detector {
            rules,
            settings,
            context,
            leaves,
            fused: Fused::default(),
            scratch: Scratch::default(),
            targets: Vec::new(),
            standard,
            groups: Groups::default(),
            waiting: BTreeMap::new(),
            queries: Vec::new(),
            problems: BTreeMap::new(),
            pending: Vec::new(),
            pending_rows: 0,
            history: None,
            access_keys: Vec::new(),
        };
        for number in 0..detector.rules.len() {
            let file = detector.rules[number].file.clone();
            let sql = detector.rules[number].sql(detector.settings.thresholds.get(&detector.rules[number].id))?;
            detector.plan(number, sql, &state).await.map_err(|error| DetectError::sql(&file, error))?;
            if let Some(name) = &detector.rules[number].enrich
                && crate::enrich::find(name, &detector.settings).is_none()
            {
                return Err(RuleError { file, line: 1, reason: format!("unknown step `{name}` in `enrich`") }.into());
            }
        }
        if detector.queries.iter().any(|query| query.tables.contains(ACTIVITY)) {
            detector.history = Some(History::default());
        }
        Ok(detector)
    }

    /// Gives the detector what IAM says of access keys; the batch has the schema of [`crate::access_keys_schema`].
    pub fn access_keys(&mut self, batch: RecordBatch) {
        self.access_keys.push(batch);
    }

    async fn plan(&mut self, number: usize, sql: String, state: &SessionState) -> datafusion::error::Result<()> {
        if self.rules[number].kind == Kind::Match {
            let plan = match_plan(&sql, &self.leaves, state).await?;
            let columns = compile(plan.columns, &self.leaves, state)?;
            self.fused.add(plan.condition, &self.leaves, state)?;
            self.targets.push(Target::Hits { rule: number, columns });
            return Ok(());
        }
        let schema = trail_event::schema();
        let plan = rows_plan(&sql, &schema, &self.leaves, state).await?;
        let mut rows = None;
        if let Some(condition) = plan.condition {
            self.fused.add(condition, &self.leaves, state)?;
            self.targets.push(Target::Rows { query: self.queries.len() });
            let mut fields = plan.fields;
            fields.insert("eventtime".to_owned());
            rows = Some(Rows::new(Narrow::new(&schema, &fields), self.settings.window_memory_bytes));
        }
        self.queries.push(Query { rule: number, sql, rows, tables: plan.tables });
        Ok(())
    }

    /// Looks at a batch of events with the schema of `trail_event::schema()`, each event once over all batches.
    pub fn observe(&mut self, batch: &RecordBatch) -> Result<(), DetectError> {
        if let Some(history) = &mut self.history {
            history.observe(batch)?;
        }
        self.pending_rows += batch.num_rows();
        self.pending.push(batch.clone());
        if self.pending_rows < TOGETHER { Ok(()) } else { self.look() }
    }

    /// Looks at the batches that wait.
    fn look(&mut self) -> Result<(), DetectError> {
        let batches = std::mem::take(&mut self.pending);
        self.pending_rows = 0;
        let frame = Frame::new(&self.leaves, &batches);
        let mut selected: Vec<(u32, UInt32Array)> = Vec::new();
        let mut failed: Vec<(u32, String)> = Vec::new();
        self.fused.select(
            &frame,
            &self.leaves,
            &mut self.scratch,
            |number, rows| selected.push((number, rows)),
            |number, error| failed.push((number, error.to_string())),
        );
        for (number, reason) in failed {
            let rule = match &self.targets[number as usize] {
                Target::Hits { rule, .. } => *rule,
                Target::Rows { query } => self.queries[*query].rule,
            };
            problem(&mut self.problems, &self.rules[rule], reason);
        }
        for (number, rows) in selected {
            match &self.targets[number as usize] {
                Target::Rows { query } => {
                    if let Some(kept) = &mut self.queries[*query].rows {
                        kept.add(&frame, &rows)?;
                    }
                }
                Target::Hits { rule: at, columns } => {
                    let rule = &self.rules[*at];
                    match hits(&self.standard, columns, &frame, &rows) {
                        Ok(hits) if rule.enrich.is_some() => self.waiting.entry(*at).or_default().extend(hits),
                        Ok(hits) => {
                            for row in hits {
                                let severity = severity(rule, &self.settings, row.severity);
                                self.groups.add(*at, rule, severity, self.settings.group, row);
                            }
                        }
                        Err(error) => problem(&mut self.problems, rule, error.to_string()),
                    }
                }
            }
        }
        Ok(())
    }

    /// Runs what waits for the end, and gives all findings, the gravest first.
    pub async fn finish(mut self) -> Result<Outcome, DetectError> {
        self.look()?;
        for (at, mut rows) in std::mem::take(&mut self.waiting) {
            let rule = &self.rules[at];
            let Some(mut step) = rule.enrich.as_deref().and_then(|name| crate::enrich::find(name, &self.settings)) else {
                continue;
            };
            rows.sort_by(|a, b| (a.first, &a.event_ids).cmp(&(b.first, &b.event_ids)));
            for row in rows {
                if let Some(row) = step.enrich(row) {
                    let severity = severity(rule, &self.settings, row.severity);
                    self.groups.add(at, rule, severity, self.settings.group, row);
                }
            }
        }
        let history = self.history.take().map(History::finish).transpose()?.unwrap_or_default();
        let tables = [(ACTIVITY, trail_lake::Table::Activity.schema(), history), (ACCESS_KEYS, access_keys_schema(), std::mem::take(&mut self.access_keys))];
        for (name, schema, batches) in tables {
            crate::windows::attach(&self.context, name, schema, batches).map_err(|error| DetectError::sql(name, error))?;
        }
        for mut query in std::mem::take(&mut self.queries) {
            let rule = &self.rules[query.rule];
            for row in crate::windows::evaluate(&self.context, rule, &mut query).await? {
                let severity = severity(rule, &self.settings, row.severity);
                self.groups.add(query.rule, rule, severity, self.settings.group, row);
            }
        }
        Ok(Outcome { findings: self.groups.finish(&self.rules), problems: self.problems.into_values().collect() })
    }
}

fn problem(problems: &mut BTreeMap<String, Problem>, rule: &Rule, reason: String) {
    let problem = problems.entry(rule.id.clone()).or_insert_with(|| {
        tracing::warn!(rule = rule.id, reason, "rule cannot be told for an event");
        Problem { rule: rule.id.clone(), count: 0, reason }
    });
    problem.count += 1;
}

fn severity(rule: &Rule, settings: &Settings, row: Option<Severity>) -> Severity {
    settings.severity.get(&rule.id).copied().or(row).unwrap_or(rule.severity)
}

/// The selected rows of a match rule with the rule's columns and the standard ones.
fn hits(
    standard: &[(String, Compiled)],
    columns: &[(String, Compiled)],
    frame: &Frame<'_>,
    rows: &UInt32Array,
) -> datafusion::error::Result<Vec<Row>> {
    let evaluate = |(name, expr): &(String, Compiled)| Ok((name.clone(), expr.evaluate(frame, Some(rows))?));
    let arrays: datafusion::error::Result<Vec<_>> = standard.iter().chain(columns).map(evaluate).collect();
    let arrays = arrays?;
    let mut hits: Vec<Row> = vec![Row { count: 1, ..Row::default() }; rows.values().len()];
    for (name, array) in &arrays {
        for (at, hit) in hits.iter_mut().enumerate() {
            hit.set(name, array, at);
        }
    }
    Ok(hits)
}

impl Row {
    /// Puts a cell of a result where it belongs by its column's name.
    pub(crate) fn set(&mut self, name: &str, array: &arrow::array::ArrayRef, at: usize) {
        let text = || value::text(array, at);
        match name {
            "eventtime" => {
                self.first = value::time(array, at);
                self.last = self.first;
            }
            "first" => self.first = value::time(array, at),
            "last" => self.last = value::time(array, at),
            "count" => self.count = value::integer(array, at).unwrap_or(1),
            "eventid" => self.event_ids.extend(text()),
            "event_ids" => {
                if let serde_json::Value::Array(ids) = value::json(array, at) {
                    let ids = ids.into_iter().filter_map(|id| id.as_str().map(str::to_owned));
                    self.event_ids = ids.take(crate::finding::MAX_EVENT_IDS).collect();
                }
            }
            "principal" => self.principal = text(),
            "account" => self.account = text(),
            "region" => self.region = text(),
            "title" => self.title = text(),
            "severity" => self.severity = text().and_then(|word| word.parse().ok()),
            _ => match value::json(array, at) {
                serde_json::Value::Null => {}
                found => {
                    self.details.insert(name.to_owned(), found);
                }
            },
        }
    }
}
