//! `rules explain`: which part of a rule an event matches and which not, as a tree.

use std::io::Read;
use std::path::Path;

use anyhow::Context as _;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use trail_detect::{Explanation, Node, as_events, explain};
use trail_event::{Decoder, Limits};
use trail_query::write::visible;
use trail_query::{Config, Engine};
use trail_source::Window;

use super::House;
use super::args::{ExplainArgs, RulesFormat};
use crate::args::OverArgs;
use crate::cmd::attach;
use crate::exit::{Status, usage};
use crate::findings::shown;

/// A value longer than this is cut for people.
const LONGEST: usize = 160;
/// A file longer than this is no event.
const LARGEST: u64 = 64 << 20;

type Batches = Vec<arrow::array::RecordBatch>;

/// Explains.
pub(super) async fn run(args: ExplainArgs, zone: &TimeZone) -> anyhow::Result<Status> {
    let house = House::open(&args.which)?;
    let settings = house.detections().await?;
    let (events, activity, id) = events(&args, &house).await?;
    let told = explain(&house.rules, &args.rule, settings, &events, &id, activity).await.map_err(usage)?;
    match args.format {
        RulesFormat::Json => say!("{:#}", serde_json::to_value(&told)?),
        RulesFormat::Table => print(&told, zone)?,
    }
    Ok(Status::Fine)
}

/// The events in sight, what was before them, and the id of the one that is asked about.
async fn events(args: &ExplainArgs, house: &House) -> anyhow::Result<(Batches, Option<Batches>, String)> {
    if args.lake.is_some() || !args.logs.is_empty() {
        return of_engine(args, house).await;
    }
    let text = read(&args.event).map_err(usage)?;
    let events =
        decode(&text).with_context(|| format!("cannot use `{}`", args.event)).map_err(|e| usage(format!("{e:#}")))?;
    let first = || {
        let ids = events.first()?.column_by_name("eventid")?;
        trail_detect::text(ids, 0)
    };
    let id = args.event_id.clone().or_else(first);
    let id = id.ok_or_else(|| usage(format!("the event in `{}` has no `eventID`", args.event)))?;
    Ok((events, None, id))
}

fn read(from: &str) -> Result<String, String> {
    let mut text = String::new();
    let read = match from {
        "-" => std::io::stdin().take(LARGEST).read_to_string(&mut text),
        file => std::fs::File::open(Path::new(file)).and_then(|file| file.take(LARGEST).read_to_string(&mut text)),
    };
    read.map_err(|error| format!("cannot read `{from}`: {error} (an event's id needs `--lake` or `--logs`)"))?;
    Ok(text)
}

/// One event, a list of them, or a log file.
fn decode(text: &str) -> anyhow::Result<Batches> {
    let json: Value = serde_json::from_str(text).context("it is no JSON")?;
    let records = match json {
        Value::Object(ref log) if log.contains_key("Records") => json,
        Value::Array(events) => json!({ "Records": events }),
        event => json!({ "Records": [event] }),
    };
    let decoded = Decoder::new(Limits::default(), false).decode("event", 0, records.to_string().as_bytes());
    if let Some(reject) = decoded.rejects.first() {
        anyhow::bail!("an event cannot be decoded: {}", reject.reason);
    }
    Ok(decoded.batches)
}

async fn of_engine(args: &ExplainArgs, house: &House) -> anyhow::Result<(Batches, Option<Batches>, String)> {
    let engine = Engine::new(Config::default())?;
    let over = OverArgs { lake: args.lake.clone(), logs: args.logs.clone() };
    attach(&engine, &over, &args.aws.config(), Window::default(), &house.library).await?;
    let id = args.event.replace('\'', "''");
    let one = engine.sql(&format!("SELECT * FROM cloudtrail WHERE eventid = '{id}'")).await?.collect().await?;
    let events = as_events(&one)?;
    let Some(batch) = events.iter().find(|batch| batch.num_rows() > 0) else {
        return Err(usage(format!("there is no event `{}`", args.event)));
    };
    let rule =
        house.rules.iter().find(|rule| rule.id == args.rule || format!("{}/{}", rule.service, rule.id) == args.rule);
    let span = rule.and_then(|rule| rule.window.max(rule.lookback));
    let (Some(span), Some(at)) = (span, batch.column_by_name("eventtime").and_then(|at| trail_detect::time(at, 0)))
    else {
        return Ok((events, None, args.event.clone()));
    };
    let at = jiff::Timestamp::from_microsecond(at)?;
    let (from, to) = (at.checked_sub(span)?, at.checked_add(span.min(std::time::Duration::from_secs(86_400)))?);
    let sql = format!("SELECT * FROM cloudtrail WHERE eventtime >= '{from}' AND eventtime < '{to}'");
    let events = engine.sql(&sql).await?.collect().await?;
    let day = |at: jiff::Timestamp| i32::try_from(at.as_second().div_euclid(86_400)).unwrap_or_default();
    let settings = trail_detect::Settings { only: vec![args.rule.clone()], ..house.detections().await? };
    let planned = trail_detect::Planned::new(&house.rules, settings).await.map_err(usage)?;
    let history = planned.history(&engine, day(at), day(to)).await?;
    Ok((as_events(&events)?, Some(history), args.event.clone()))
}

fn print(told: &Explanation, zone: &TimeZone) -> anyhow::Result<()> {
    let verdict = match (told.kind, told.matches) {
        (_, None) if told.condition.is_none() => "it reads no events, but what was summed up of them",
        (trail_detect::Kind::Match, Some(true)) => "the event matches",
        (trail_detect::Kind::Match, _) => "the event does not match",
        (_, Some(true)) => "the event is among those that it counts",
        (_, _) => "the event is not among those that it counts",
    };
    say!("{} ({}): {verdict}", visible(&told.rule), told.kind.as_str());
    if let Some(condition) = &told.condition {
        tree(condition, "")?;
    }
    for comparison in &told.comparisons {
        say!("\nthen {}: holds for {} of {} groups", visible(&comparison.sql), comparison.held, comparison.groups);
        for node in &comparison.nearest {
            tree(node, "  ")?;
        }
    }
    say!("");
    for finding in &told.findings {
        let covered = finding.suppressed_by().map_or_else(String::new, |name| format!(", suppressed by `{name}`"));
        let line = format!("finding: {} {} ({}{covered})", finding.severity, finding.title, shown(finding.first, zone));
        say!("{}", visible(&line));
    }
    if told.findings.is_empty() {
        say!("no finding");
    }
    Ok(())
}

fn tree(node: &Node, indent: &str) -> anyhow::Result<()> {
    let value = match (&node.error, node.value) {
        (Some(error), _) => format!("error: {error}"),
        (None, Some(value)) => value.to_string(),
        (None, None) => "null".to_owned(),
    };
    let what = node.sql.as_deref().unwrap_or(node.op);
    say!("{indent}{:<6}{}", value, visible(what));
    for (column, value) in &node.reads {
        let value = value.to_string();
        let cut = value.char_indices().nth(LONGEST).map_or(value.clone(), |(at, _)| format!("{}…", &value[..at]));
        say!("{indent}        {} = {}", visible(column), visible(&cut));
    }
    node.parts.iter().try_for_each(|part| tree(part, &format!("{indent}  ")))
}
