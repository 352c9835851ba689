//! Rules made ready to run: planned once, then shared by any number of detectors.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::execution::SessionState;
use datafusion::logical_expr::Expr;

use crate::callers::Callers;
use crate::error::DetectError;
use crate::exceptions::Exceptions;
use crate::fuse::Fused;
use crate::leaves::{Leaves, Narrow};
use crate::plan::{EVENTS, match_plan, rows_plan};
use crate::predicate::{Compiled, prepare};
use crate::rule::{Kind, Rule, RuleError};
use crate::rules::Rules;
use crate::session::Outside;
use crate::settings::Settings;
use crate::sigma::{Prepared, Translation};

/// Columns that every hit of a match rule brings along.
const STANDARD: &str = "SELECT eventtime, eventid, principal, coalesce(recipientaccountid, useridentity.accountid) AS account, \
     awsregion AS region, concat(split_part(eventsource, '.', 1), ':', eventname) AS event, sourceipaddress AS address, \
     useragent, useridentity.arn AS actor, useridentity.accesskeyid AS access_key, errorcode AS error FROM cloudtrail";

/// The columns that it brings beside the finding's own times and ids.
pub(crate) const BROUGHT: [&str; 9] =
    ["principal", "account", "region", "event", "address", "useragent", "actor", "access_key", "error"];

/// The rules that the settings let run, compiled. Planning takes some milliseconds a rule; share the result.
pub struct Planned {
    pub(crate) rules: Vec<Rule>,
    pub(crate) settings: Settings,
    pub(crate) leaves: Leaves,
    pub(crate) fused: Fused,
    pub(crate) targets: Vec<Target>,
    pub(crate) standard: Vec<(String, Compiled)>,
    pub(crate) queries: Vec<Query>,
    /// Sigma's correlations, by rule.
    pub(crate) correlations: BTreeMap<usize, Prepared>,
    /// The fields kept of the rows set aside; rules that set the same rows aside share them.
    pub(crate) stores: Vec<Narrow>,
    known_stores: BTreeMap<(String, BTreeSet<String>), usize>,
    pub(crate) callers: Callers,
    pub(crate) outside: Outside,
    exceptions: Exceptions,
    /// The exceptions that speak of each rule.
    excused: Vec<Vec<usize>>,
}

/// What happens with the rows that a condition selects.
pub(crate) enum Target {
    Hits { rule: usize, columns: Vec<(String, Compiled)> },
    Rows { rule: usize, store: usize },
}

/// A window or baseline rule.
pub(crate) struct Query {
    pub(crate) rule: usize,
    pub(crate) sql: String,
    /// Which of the stores holds the events that it reads; none where it reads no events.
    pub(crate) store: Option<usize>,
    /// The tables that it reads.
    pub(crate) tables: BTreeSet<String>,
}

fn compile(
    columns: Vec<(String, Expr)>,
    leaves: &Leaves,
    state: &SessionState,
) -> datafusion::error::Result<Vec<(String, Compiled)>> {
    columns.into_iter().map(|(name, expr)| Ok((name, Compiled::new(&expr, leaves, state)?))).collect()
}

impl Planned {
    /// Plans the rules that the settings let run.
    ///
    /// # Errors
    /// When a rule cannot be planned; the error names its file.
    pub async fn new(rules: &Rules, settings: Settings) -> Result<Planned, DetectError> {
        let rules = settings.chosen(rules)?;
        let settings = settings.of(&rules)?;
        let callers = Callers::new(&settings.callers)?;
        let exceptions = Exceptions::new(&settings.exceptions)?;
        let excused = rules.iter().map(|rule| exceptions.of(rule)).collect();
        let leaves = Leaves::new(&trail_event::schema());
        let outside = Outside::new(&settings)?;
        let context = crate::session::context(&settings, &outside);
        let broken = |error| DetectError::sql(EVENTS, error);
        crate::session::register_shapes(&context).map_err(broken)?;
        let state = context.state();
        let plan = match_plan(STANDARD, &leaves, &state).await.map_err(broken)?;
        let standard = compile(plan.columns, &leaves, &state).map_err(broken)?;
        let mut planned = Planned {
            rules,
            settings,
            leaves,
            fused: Fused::default(),
            targets: Vec::new(),
            standard,
            queries: Vec::new(),
            correlations: BTreeMap::new(),
            stores: Vec::new(),
            known_stores: BTreeMap::new(),
            callers,
            outside,
            exceptions,
            excused,
        };
        for number in 0..planned.rules.len() {
            let rule = &planned.rules[number];
            let file = rule.file.clone();
            if let Some(name) = &rule.enrich
                && crate::enrich::find(name, &planned.settings).is_none()
            {
                return Err(RuleError { file, line: 1, reason: format!("unknown step `{name}` in `enrich`") }.into());
            }
            let sql = rule.sql(planned.settings.thresholds.get(&rule.id))?;
            planned.plan(number, sql, &state).await.map_err(|error| DetectError::sql(&file, error))?;
        }
        Ok(planned)
    }

