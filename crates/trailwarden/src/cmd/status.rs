//! `status`: what a lake has of each account, region and hour, what is missing, and what is wrong.

use std::collections::BTreeSet;
use std::io::Write;

use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use trail_query::Engine;
use trail_query::write::{Format, People, visible, write};

use super::{library, open_lake, window};
use crate::accounts::{self, Accounts};
use crate::args::StatusArgs;
use crate::clock;
use crate::condition::{self, Condition};
use crate::evidence::lake::Rows;
use crate::exit::{Status, sentence};
use crate::faults::{self, Fault};
use crate::findings::shown;
use crate::settings::{RulesSettings, Settings};

/// The time that is shown where none is named.
const SHOWN: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Rows that people are shown of each table.
const MOST_ROWS: usize = 50;

/// All that is told.
struct Told {
    totals: Totals,
    areas: Vec<Area>,
    silent: Vec<Silent>,
    organizations: Vec<String>,
    faults: Vec<Fault>,
    daemons: Vec<Condition>,
    /// Exceptions of the config that are over.
    expired: Vec<Expired>,
}

/// An exception that suppresses nothing new.
#[derive(serde::Serialize)]
struct Expired {
    name: String,
    /// The last day on which it held.
    until: String,
    owner: Option<String>,
}

/// The coverage of all accounts and regions together.
#[derive(Debug, Default, serde::Serialize)]
struct Totals {
    objects: i64,
    read: i64,
    partial: i64,
    failed: i64,
    events: i64,
    rejects: i64,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    /// Hours by the state of their digest.
    valid: i64,
    invalid: i64,
    unknown: i64,
    holes: i64,
}

/// An account and region over the whole time.
struct Area {
    account: String,
    region: String,
    objects: i64,
    events: i64,
    delivery_lag: Option<i64>,
    ingest_lag: Option<i64>,
    newest: Option<Timestamp>,
    valid: i64,
    invalid: i64,
    unknown: i64,
    holes: i64,
}

/// An account that delivered nothing.
#[derive(serde::Serialize)]
struct Silent {
    account: String,
    name: Option<String>,
    /// The last hour of which there is something.
    last: Option<Timestamp>,
}

/// Gathers and prints. With `--fail`, ends with 1 where something is wrong or missing.
pub(crate) async fn run(args: StatusArgs, zone: &TimeZone) -> anyhow::Result<Status> {
    let now = clock::now();
    let (from, to) = window(&args.window)?.bounds(now);
    let (from, until) = (whole_hour(from.unwrap_or(now - SHOWN)), to.unwrap_or(now));
    let settings = args.config.as_deref().map(Settings::load).transpose()?;
    let lake = match (&settings, &args.lake) {
        (Some(settings), _) => open_lake(&settings.lake, settings.storage.clone(), &settings.aws, false).await?,
        (None, location) => {
            let location = location.as_deref().unwrap_or_default();
            open_lake(location, trail_lake::Config::default(), &args.aws.config(), false).await?
        }
    };
    let listed = args.accounts.as_ref().or(settings.as_ref().and_then(|settings| settings.accounts.as_ref()));
    let listed = listed.map(|file| accounts::read(file)).transpose()?.unwrap_or_default();
    let expired = settings.as_ref().map_or_else(Vec::new, |settings| expired(&settings.rules, now));
    let engine = Engine::new(settings.map_or_else(trail_query::Config::default, |settings| settings.query))?;
    engine.attach_lake(&lake).await?;
    for (view, error) in engine.attach_views(&library(None)?).await {
        tracing::debug!(view, %error, "a view is left out");
    }
    // Once: the faults look at it, too.
    engine.materialize("coverage", "SELECT * FROM coverage").await?;

    let daemons = condition::of_lake(&lake, now).await?;
    let mut faults = faults::of_daemons(&daemons, now);
    faults.extend(faults::of_lake(&lake, &engine, from, until, now).await?);
    let told = Told {
        totals: totals(&engine, from, until).await?,
        areas: areas(&engine, from, until).await?,
        silent: silent(&engine, &listed, from, until).await?,
        organizations: organizations(&engine).await?,
        faults,
        daemons,
        expired,
    };
    if args.json {
        let hours = format!("SELECT * FROM coverage WHERE {} ORDER BY account, region, hour", within(from, until));
        write(Format::Ndjson, engine.sql(&hours).await?, std::io::stdout(), People::default()).await?;
        lines(&told)?;
    } else {
        print(&mut std::io::stdout().lock(), &told, zone)?;
    }
    let wrong = !told.faults.is_empty() || !told.silent.is_empty();
    Ok(if args.fail && wrong { Status::Findings } else { Status::Fine })
}

