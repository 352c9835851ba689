//! What `verify` judges: the digests and log files of some sources, what was done to the trails, and CloudTrail's keys.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::TimestampMicrosecondType;
use futures::{StreamExt, TryStreamExt};
use jiff::Timestamp;
use trail_event::{Decoder, Limits};
use trail_integrity::{
    Content, DigestFile, DigestName, FileHash, Held, LogFiles, Metadata, PublicKey, PublicKeys, TrailAction, TrailEvent,
};
use trail_query::Engine;
use trail_source::{AwsConfig, ErrorKind, LogObject, MetadataReader, Reader, SourceConfig, signing_keys};

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
    aws: &AwsConfig,
    known: &HashMap<(String, String), FileHash>,
    progress: &Progress,
) -> anyhow::Result<Gathered> {
    let (mut digests, mut logs, mut events, mut unlisted) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let in_bucket = sources.iter().all(|source| matches!(source, SourceConfig::S3(_)));
    for source in sources {
        let metadata = match source {
            SourceConfig::S3(_) => MetadataReader::s3(aws).await?,
            _ => MetadataReader::folder(),
        };
        let metadata = Arc::new(metadata);
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
            look(reader.clone(), metadata.clone(), object, known)
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

async fn look(
    reader: Arc<dyn Reader>,
    metadata: Arc<MetadataReader>,
    object: LogObject,
    known: Option<FileHash>,
) -> anyhow::Result<Looked> {
    let is_digest = DigestName::parse(&object.uri).is_some() || object.uri.contains("/CloudTrail-Digest/");
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
        let pairs = metadata.read(&object.uri).await?;
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
    trail_events(&engine).await
}

/// What was done to trails, by the events of the engine's table `cloudtrail`.
pub(crate) async fn trail_events(engine: &Engine) -> anyhow::Result<Vec<TrailEvent>> {
    let mut rows = engine.sql(&format!("{ABOUT_TRAILS}('{}')", TRAIL_EVENTS.join("', '"))).await?;
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
    Ok((known, trail_events(&engine).await?))
}

/// CloudTrail's keys: from a file, or asked of CloudTrail (`ask`) for the regions and the time of these digests.
pub(crate) async fn keys(from: &str, aws: &AwsConfig, digests: &[DigestFile]) -> anyhow::Result<PublicKeys> {
    if from != "ask" {
        return PublicKeys::load(Path::new(from), None).map_err(usage);
    }
    let mut spans: BTreeMap<String, (Timestamp, Timestamp)> = BTreeMap::new();
    for file in digests {
        let Some(name) = DigestName::parse(&file.uri) else { continue };
        let span = spans.entry(name.chain.region).or_insert((name.end, name.end));
        *span = (span.0.min(name.end), span.1.max(name.end));
    }
    let mut keys = PublicKeys::default();
    for (region, (from, until)) in spans {
        let day = jiff::SignedDuration::from_hours(24);
        for key in signing_keys(aws, &region, from - day, until + day).await? {
            let trail_source::SigningKey { region, fingerprint, der, from, until } = key;
            keys.add(PublicKey { fingerprint, der, from, until, region: Some(region) });
        }
    }
    Ok(keys)
}
