//! The detector over batches: match rules in one pass, rows set aside for the others, findings at the end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use arrow::array::{RecordBatch, UInt32Array};

use crate::error::DetectError;
use crate::finding::Finding;
use crate::fuse::Scratch;
use crate::group::Groups;
use crate::history::History;
use crate::hits::Hits;
use crate::leaves::Frame;
use crate::planned::{Planned, Target};
use crate::row::Row;
use crate::rows::Rows;
use crate::rule::Rule;
use crate::rules::Rules;
use crate::session::{ACCESS_KEYS, ACTIVITY, access_keys_schema};
use crate::settings::Settings;

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
const TOGETHER: usize = 16_384;

/// Runs rules over batches of events. Duplicates must be gone from them.
pub struct Detector {
    planned: Arc<Planned>,
    /// The memory that rows set aside may take, all together.
    room: usize,
    scratch: Scratch,
    groups: Groups,
    /// Hits of rules with a step in Rust wait here, since that step wants them in the order of time.
    waiting: BTreeMap<usize, Vec<Row>>,
    /// The rows set aside, in the order of [`Planned::stores`].
    rows: Vec<Rows>,
    problems: BTreeMap<String, Problem>,
    /// Small batches wait here to be looked at together.
    pending: Vec<RecordBatch>,
    pending_rows: usize,
    /// There when a rule reads `activity` and nobody else keeps it.
    history: Option<History>,
    activity: Vec<RecordBatch>,
    /// Earlier rows of rules with a step in Rust, by rule.
    past: BTreeMap<usize, Vec<Row>>,
    access_keys: Vec<RecordBatch>,
}

impl Detector {
    /// Plans the rules that the settings let run and begins with them.
    ///
    /// # Errors
    /// When a rule cannot be planned; the error names its file.
    pub async fn new(rules: &Rules, settings: Settings) -> Result<Detector, DetectError> {
        Ok(Detector::with(Arc::new(Planned::new(rules, settings).await?)))
    }

    /// Begins with rules that are planned already.
    pub fn with(planned: Arc<Planned>) -> Detector {
        Detector::one_of(planned, 1)
    }

    /// So many detectors that share the rules, the work and the memory; [`Detector::absorb`] makes them one again.
    pub fn several(planned: &Arc<Planned>, count: usize) -> Vec<Detector> {
        (0..count).map(|_| Detector::one_of(planned.clone(), count)).collect()
    }

    fn one_of(planned: Arc<Planned>, count: usize) -> Detector {
        let room = planned.settings.window_memory_bytes / count.max(1);
        let rows = planned.stores.iter().map(|narrow| Rows::new(narrow.clone())).collect();
        let history = planned.reads(ACTIVITY).then(History::default);
        Detector {
            planned,
            room,
            scratch: Scratch::default(),
            groups: Groups::default(),
            waiting: BTreeMap::new(),
            rows,
            problems: BTreeMap::new(),
            pending: Vec::new(),
            pending_rows: 0,
            history,
            activity: Vec::new(),
            past: BTreeMap::new(),
            access_keys: Vec::new(),
        }
    }

    /// Gives the detector what IAM says of access keys; the batch has the schema of [`crate::access_keys_schema`].
    pub fn access_keys(&mut self, batch: RecordBatch) {
        self.access_keys.push(batch);
    }

    /// Gives the detector the table `activity`, so that it need not keep its own from the events that it sees.
    ///
    /// # Errors
    /// When a batch is not of that table.
    pub fn activity(&mut self, batches: &[RecordBatch]) -> Result<(), DetectError> {
        self.history = None;
        self.activity = batches.iter().map(|batch| self.planned.callers.relabel(batch)).collect::<Result<_, _>>()?;
        Ok(())
    }

    /// Rules whose rows wait for a step that compares with earlier rows, and the time before which those count as earlier.
    pub(crate) fn wants_past(&mut self) -> Result<Vec<(usize, i64)>, DetectError> {
        self.look()?;
        let trust = |rule: &Rule| rule.enrich.as_deref().is_some_and(crate::enrich::remembers);
        let waiting = self.waiting.iter().filter(|(rule, _)| trust(&self.planned.rules[**rule]));
        Ok(waiting.filter_map(|(rule, rows)| Some((*rule, rows.iter().filter_map(|row| row.first).min()?))).collect())
    }

    /// Gives a rule its earlier rows, in the order of time.
    pub(crate) fn past(&mut self, rule: usize, batches: &[RecordBatch]) {
        self.past.insert(rule, batches.iter().flat_map(crate::windows::rows_of).collect());
    }

    /// Looks at a batch of events with the schema of `trail_event::schema()`, each event once over all batches.
    ///
    /// # Errors
    /// When rows cannot be kept.
    pub fn observe(&mut self, batch: &RecordBatch) -> Result<(), DetectError> {
        let batch = self.planned.callers.relabel(batch)?;
        if let Some(history) = &mut self.history {
            history.observe(&batch)?;
        }
        self.pending_rows += batch.num_rows();
        self.pending.push(batch);
        if self.pending_rows < TOGETHER { Ok(()) } else { self.look() }
    }

    /// Takes over all that another detector over the same rules has seen.
    ///
    /// # Errors
    /// When rows cannot be kept.
    pub fn absorb(&mut self, mut other: Detector) -> Result<(), DetectError> {
        self.look()?;
        other.look()?;
        self.groups.absorb(other.groups);
        for (rule, rows) in other.waiting {
            self.waiting.entry(rule).or_default().extend(rows);
        }
        self.rows.iter_mut().zip(other.rows).for_each(|(rows, others)| rows.absorb(others));
        for (rule, problem) in other.problems {
            let of = self.problems.entry(rule).or_insert_with(|| Problem { count: 0, ..problem.clone() });
            of.count += problem.count;
        }
        if let (Some(history), Some(others)) = (&mut self.history, other.history) {
            history.absorb(others)?;
        }
        self.activity.extend(other.activity);
        self.access_keys.extend(other.access_keys);
        Ok(())
    }

