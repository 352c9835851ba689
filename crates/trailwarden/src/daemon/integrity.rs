//! The daemon's verification: what the lake has taken in is held against CloudTrail's digests, hour after hour, and each problem
//! is a finding like any other.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use trail_detect::{Finding, findings_from_batch, findings_to_batch, fingerprint};
use trail_integrity::{Evidence, Held, Kind, Problem, Report, Verdict};
use trail_lake::{ProofRow, Table};
use trail_query::Engine;

use super::pulse::Pulse;
use super::{House, watch};
use crate::clock;
use crate::evidence::keys::Keys;
use crate::evidence::lake::{Area, Areas, Rows, Span};
use crate::evidence::trail_events;
use crate::exit::sentence;

/// Its name among the parts.
const PART: &str = "integrity";
/// The name of the cursor in `findings` that keeps two of us from telling the same; its version is the time in seconds.
const CURSOR: &str = "integrity";
/// Where keys are kept, in the outbox's folder.
const KEYS: &str = "trailwarden-keys.json";
/// A title longer than this is cut.
const LONGEST_TITLE: usize = 240;
/// Messages of a queue come in any order: a digest's may come before those of its log files.
const QUEUE_GRACE: jiff::SignedDuration = jiff::SignedDuration::from_hours(1);
/// The gap between a trail's stop and the digests that miss it may reach over the lookback's edge.
const TRAIL_EVENTS_BEFORE: jiff::SignedDuration = jiff::SignedDuration::from_hours(48);