    async fn plan(&mut self, number: usize, sql: String, state: &SessionState) -> datafusion::error::Result<()> {
        if let Some(translation) = self.rules[number].sigma.clone() {
            return self.plan_sigma(number, translation, state);
        }
        if self.rules[number].kind == Kind::Match {
            let plan = match_plan(&sql, &self.leaves, state).await?;
            let columns = compile(plan.columns, &self.leaves, state)?;
            self.fused.add(plan.condition, &self.leaves, state)?;
            self.targets.push(Target::Hits { rule: number, columns });
            return Ok(());
        }
        let schema = trail_event::schema();
        let plan = rows_plan(&sql, &schema, &self.leaves, state).await?;
        let mut store = None;
        if let Some(condition) = plan.condition {
            let mut fields = plan.fields;
            fields.insert("eventtime".to_owned());
            store = Some(self.store(number, condition, &fields, state)?);
        }
        self.queries.push(Query { rule: number, sql, store, tables: plan.tables });
        Ok(())
    }

    /// Plans a rule that came from Sigma.
    fn plan_sigma(
        &mut self,
        number: usize,
        translation: Translation,
        state: &SessionState,
    ) -> datafusion::error::Result<()> {
        match translation {
            Translation::Match(condition) => {
                self.fused.add(prepare(condition, &self.leaves, state)?, &self.leaves, state)?;
                self.targets.push(Target::Hits { rule: number, columns: Vec::new() });
            }
            Translation::Correlation(correlation) => {
                let prepared = Prepared::new(&correlation, &self.standard, &self.leaves, state)?;
                let store = match correlation.condition() {
                    Some(condition) => {
                        let condition = prepare(condition, &self.leaves, state)?;
                        Some(self.store(number, condition, &prepared.fields(&self.leaves), state)?)
                    }
                    None => None,
                };
                self.correlations.insert(number, prepared);
                self.queries.push(Query { rule: number, sql: String::new(), store, tables: BTreeSet::new() });
            }
        }
        Ok(())
    }

    /// The store of the rows that a condition selects, with these fields of them.
    fn store(
        &mut self,
        rule: usize,
        condition: Expr,
        fields: &BTreeSet<String>,
        state: &SessionState,
    ) -> datafusion::error::Result<usize> {
        let key = (condition.to_string(), fields.clone());
        if let Some(store) = self.known_stores.get(&key) {
            return Ok(*store);
        }
        let store = self.stores.len();
        self.fused.add(condition, &self.leaves, state)?;
        self.targets.push(Target::Rows { rule, store });
        self.known_stores.insert(key, store);
        self.stores.push(Narrow::new(&trail_event::schema(), fields));
        Ok(store)
    }

    /// The event fields that any of the rules reads, with dots between names: a reader need not fetch the others.
    pub fn columns(&self) -> Vec<String> {
        let mut leaves: BTreeSet<usize> = self.fused.leaves().collect();
        leaves.extend(self.standard.iter().flat_map(|(_, column)| column.leaves()));
        for target in &self.targets {
            if let Target::Hits { columns, .. } = target {
                leaves.extend(columns.iter().flat_map(|(_, column)| column.leaves()));
            }
        }
        let mut paths: BTreeSet<String> =
            leaves.into_iter().map(|leaf| self.leaves.field(leaf).name().clone()).collect();
        paths.extend(self.stores.iter().flat_map(Narrow::paths));
        // The index looks rows up by these.
        paths.extend(["eventname", "eventsource"].map(str::to_owned));
        paths.into_iter().collect()
    }

    /// How many days before and after one that was touched are needed to tell the windows of that day.
    pub(crate) fn reach(&self) -> i32 {
        let spans = self.correlations.keys().filter_map(|rule| self.rules[*rule].window);
        spans
            .map(|span| i32::try_from(span.as_secs().div_ceil(86_400)).unwrap_or(i32::MAX / 4))
            .max()
            .unwrap_or(1)
            .max(1)
    }

    /// The rules that read that table and no events.
    pub(crate) fn about(&self, table: &str) -> impl Iterator<Item = &str> {
        let queries = self.queries.iter().filter(move |query| query.store.is_none() && query.tables.contains(table));
        queries.map(|query| self.rules[query.rule].id.as_str())
    }

    /// True if a rule reads that table.
    pub(crate) fn reads(&self, table: &str) -> bool {
        self.queries.iter().any(|query| query.tables.contains(table))
    }

    /// The severity of a row: what the settings say, else what the row says, else what the rule says.
    pub(crate) fn severity(&self, rule: &Rule, row: Option<crate::severity::Severity>) -> crate::severity::Severity {
        self.settings.severity.get(&rule.id).copied().or(row).unwrap_or(rule.severity)
    }

    /// The exception that covers a row of a rule, by the row's time and columns.
    pub(crate) fn excuse(
        &self,
        rule: usize,
        time: Option<i64>,
        column: impl Fn(&str) -> Option<serde_json::Value>,
    ) -> Option<usize> {
        let excused = &self.excused[rule];
        if excused.is_empty() { None } else { self.exceptions.covering(excused, time, column) }
    }

    /// The name of an exception.
    pub(crate) fn exception(&self, at: usize) -> &str {
        self.exceptions.name(at)
    }

    /// The rules that run.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }
}
