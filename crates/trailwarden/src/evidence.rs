//! What `verify` judges: digests and log files of some sources or of a lake, what was done to the trails, and CloudTrail's keys.

pub(crate) mod keys;
pub(crate) mod lake;

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::TimestampMicrosecondType;
use futures::{StreamExt, TryStreamExt};
use jiff::Timestamp;
use trail_event::{Decoder, Limits};
use trail_integrity::{Content, DigestFile, FileHash, Held, LogFiles, Metadata, TrailAction, TrailEvent, is_digest};
use trail_query::Engine;
use trail_source::{ErrorKind, LogObject, Reader, SourceConfig};

use crate::exit::usage;
use crate::progress::Progress;

/// Objects that are read at a time.
const READERS: usize = 16;
/// The most bytes of an object as stored.
const LARGEST: u64 = 256 << 20;
/// The events that start or stop a trail, and so explain gaps.
const TRAIL_EVENTS: [&str; 5] = ["StopLogging", "StartLogging", "DeleteTrail", "CreateTrail", "UpdateTrail"];
/// What is asked of logs about them.
const ABOUT_TRAILS: &str = "SELECT eventname, eventtime, recipientaccountid, principal, eventid, \
     json_text(requestparameters, 'name') AS trail, json_text(requestparameters, 'enableLogFileValidation') AS validation \
     FROM cloudtrail WHERE eventsource = 'cloudtrail.amazonaws.com' AND errorcode IS NULL \
     AND eventname IN ";

/// All of it, owned.
pub(crate) struct Gathered {
    pub held: Held,
    pub digests: Vec<DigestFile>,
    pub log_files: LogFiles,
    pub trail_events: Vec<TrailEvent>,
    /// Places that could not be listed, with the reason: what lies there is not judged.
    pub unlisted: Vec<String>,
}

/// One object that was looked at.
enum Looked {
    Digest(Box<DigestFile>),
    Log { object: LogObject, content: Content, events: Vec<RecordBatch> },
}

/// Lists the sources and reads what they have. Log files whose hash `known` tells (by address and version) are not read.
pub(crate) async fn gather(
    sources: &[SourceConfig],
    known: &HashMap<(String, String), FileHash>,
    progress: &Progress,
) -> anyhow::Result<Gathered> {
    let (mut digests, mut logs, mut events, mut unlisted) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let in_bucket = sources.iter().all(|source| matches!(source, SourceConfig::S3(_)));
    for source in sources {
        let mut source = source.build().await.map_err(usage)?;
        let mut objects = Vec::new();
        loop {
            match source.next().await {
                Ok(Some(object)) => objects.push(object),
                Ok(None) => break,
                Err(error) if error.kind() == ErrorKind::GiveUp => return Err(error.into()),
                Err(error) => unlisted.push(error.to_string()),
            }
        }
        let (reader, total) = (source.reader(), objects.len() as u64);
        let looks = objects.into_iter().map(|object| {
            let known = known.get(&(object.uri.clone(), object.version.clone())).copied();
            look(reader.clone(), object, known)
        });
        let mut looks = futures::stream::iter(looks).buffer_unordered(READERS);
        let mut done = 0;
        while let Some(looked) = looks.try_next().await? {
            match looked {
                Looked::Digest(digest) => digests.push(*digest),
                Looked::Log { object, content, events: batches } => {
                    logs.push((object, content));
                    events.extend(batches);
                }
            }
            done += 1;
            progress.set(done, total, digests.len() as u64);
        }
    }
    let held = held(in_bucket, &digests);
    let mut log_files = LogFiles::new(held);
    for (object, content) in logs {
        log_files.insert(&object.uri, content, object.modified.filter(|_| held == Held::InPlace));
    }
    let trail_events = trail_events_of(&events).await?;
    Ok(Gathered { held, digests, log_files, trail_events, unlisted })
}

/// In place is what lies in the bucket that its own digests name; all else is a copy.
fn held(in_bucket: bool, digests: &[DigestFile]) -> Held {
    let stated = digests.iter().find_map(|file| Some((file, file.digest.as_ref().ok()?)));
    match stated {
        Some((file, digest)) if in_bucket && !file.uri.starts_with(&format!("s3://{}/", digest.bucket)) => Held::Copied,
        _ if in_bucket => Held::InPlace,
        _ => Held::Copied,
    }
}