/// Verifies until told to stop.
pub(super) async fn run(house: Arc<House>) -> anyhow::Result<()> {
    let pulse = house.pulse(PART, "");
    loop {
        // Before the first whole look at the sources there is nothing that could be told.
        let ready = *house.kept.leads.borrow() && house.kept.told.whole().is_some();
        if ready {
            pass(&house, &pulse).await;
        }
        let wait = if ready { house.settings.integrity.every } else { house.settings.poll };
        pulse.rest(wait);
        tokio::select! {
            () = house.cancel.cancelled() => return Ok(()),
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// Verifies once, for who wants no more.
pub(super) async fn once(house: &House) {
    pass(house, &house.pulse(PART, "")).await;
}

/// Verifies. Nothing waits for it, so a failure is logged and the next time tries again.
async fn pass(house: &House, pulse: &Pulse) {
    if !house.settings.integrity.enabled {
        return;
    }
    match try_pass(house, pulse).await {
        Ok(()) => pulse.succeeded(),
        Err(error) => {
            let error = sentence(&error);
            pulse.failed(&error);
            tracing::warn!(error, "digests could not be verified, and will be the next time");
        }
    }
}

async fn try_pass(house: &House, pulse: &Pulse) -> anyhow::Result<()> {
    let now = clock::now();
    let Some(whole) = house.kept.told.whole() else { return Ok(()) };
    let queues = house.settings.sources.iter().any(|source| matches!(source, trail_source::SourceConfig::Sqs(_)));
    let settings = &house.settings.integrity;
    let seen = if queues { whole - QUEUE_GRACE } else { whole } - settings.settle;
    let span = Span { from: Some(now - settings.lookback), to: None, seen: Some(seen) };
    let engine = watch::engine(house).await?;
    engine.attach_views(&house.library).await;
    let mut areas = Areas::of(&engine, span).await?;
    let Some(mut area) = areas.next().await? else { return Ok(()) };
    let events = trail_events(&engine, span.from.map(|from| from - TRAIL_EVENTS_BEFORE)).await?;
    let known = proofs(&engine, span.from).await?;
    let beside = || house.settings.notify.outbox.with_file_name(KEYS);
    let file = settings.keys.clone().unwrap_or_else(beside);
    let (mut keys, mut unasked) = (Keys::kept(&file, settings.ask), None);
    let (mut problems, mut proved) = (Vec::new(), Vec::new());
    loop {
        pulse.beat();
        match keys.complete(&house.settings.aws, &area.digests).await {
            Ok(false) => {}
            Ok(true) => {
                if let Err(error) = keys.known.save(&file) {
                    tracing::warn!(%error, "keys are not kept: give `integrity.keys` a place that can be written");
                }
            }
            Err(error) => unasked = Some(error),
        }
        let Area { held, digests, log_files, from, .. } = &area;
        let to = span.until().filter(|_| *held == Held::InPlace);
        let evidence =
            Evidence { held: *held, digests, log_files, keys: &keys.known, trail_events: &events, from: *from, to };
        let report = tokio::task::block_in_place(|| trail_integrity::verify(&evidence));
        proved.extend(rows(&report).filter(|row| known.get(&row.uri) != Some(&face(row))));
        // A copy lacks the signatures that S3 kept, and so the proof of its newest digest, whichever that is.
        let lost = |problem: &Problem| *held == Held::Copied && problem.kind == Kind::SignatureLost;
        problems.extend(report.problems.into_iter().filter(|problem| !lost(problem)));
        match areas.next().await? {
            Some(next) => area = next,
            None => break,
        }
    }
    if unasked.is_some() {
        // That a key is not known here is then no word on the digest.
        problems.retain(|problem| problem.kind != Kind::KeyUnknown);
    }
    tell(house, &engine, &problems, now).await?;
    // Last: what is written here is not looked at again until it changes.
    house.lake.append_proofs(&trail_lake::proofs(&proved, now.as_microsecond())?).await?;
    tracing::debug!(digests = proved.len(), problems = problems.len(), "verified");
    unasked.map_or(Ok(()), Err)
}

/// Brings the problems that are new into `findings`, and from there to the outbox.
async fn tell(house: &House, engine: &Engine, problems: &[Problem], now: Timestamp) -> anyhow::Result<()> {
    let batches = engine.sql("SELECT * FROM findings WHERE kind = 'integrity'").await?.collect().await?;
    let stored: BTreeMap<String, Finding> =
        batches.iter().flat_map(findings_from_batch).map(|finding| (finding.id.clone(), finding)).collect();
    // Until when digests are missing is another time every hour; that alone is no news.
    let known = |finding: &Finding| {
        stored.get(&finding.id).is_some_and(|old| (old.severity, old.count) == (finding.severity, finding.count))
    };
    let new: Vec<Finding> = problems.iter().map(finding).filter(|finding| !known(finding)).collect();
    if new.is_empty() {
        return Ok(());
    }
    let batch = findings_to_batch(&new, now.as_microsecond(), house.lake.version(Table::CloudTrail).await)?;
    let version = u64::try_from(now.as_second()).unwrap_or_default();
    if house.lake.append_findings(&batch, CURSOR, version).await? {
        watch::submit(house, &new).await?;
    }
    Ok(())
}

/// A problem as a finding. The same problem found again is the same finding.
fn finding(problem: &Problem) -> Finding {
    let id = problem.id();
    let word = |value: &dyn std::fmt::Display| Value::from(value.to_string());
    let mut details = Map::from_iter([
        ("object".to_owned(), problem.object.clone().into()),
        ("explanation".to_owned(), problem.explanation.clone().into()),
    ]);
    details.extend(problem.chain.as_ref().map(|chain| ("trail".to_owned(), json!(chain.trail))));
    details.extend(problem.from.map(|at| ("from".to_owned(), word(&at))));
    details.extend(problem.until.map(|at| ("until".to_owned(), word(&at))));
    let mut title: String = problem.explanation.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if let Some((cut, _)) = title.char_indices().nth(LONGEST_TITLE) {
        title.truncate(cut);
        title.push('…');
    }
    Finding {
        id: fingerprint([CURSOR, id.as_str()]),
        detection: format!("integrity-{}", problem.kind),
        topics: Vec::new(),
        severity: problem.severity.name().parse().unwrap_or(trail_detect::Severity::High),
        title,
        principal: None,
        account: problem.account.clone(),
        region: problem.region.clone(),
        first: problem.from.map(Timestamp::as_microsecond),
        last: problem.until.map(Timestamp::as_microsecond),
        count: i64::try_from(problem.count).unwrap_or(i64::MAX),
        event_ids: Vec::new(),
        details,
        kind: trail_detect::Kind::Integrity,
    }
}

/// What is written down of each digest.
fn rows(report: &Report) -> impl Iterator<Item = ProofRow> + '_ {
    let us = |at: Option<Timestamp>| at.map(Timestamp::as_microsecond);
    report.chains.iter().flat_map(move |chain| {
        chain.links.iter().map(move |link| {
            let mut logs = trail_integrity::Counts::default();
            link.log_files.iter().for_each(|log| logs.add(log.verdict));
            let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
            ProofRow {
                uri: link.uri.clone(),
                account: chain.id.account.clone(),
                region: chain.id.region.clone(),
                trail: chain.id.trail.clone(),
                backfill: chain.id.backfill,
                starttime: us(link.from),
                endtime: us(link.until),
                verdict: match link.verdict {
                    Verdict::Valid => "valid",
                    Verdict::Invalid(_) => "invalid",
                    Verdict::Unverifiable(_) => "unverifiable",
                },
                problem: link.verdict.kind().map(Kind::name),
                valid: count(logs.valid),
                invalid: count(logs.invalid),
                unverifiable: count(logs.unverifiable),
            }
        })
    })
}

/// What of a proof may change.
type Face = (String, Option<String>, [i64; 3]);

fn face(row: &ProofRow) -> Face {
    (row.verdict.to_owned(), row.problem.map(str::to_owned), [row.valid, row.invalid, row.unverifiable])
}

/// What was found of the digests until now.
async fn proofs(engine: &Engine, from: Option<Timestamp>) -> anyhow::Result<HashMap<String, Face>> {
    let since = from.map_or_else(String::new, |from| format!(" WHERE endtime >= '{from}'"));
    let sql = format!("SELECT uri, verdict, problem, valid, invalid, unverifiable FROM proofs{since}");
    let (mut rows, mut known) = (Rows::of(engine, &sql).await?, HashMap::new());
    while rows.here().await? {
        let text = |name: &str| rows.text(name).map(str::to_owned);
        let counts = ["valid", "invalid", "unverifiable"].map(|name| rows.number(name).unwrap_or_default());
        known.insert(text("uri").unwrap_or_default(), (text("verdict").unwrap_or_default(), text("problem"), counts));
        rows.advance();
    }
    Ok(known)
}