/// Exceptions are held against the time of events; as of today the days of these are all over.
fn expired(rules: &RulesSettings, now: Timestamp) -> Vec<Expired> {
    let today = now.to_zoned(TimeZone::UTC).date();
    // Who asks how things stand is told all else, whatever became of a file.
    let all = rules.exceptions().unwrap_or_else(|error| {
        tracing::warn!(error = sentence(&error), "exceptions are left out");
        Vec::new()
    });
    let over = all.into_iter().filter(|exception| exception.is_over(today));
    over.map(|it| Expired { name: it.name, until: it.until.to_string(), owner: it.owner }).collect()
}

fn whole_hour(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second().div_euclid(3600) * 3600).unwrap_or(at)
}

fn within(from: Timestamp, until: Timestamp) -> String {
    format!("hour >= '{from}' AND hour < '{until}'")
}

const SUMS: &str = "sum(objects) AS objects, sum(events) AS events, sum(partial) AS partial, sum(failed) AS failed, \
    sum(rejects) AS rejects, min(first_event) AS first, max(last_event) AS last, max(delivery_lag) AS delivery_lag, \
    max(ingest_lag) AS ingest_lag, count(*) FILTER (WHERE digest = 'valid') AS valid, \
    count(*) FILTER (WHERE digest = 'invalid') AS invalid, count(*) FILTER (WHERE digest = 'unknown') AS unknown, \
    sum(hole) AS holes";

async fn totals(engine: &Engine, from: Timestamp, until: Timestamp) -> anyhow::Result<Totals> {
    let mut rows = Rows::of(engine, &format!("SELECT {SUMS} FROM coverage WHERE {}", within(from, until))).await?;
    if !rows.here().await? {
        return Ok(Totals::default());
    }
    let number = |name: &str| rows.number(name).unwrap_or_default();
    let (objects, partial, failed) = (number("objects"), number("partial"), number("failed"));
    Ok(Totals {
        objects,
        read: objects - partial - failed,
        partial,
        failed,
        events: number("events"),
        rejects: number("rejects"),
        first: rows.time("first"),
        last: rows.time("last"),
        valid: number("valid"),
        invalid: number("invalid"),
        unknown: number("unknown"),
        holes: number("holes"),
    })
}

/// The worst first.
async fn areas(engine: &Engine, from: Timestamp, until: Timestamp) -> anyhow::Result<Vec<Area>> {
    let sql = format!(
        "SELECT account, region, {SUMS} FROM coverage WHERE {} GROUP BY account, region \
         ORDER BY invalid DESC, holes DESC, account, region",
        within(from, until)
    );
    let (mut rows, mut areas) = (Rows::of(engine, &sql).await?, Vec::new());
    while rows.here().await? {
        let text = |name: &str| rows.text(name).unwrap_or("-").to_owned();
        let number = |name: &str| rows.number(name).unwrap_or_default();
        areas.push(Area {
            account: text("account"),
            region: text("region"),
            objects: number("objects"),
            events: number("events"),
            delivery_lag: rows.number("delivery_lag"),
            ingest_lag: rows.number("ingest_lag"),
            newest: rows.time("last"),
            valid: number("valid"),
            invalid: number("invalid"),
            unknown: number("unknown"),
            holes: number("holes"),
        });
        rows.advance();
    }
    Ok(areas)
}

