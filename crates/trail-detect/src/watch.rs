//! Detection over a lake, commit by commit.
//!
//! Each of the two passes has a cursor: the version of `cloudtrail` that it has seen. Findings and cursor land in one commit of
//! `findings`, so a crash repeats a pass and never loses or doubles one. A finding that is there already is updated: matches
//! are added up, since each event comes once; windows and baselines are computed anew for the days that were touched, late
//! events included, and replace what was found for those days.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use arrow::array::RecordBatch;
use trail_lake::{ActiveFile, Added, Lake, Table};
use trail_query::Engine;

use crate::detector::{Detector, Outcome, Problem};
use crate::error::DetectError;
use crate::finding::Finding;
use crate::finding_table::{findings_from_batch, findings_to_batch};
use crate::group::absorb;
use crate::history::conform;
use crate::lists::List;
use crate::planned::Planned;
use crate::rule::Kind;
use crate::rules::Rules;
use crate::session::{ACCESS_KEYS, access_keys_schema};
use crate::settings::Settings;

/// The cursor of match rules.
const MATCHES: &str = "matches";
/// The cursor of window and baseline rules.
const WINDOWS: &str = "windows";
const DAY_US: i64 = 86_400_000_000;

/// Follows a lake.
pub struct Watch {
    matches: Arc<Planned>,
    windows: Arc<Planned>,
    step: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

/// What a pass did.
#[derive(Debug, Default)]
pub struct Advanced {
    /// The version of `cloudtrail` that was reached; none if there was nothing new, or another worker was faster.
    pub version: Option<u64>,
    /// Findings that are new or have changed, as they are now.
    pub findings: Vec<Finding>,
    /// Where rules could not be told.
    pub problems: Vec<Problem>,
}

/// Where a pass has come to.
struct Cursor {
    name: &'static str,
    /// The number that the cursor moves to, greater than the one before.
    to: u64,
    /// The version of `cloudtrail` that its findings stand on.
    seen: u64,
}

impl Watch {
    /// Plans the rules.
    ///
    /// # Errors
    /// When a rule is wrong; the error names its file.
    pub async fn new(rules: Rules, settings: Settings) -> Result<Watch, DetectError> {
        let (matches, windows) = rules.split(|rule| rule.kind == Kind::Match);
        Ok(Watch {
            matches: Arc::new(Planned::new(&matches, settings.clone()).await?),
            windows: Arc::new(Planned::new(&windows, settings).await?),
            step: OnceLock::new(),
        })
    }

    /// Puts a threat list in the place of the one of its name, for the passes to come.
    pub fn replace_list(&self, list: &List) {
        self.matches.outside.lists.replace(list);
        self.windows.outside.lists.replace(list);
    }

    /// Calls `tell` after each file that a pass has read, so that a slow pass can be told from one that is stuck. The first
    /// caller's counts.
    pub fn on_step(&self, tell: impl Fn() + Send + Sync + 'static) {
        let _ = self.step.set(Box::new(tell));
    }

    fn step(&self) {
        if let Some(tell) = self.step.get() {
            tell();
        }
    }

    /// The version of `cloudtrail` up to which both passes have seen everything; 0 if one has yet to begin. The log behind it
    /// is still needed.
    ///
    /// # Errors
    /// When the lake cannot be read.
    pub async fn seen(lake: &Lake) -> Result<u64, DetectError> {
        let (matches, windows) = (lake.cursor(MATCHES).await?, lake.cursor(WINDOWS).await?);
        Ok(matches.unwrap_or(0).min(windows.unwrap_or(0)))
    }