async fn look(reader: Arc<dyn Reader>, object: LogObject, known: Option<FileHash>) -> anyhow::Result<Looked> {
    let is_digest = is_digest(&object.uri);
    if let Some(hash) = known.filter(|_| !is_digest) {
        return Ok(Looked::Log { object, content: Content::Hash(hash), events: Vec::new() });
    }
    let body = match reader.read(&object, LARGEST).await {
        Ok(body) => body,
        Err(error) if error.kind() == ErrorKind::GiveUp => return Err(error.into()),
        Err(error) => {
            return Ok(Looked::Log { object, content: Content::Unread(error.to_string()), events: Vec::new() });
        }
    };
    if is_digest {
        let pairs = reader.metadata(&object).await?;
        let digest =
            tokio::task::spawn_blocking(move || DigestFile::read(object.uri, &body, Metadata::from_pairs(pairs)));
        return Ok(Looked::Digest(Box::new(digest.await?)));
    }
    Ok(tokio::task::spawn_blocking(move || read_log(object, &body)).await?)
}

fn read_log(object: LogObject, body: &[u8]) -> Looked {
    let limits = Limits::default();
    let content = match FileHash::of_stored(body, limits.max_inflated_bytes as u64) {
        Ok(hash) => Content::Hash(hash),
        Err(reason) => Content::Malformed(reason),
    };
    let decoded = Decoder::new(limits, false).decode(&object.uri, 0, body);
    // Most files tell nothing of trails, and what is kept keeps the whole text.
    let tells = |batch: &RecordBatch| {
        let names = batch.column_by_name("eventname").and_then(|column| column.as_string_view_opt());
        names.is_some_and(|names| names.iter().flatten().any(|name| TRAIL_EVENTS.contains(&name)))
    };
    let events = decoded.batches.into_iter().filter(tells).collect();
    Looked::Log { object, content, events }
}

/// What was done to trails, by these events.
async fn trail_events_of(batches: &[RecordBatch]) -> anyhow::Result<Vec<TrailEvent>> {
    let engine = Engine::new(trail_query::Config::default())?;
    engine.attach_batches("cloudtrail", trail_event::schema(), batches.to_vec())?;
    trail_events(&engine, None).await
}

/// What was done to trails from a time on, by the events of the engine's table `cloudtrail`.
pub(crate) async fn trail_events(engine: &Engine, from: Option<Timestamp>) -> anyhow::Result<Vec<TrailEvent>> {
    let since = from.map_or_else(String::new, |from| format!(" AND eventtime >= '{from}'"));
    let mut rows = engine.sql(&format!("{ABOUT_TRAILS}('{}'){since}", TRAIL_EVENTS.join("', '"))).await?;
    let mut found = Vec::new();
    while let Some(batch) = rows.next().await {
        let batch = batch?;
        let text = |name: &str, row: usize| {
            let column = batch.column_by_name(name)?.as_string_view_opt()?;
            column.is_valid(row).then(|| column.value(row).to_owned())
        };
        let times = batch.column_by_name("eventtime").map(|times| times.as_primitive::<TimestampMicrosecondType>());
        for row in 0..batch.num_rows() {
            let at = times.filter(|times| times.is_valid(row)).map(|times| times.value(row));
            let Some(at) = at.and_then(|at| Timestamp::from_microsecond(at).ok()) else { continue };
            let action = match (text("eventname", row).as_deref(), text("validation", row).as_deref()) {
                (Some("StopLogging"), _) => TrailAction::Stopped,
                (Some("DeleteTrail"), _) => TrailAction::Deleted,
                (Some("UpdateTrail"), Some("false")) => TrailAction::ValidationOff,
                (Some("UpdateTrail"), Some("true")) | (Some("StartLogging" | "CreateTrail"), _) => TrailAction::Started,
                _ => continue,
            };
            let (Some(trail), Some(account)) = (text("trail", row), text("recipientaccountid", row)) else { continue };
            let (principal, event_id) = (text("principal", row), text("eventid", row));
            found.push(TrailEvent { at, action, trail, account, principal, event_id });
        }
    }
    Ok(found)
}

/// The hashes that a lake has of its objects, by address and version, and its events about trails.
pub(crate) async fn of_lake(
    lake: &trail_lake::Lake,
) -> anyhow::Result<(HashMap<(String, String), FileHash>, Vec<TrailEvent>)> {
    let engine = Engine::new(trail_query::Config::default())?;
    engine.attach_lake(lake).await?;
    let mut rows = engine.sql("SELECT uri, version, sha256 FROM objects WHERE sha256 IS NOT NULL").await?;
    let mut known = HashMap::new();
    while let Some(batch) = rows.next().await {
        let batch = batch?;
        let [uris, versions, hashes] = [0, 1, 2].map(|column| batch.column(column).as_string_view());
        for row in 0..batch.num_rows() {
            if let Ok(hash) = hashes.value(row).parse() {
                known.insert((uris.value(row).to_owned(), versions.value(row).to_owned()), hash);
            }
        }
    }
    Ok((known, trail_events(&engine, None).await?))
}