/// Accounts that are listed, or that delivered before, and of which there is nothing in this time: no log file, and no digest
/// that proves that there were none.
async fn silent(engine: &Engine, listed: &Accounts, from: Timestamp, until: Timestamp) -> anyhow::Result<Vec<Silent>> {
    let sql = format!(
        "SELECT account, max(hour) AS last, count(*) FILTER (WHERE {}) AS hours FROM coverage \
         WHERE account IS NOT NULL AND hour < '{until}' GROUP BY account ORDER BY account",
        within(from, until)
    );
    let (mut rows, mut silent, mut known) = (Rows::of(engine, &sql).await?, Vec::new(), BTreeSet::new());
    while rows.here().await? {
        let account = rows.text("account").unwrap_or_default().to_owned();
        // An account that is listed no more has left.
        let belongs = listed.is_empty() || listed.contains_key(&account);
        if belongs && rows.number("hours") == Some(0) {
            let name = listed.get(&account).cloned().flatten();
            silent.push(Silent { account: account.clone(), name, last: rows.time("last") });
        }
        known.insert(account);
        rows.advance();
    }
    let never = listed.iter().filter(|(account, _)| !known.contains(*account));
    silent.extend(never.map(|(account, name)| Silent { account: account.clone(), name: name.clone(), last: None }));
    Ok(silent)
}

async fn organizations(engine: &Engine) -> anyhow::Result<Vec<String>> {
    let sql = "SELECT DISTINCT organization FROM deliveries WHERE organization IS NOT NULL ORDER BY 1 LIMIT 10";
    let (mut rows, mut found) = (Rows::of(engine, sql).await?, Vec::new());
    while rows.here().await? {
        found.extend(rows.text("organization").map(str::to_owned));
        rows.advance();
    }
    Ok(found)
}

fn lines(told: &Told) -> anyhow::Result<()> {
    for fault in &told.faults {
        say!("{}", serde_json::to_string(fault)?);
    }
    for daemon in &told.daemons {
        say!("{}", json!({ "daemon": daemon }));
    }
    let summary = json!({
        "coverage": told.totals,
        "faults": told.faults.len(),
        "silent": told.silent,
        "organizations": told.organizations,
        "expired_exceptions": told.expired,
    });
    say!("{}", json!({ "summary": summary }));
    Ok(())
}