    /// Looks at the batches that wait.
    fn look(&mut self) -> Result<(), DetectError> {
        let planned = self.planned.clone();
        let batches = std::mem::take(&mut self.pending);
        self.pending_rows = 0;
        let frame = Frame::new(&planned.leaves, &batches);
        let mut selected: Vec<(u32, UInt32Array)> = Vec::new();
        let mut failed: Vec<(u32, String)> = Vec::new();
        planned.fused.select(
            &frame,
            &planned.leaves,
            &mut self.scratch,
            |number, rows| selected.push((number, rows)),
            |number, error| failed.push((number, error.to_string())),
        );
        for (number, reason) in failed {
            let rule = match &planned.targets[number as usize] {
                Target::Hits { rule, .. } => *rule,
                Target::Rows { rule, .. } => *rule,
            };
            self.problem(&planned.rules[rule], reason);
        }
        for (number, rows) in selected {
            match &planned.targets[number as usize] {
                Target::Rows { store, .. } => self.rows[*store].add(&frame, &rows)?,
                Target::Hits { rule: at, columns } => {
                    let rule = &planned.rules[*at];
                    match Hits::new(&planned.standard, columns, &frame, &rows) {
                        Ok(hits) if rule.enrich.is_some() => self.waiting.entry(*at).or_default().extend(hits.rows()),
                        Ok(hits) => {
                            let severity = |of_row| planned.severity(rule, of_row);
                            let excuse = |row: usize| {
                                planned.excuse(*at, hits.time(row), |name| hits.cell(name, row).into_value())
                            };
                            self.groups.add_hits(*at, rule, severity, excuse, planned.settings.group, &hits);
                        }
                        Err(error) => self.problem(rule, error.to_string()),
                    }
                }
            }
        }
        let mut held: usize = self.rows.iter().map(Rows::bytes).sum();
        while held > self.room
            && let Some(largest) = self.rows.iter_mut().max_by_key(|rows| rows.bytes())
        {
            held -= largest.bytes();
            largest.spill()?;
        }
        Ok(())
    }

    fn found(&mut self, number: usize, row: Row) {
        let rule = &self.planned.rules[number];
        let severity = self.planned.severity(rule, row.severity);
        let excuse = self.planned.excuse(number, row.first, |name| row.column(name));
        self.groups.add(number, rule, severity, excuse, self.planned.settings.group, row);
    }

    fn problem(&mut self, rule: &Rule, reason: String) {
        let problem = self.problems.entry(rule.id.clone()).or_insert_with(|| {
            tracing::warn!(rule = rule.id, reason, "rule cannot be told for an event");
            Problem { rule: rule.id.clone(), count: 0, reason }
        });
        problem.count += 1;
    }

    /// Runs what waits for the end, and gives all findings.
    ///
    /// # Errors
    /// When the SQL of a window or baseline rule fails.
    pub async fn finish(mut self) -> Result<Outcome, DetectError> {
        self.look()?;
        self.enrich();
        self.run_queries().await?;
        let findings = self.groups.finish(&self.planned);
        Ok(Outcome { findings, problems: self.problems.into_values().collect() })
    }

    fn enrich(&mut self) {
        let planned = self.planned.clone();
        for (at, mut rows) in std::mem::take(&mut self.waiting) {
            let step = planned.rules[at].enrich.as_deref();
            let Some(mut step) = step.and_then(|name| crate::enrich::find(name, &planned.settings)) else { continue };
            for earlier in self.past.remove(&at).into_iter().flatten() {
                step.enrich(earlier);
            }
            rows.sort_by(|a, b| (a.first, &a.event_ids).cmp(&(b.first, &b.event_ids)));
            rows.into_iter().filter_map(|row| step.enrich(row)).for_each(|row| self.found(at, row));
        }
    }

    async fn run_queries(&mut self) -> Result<(), DetectError> {
        let planned = self.planned.clone();
        if planned.queries.is_empty() {
            return Ok(());
        }
        let context = crate::session::context(&planned.settings, &planned.outside);
        let mut activity = std::mem::take(&mut self.activity);
        activity.extend(self.history.take().map(History::finish).transpose()?.into_iter().flatten());
        let access_keys = std::mem::take(&mut self.access_keys);
        for (name, schema, batches) in [
            (ACTIVITY, trail_lake::Table::Activity.schema(), activity),
            (ACCESS_KEYS, access_keys_schema(), access_keys),
        ] {
            crate::windows::attach(&context, name, schema, batches).map_err(|error| DetectError::sql(name, error))?;
        }
        for query in &planned.queries {
            let rule = &planned.rules[query.rule];
            // Planning and running SQL over nothing costs more than looking at a log object; from no events no rule concludes.
            if query.store.is_some_and(|store| self.rows[store].is_empty()) {
                continue;
            }
            let began = Instant::now();
            let rows = query.store.map(|store| &mut self.rows[store]);
            let rows = match (planned.correlations.get(&query.rule), rows) {
                (Some(correlation), Some(rows)) => {
                    correlation.evaluate(&context, &rule.file, &planned.leaves, rows).await?
                }
                (_, rows) => crate::windows::evaluate(&context, rule, &query.sql, rows).await?,
            };
            tracing::debug!(rule = rule.id, rows = rows.len(), ms = began.elapsed().as_millis() as u64, "evaluated");
            rows.into_iter().for_each(|row| self.found(query.rule, row));
        }
        Ok(())
    }
}