    /// The two cursors by name: the version of `cloudtrail` that each has reached; none where its pass has yet to begin.
    ///
    /// # Errors
    /// When the lake cannot be read.
    pub async fn cursors(lake: &Lake) -> Result<[(&'static str, Option<u64>); 2], DetectError> {
        Ok([(MATCHES, lake.cursor(MATCHES).await?), (WINDOWS, lake.cursor(WINDOWS).await?)])
    }

    /// Runs the match rules over what was committed since the last pass. `now_us` is the time of writing. The engine must have
    /// the lake attached; what it shows of `findings` and earlier events may be some commits old.
    ///
    /// # Errors
    /// When the lake cannot be read or written; the pass is then done again.
    pub async fn advance(&self, lake: &Lake, engine: &Engine, now_us: i64) -> Result<Advanced, DetectError> {
        let Some((version, files)) = news(lake, MATCHES).await? else { return Ok(Advanced::default()) };
        let mut detector = Detector::with(self.matches.clone());
        let columns = self.matches.columns();
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        for file in &files {
            for batch in lake.read(Table::CloudTrail, file, Some(&columns)).await? {
                detector.observe(&batch)?;
            }
            self.step();
        }
        for (rule, before) in detector.wants_past()? {
            detector.past(rule, &self.matches.earlier(engine, rule, before).await?);
        }
        let outcome = detector.finish().await?;
        self.settle(lake, engine, Cursor { name: MATCHES, to: version, seen: version }, outcome, now_us).await
    }

    /// Runs window and baseline rules for the days that were touched since the last pass. It reads those days, so it is for
    /// every few minutes rather than for every commit.
    ///
    /// # Errors
    /// As [`Watch::advance`].
    pub async fn advance_windows(&self, lake: &Lake, engine: &Engine, now_us: i64) -> Result<Advanced, DetectError> {
        let Some((version, files)) = news(lake, WINDOWS).await? else { return Ok(Advanced::default()) };
        let columns = self.windows.columns();
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let days: BTreeSet<i32> = files.iter().filter_map(|file| file.day).collect();
        let reach = self.windows.reach();
        let mut all = Outcome::default();
        let mut seen = BTreeSet::new();
        for day in days {
            let mut detector = Detector::with(self.windows.clone());
            detector.activity(&self.activity(engine, day).await?)?;
            // A window may begin some days before, and is then that day's, which is told of with all that its own windows hold; or
            // end some days after.
            for file in lake.files(Table::CloudTrail, Some(day - reach - 1..=day + reach)).await.files {
                for batch in lake.read(Table::CloudTrail, &file, Some(&columns)).await? {
                    detector.observe(&batch)?;
                }
                self.step();
            }
            let outcome = detector.finish().await?;
            // One that began before midnight is told as well: what completed it may have come on this day alone.
            let of_day = |finding: &Finding| {
                let first = finding.first.map(|first| first.div_euclid(DAY_US));
                let last = finding.last.map(|last| last.div_euclid(DAY_US));
                let (day, reach) = (i64::from(day), i64::from(reach));
                match finding.kind {
                    // What the day before the first one was compared with is not all here.
                    Kind::Baseline => first.is_none_or(|first| first >= day - 1),
                    _ => first.is_none_or(|first| {
                        first == day || (day - reach..day).contains(&first) && last.is_some_and(|last| last >= day)
                    }),
                }
            };
            all.findings.extend(
                outcome.findings.into_iter().filter(|finding| of_day(finding) && seen.insert(finding.id.clone())),
            );
            all.problems.extend(outcome.problems);
        }
        self.settle(lake, engine, Cursor { name: WINDOWS, to: version, seen: version }, all, now_us).await
    }

    /// Runs the rules over what IAM says of access keys, which the table `iam_access_keys` has.
    ///
    /// # Errors
    /// As [`Watch::advance`].
    pub async fn advance_access_keys(
        &self,
        lake: &Lake,
        engine: &Engine,
        now_us: i64,
    ) -> Result<Advanced, DetectError> {
        let rules: BTreeSet<&str> = self.windows.about(ACCESS_KEYS).collect();
        if rules.is_empty() {
            return Ok(Advanced::default());
        }
        let mut detector = Detector::with(self.windows.clone());
        let today = i32::try_from(now_us.div_euclid(DAY_US)).unwrap_or(i32::MAX);
        detector.activity(&self.activity(engine, today).await?)?;
        for batch in engine.sql("SELECT * FROM iam_access_keys").await?.collect().await? {
            detector.access_keys(conform(&batch, &access_keys_schema())?);
        }
        let mut outcome = detector.finish().await?;
        outcome.findings.retain(|finding| rules.contains(finding.detection.as_str()));
        outcome.problems.retain(|problem| rules.contains(problem.rule.as_str()));
        let second = u64::try_from(now_us.div_euclid(1_000_000)).unwrap_or_default();
        let cursor = Cursor { name: ACCESS_KEYS, to: second, seen: lake.version(Table::CloudTrail).await };
        self.settle(lake, engine, cursor, outcome, now_us).await
    }

    /// What `activity` says about the days that a baseline for `day` looks back on.
    async fn activity(&self, engine: &Engine, day: i32) -> Result<Vec<RecordBatch>, DetectError> {
        self.windows.history(engine, day, day + 1).await
    }

    /// Brings findings together with what is stored, and commits them with the cursor.
    async fn settle(
        &self,
        lake: &Lake,
        engine: &Engine,
        cursor: Cursor,
        outcome: Outcome,
        now_us: i64,
    ) -> Result<Advanced, DetectError> {
        let stored = stored(engine, &outcome.findings).await?;
        let mut findings = Vec::new();
        for finding in outcome.findings {
            let finding = match stored.get(&finding.id) {
                None => finding,
                Some(before) if finding.kind == Kind::Match => absorb(before.clone(), finding, self.matches.rules()),
                Some(before) if *before == finding => continue,
                Some(_) => finding,
            };
            findings.push(finding);
        }
        let batch = findings_to_batch(&findings, now_us, cursor.seen)?;
        if !lake.append_findings(&batch, cursor.name, cursor.to).await? {
            return Ok(Advanced::default());
        }
        Ok(Advanced { version: Some(cursor.seen), findings, problems: outcome.problems })
    }
}

/// The files that a cursor has not seen, and the version that they lead to.
async fn news(lake: &Lake, cursor: &str) -> Result<Option<(u64, Vec<ActiveFile>)>, DetectError> {
    let since = lake.cursor(cursor).await?.unwrap_or(0);
    let changes: Vec<Added> = match lake.changes(since).await {
        Ok(changes) => changes,
        // The log is shorter than the pause: everything that is there counts as new, and known findings as updates.
        Err(trail_lake::Error::Gone { .. }) => {
            let all = lake.files(Table::CloudTrail, None).await;
            let files = all.files.iter().map(|file| file.as_ref().clone()).collect();
            vec![Added { version: all.version, files }]
        }
        Err(error) => return Err(error.into()),
    };
    let version = changes.iter().map(|added| added.version).max();
    Ok(version.map(|version| (version, changes.into_iter().flat_map(|added| added.files).collect())))
}

/// Those of the findings that the table has already.
async fn stored(engine: &Engine, findings: &[Finding]) -> Result<BTreeMap<String, Finding>, DetectError> {
    let mut found = BTreeMap::new();
    for some in findings.chunks(500) {
        // Ids are hex of our own making.
        let ids: Vec<String> = some.iter().map(|finding| format!("'{}'", finding.id)).collect();
        // By version: the clock that tells `updated_at` may have jumped.
        let sql = format!("SELECT * FROM findings_history WHERE id IN ({}) ORDER BY lake_version", ids.join(", "));
        for batch in engine.sql(&sql).await?.collect().await? {
            found.extend(findings_from_batch(&batch).into_iter().map(|finding| (finding.id.clone(), finding)));
        }
    }
    Ok(found)
}