fn print(out: &mut impl Write, told: &Told, zone: &TimeZone) -> anyhow::Result<()> {
    let time = |at: Timestamp| shown(Some(at.as_microsecond()), zone);
    if !told.areas.is_empty() {
        writeln!(out, "{}", table(&told.areas, zone))?;
        more(out, told.areas.len(), "accounts and regions")?;
    }
    for daemon in &told.daemons {
        let state = match daemon {
            Condition { ended: true, .. } => "ended",
            Condition { leads: true, .. } => "leads, last heard of",
            _ => "last heard of",
        };
        writeln!(out, "daemon {}: {state} {}", visible(&daemon.name), time(daemon.written))?;
        for (name, source) in &daemon.sources {
            let or_never = |at: Option<Timestamp>| at.map_or_else(|| "never".to_owned(), time);
            let (whole, watermark) = (or_never(source.whole), or_never(source.watermark));
            writeln!(out, "  {}: last looked at whole {whole}, events are here up to {watermark}", visible(name))?;
        }
        for (name, channel) in &daemon.channels {
            let since = channel.oldest.map_or_else(String::new, |oldest| format!(" since {}", time(oldest)));
            writeln!(
                out,
                "  channel {}: {} wait{since}, {} were given up",
                visible(name),
                channel.waiting,
                channel.dead
            )?;
        }
    }
    if !told.organizations.is_empty() {
        writeln!(out, "organizations: {}", told.organizations.join(", "))?;
    }
    for silent in told.silent.iter().take(MOST_ROWS) {
        let name = silent.name.as_ref().map_or_else(String::new, |name| format!(" ({})", visible(name)));
        let last = silent.last.map_or_else(|| "ever".to_owned(), |last| format!("since {}", time(last)));
        writeln!(out, "silent: account {}{name} delivered nothing {last}", silent.account)?;
    }
    more(out, told.silent.len(), "silent accounts")?;
    for Expired { name, until, owner } in told.expired.iter().take(MOST_ROWS) {
        let owner = owner.as_ref().map_or_else(String::new, |owner| format!(" (ask {})", visible(owner)));
        writeln!(out, "exception: {} held until {until}, and suppresses nothing new{owner}", visible(name))?;
    }
    more(out, told.expired.len(), "expired exceptions")?;
    for fault in told.faults.iter().take(MOST_ROWS) {
        let count = fault.count.map_or_else(String::new, |count| format!(" {count} times"));
        let since = fault.since.map_or_else(String::new, |since| format!(" since {}", time(since)));
        let reason = fault.reason.as_ref().map_or_else(String::new, |reason| format!(": {}", visible(reason)));
        writeln!(out, "fault: {}: {}{count}{since}{reason}", fault.fault, visible(&fault.of))?;
    }
    more(out, told.faults.len(), "faults")?;
    writeln!(out, "{}", coverage_line(&told.totals, time))?;
    Ok(())
}

fn more(out: &mut impl Write, count: usize, of: &str) -> std::io::Result<()> {
    if count > MOST_ROWS { writeln!(out, "and {} more {of}", count - MOST_ROWS) } else { Ok(()) }
}

fn table(areas: &[Area], zone: &TimeZone) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_BORDERS_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header([
        "account",
        "region",
        "objects",
        "events",
        "newest event",
        "delivered after",
        "here after",
        "digests",
        "holes",
    ]);
    let lag = |seconds: Option<i64>| {
        seconds.map_or_else(|| "-".to_owned(), |seconds| format!("{:#}", SignedDuration::from_secs(seconds)))
    };
    for area in areas.iter().take(MOST_ROWS) {
        let newest = area.newest.map(Timestamp::as_microsecond);
        table.add_row([
            Cell::new(visible(&area.account)),
            Cell::new(visible(&area.region)),
            Cell::new(area.objects).set_alignment(CellAlignment::Right),
            Cell::new(area.events).set_alignment(CellAlignment::Right),
            Cell::new(shown(newest, zone)),
            Cell::new(lag(area.delivery_lag)),
            Cell::new(lag(area.ingest_lag)),
            Cell::new(digests(area.valid, area.invalid, area.unknown)),
            Cell::new(area.holes).set_alignment(CellAlignment::Right),
        ]);
    }
    table
}

/// Hours by the state of their digest.
fn digests(valid: i64, invalid: i64, unknown: i64) -> String {
    let parts = [(valid, "valid"), (invalid, "invalid"), (unknown, "unknown")];
    let shown: Vec<_> = parts.iter().filter(|part| part.0 > 0).map(|(count, word)| format!("{count} {word}")).collect();
    if shown.is_empty() { "none".to_owned() } else { shown.join(", ") }
}

fn coverage_line(totals: &Totals, time: impl Fn(Timestamp) -> String) -> String {
    let Totals { objects, read, partial, failed, events, rejects, first, last, valid, invalid, unknown, holes } =
        totals;
    let mut line = format!(
        "{objects} objects: {read} read, {partial} in part, {failed} failed; {events} events, {rejects} rejects"
    );
    if let Some((first, last)) = first.zip(*last) {
        line.push_str(&format!("; from {} to {}", time(first), time(last)));
    }
    line.push_str(&format!("; hours with digests: {}; {holes} hours of holes", digests(*valid, *invalid, *unknown)));
    line
}
