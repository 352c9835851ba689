//! The evidence that a lake has: the digests that it kept and the hashes that it took, an account and region at a time.
//!
//! Nothing is asked of the bucket, so what is proved is what the lake took in. All that could lie outside of the lake is left
//! out: digests that were written after the last whole look at the sources, and those that reach back before the first day.

use std::collections::HashMap;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::TimestampMicrosecondType;
use futures::StreamExt;
use jiff::{SignedDuration, Timestamp};
use trail_integrity::{Content, DigestError, DigestFile, Held, LogFiles, Metadata};
use trail_query::{Answer, Engine};

/// A digest names log files of the hour before its end, and of some minutes more.
const BEFORE: SignedDuration = SignedDuration::from_hours(3);

/// The time that is judged.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Span {
    /// Digests that ended before are not looked at.
    pub from: Option<Timestamp>,
    /// Digests that ended after are not looked at.
    pub to: Option<Timestamp>,
    /// The lake has all that was written before.
    pub seen: Option<Timestamp>,
}

impl Span {
    /// Until when digests can be expected.
    pub(crate) fn until(&self) -> Option<Timestamp> {
        self.to.into_iter().chain(self.seen).min()
    }
}

/// What a lake has of one account and region.
pub(crate) struct Area {
    pub held: Held,
    pub digests: Vec<DigestFile>,
    pub log_files: LogFiles,
    /// Digests that ended before were not looked for.
    pub from: Option<Timestamp>,
}

/// The accounts and regions that have digests, in order.
pub(crate) struct Areas {
    span: Span,
    digests: Rows,
    logs: Rows,
    /// The first day of which the lake has anything, by account and region.
    first: HashMap<Key, Timestamp>,
}

type Key = (String, String);

impl Areas {
    /// Begins. The engine has the lake and the view `deliveries`.
    pub(crate) async fn of(engine: &Engine, span: Span) -> anyhow::Result<Self> {
        let after = |column: &str, from: Option<Timestamp>| {
            from.map_or_else(String::new, |from| format!(" AND {column} >= '{from}'"))
        };
        let ended = span.until().map_or_else(String::new, |until| format!(" AND endtime <= '{until}'"));
        let written =
            span.seen.map_or_else(String::new, |seen| format!(" AND (modified IS NULL OR modified <= '{seen}')"));
        let digests = format!(
            "SELECT account, region, uri, metadata, body, fault, starttime FROM (SELECT *, row_number() OVER \
             (PARTITION BY uri ORDER BY ingested DESC) AS _nth FROM digests_history \
             WHERE account IS NOT NULL AND region IS NOT NULL{}{ended}{written}) WHERE _nth = 1 ORDER BY account, region, uri",
            after("endtime", span.from),
        );
        let logs = format!(
            "SELECT account, region, uri, sha256, state, modified FROM deliveries WHERE service = 'CloudTrail'{} \
             ORDER BY account, region",
            after("delivered", span.from.map(|from| from - BEFORE)),
        );
        Ok(Self {
            span,
            first: first_days(engine).await?,
            digests: Rows::of(engine, &digests).await?,
            logs: Rows::of(engine, &logs).await?,
        })
    }

    /// The next one.
    pub(crate) async fn next(&mut self) -> anyhow::Result<Option<Area>> {
        let Some(key) = self.digests.key().await? else { return Ok(None) };
        let first = self.first.get(&key).copied();
        let (mut digests, mut from) = (Vec::new(), self.span.from);
        while self.digests.key().await?.as_ref() == Some(&key) {
            let file = digest(&self.digests);
            // Its log files may be of the day before the first one, which nobody looked at.
            match file.digest.as_ref().ok().filter(|digest| first.is_some_and(|first| digest.start < first)) {
                Some(digest) => from = from.max(Some(digest.end + SignedDuration::from_secs(1))),
                None => digests.push(file),
            }
            self.digests.advance();
        }
        digests.retain(|file| {
            let end = file.digest.as_ref().ok().map(|digest| digest.end);
            end.is_none_or(|end| from.is_none_or(|from| end >= from))
        });
        let held = held(&digests);
        let mut log_files = LogFiles::new(held);
        while let Some(other) = self.logs.key().await? {
            if other > key {
                break;
            }
            if other == key
                && let Some(uri) = self.logs.text("uri")
            {
                let modified = self.logs.time("modified").filter(|_| held == Held::InPlace);
                log_files.insert(uri, content(&self.logs), modified);
            }
            self.logs.advance();
        }
        Ok(Some(Area { held, digests, log_files, from }))
    }
}

/// In place is what lies where its digests say that it was put; all else is a copy.
fn held(digests: &[DigestFile]) -> Held {
    let in_place = |file: &DigestFile| {
        file.digest.as_ref().is_ok_and(|digest| file.uri.starts_with(&format!("s3://{}/", digest.bucket)))
    };
    if digests.iter().any(in_place) { Held::InPlace } else { Held::Copied }
}

fn digest(rows: &Rows) -> DigestFile {
    let uri = rows.text("uri").unwrap_or_default();
    let pairs: HashMap<String, String> =
        rows.text("metadata").and_then(|metadata| serde_json::from_str(metadata).ok()).unwrap_or_default();
    let metadata = Metadata::from_pairs(pairs);
    match rows.text("body") {
        Some(body) => DigestFile::read(uri, body.as_bytes(), metadata),
        None => {
            let fault = rows.text("fault").unwrap_or("it could not be read").to_owned();
            DigestFile { uri: uri.to_owned(), hash: None, metadata, digest: Err(DigestError::Stored(fault)) }
        }
    }
}

fn content(rows: &Rows) -> Content {
    match (rows.text("state"), rows.text("sha256").map(str::parse)) {
        (_, Some(Ok(hash))) => Content::Hash(hash),
        (Some("failed"), _) => Content::Unread("the lake could not read it; its table `rejects` says why".to_owned()),
        (Some("partial"), _) => Content::Malformed("it could not be inflated".to_owned()),
        _ => Content::Unread("its hash was not taken: `ingest.hash` was off".to_owned()),
    }
}

async fn first_days(engine: &Engine) -> anyhow::Result<HashMap<Key, Timestamp>> {
    let sql = "SELECT account, region, date_trunc('day', min(delivered)) AS first FROM deliveries \
               WHERE account IS NOT NULL AND region IS NOT NULL GROUP BY account, region";
    let (mut rows, mut first) = (Rows::of(engine, sql).await?, HashMap::new());
    while let Some(key) = rows.key().await? {
        first.extend(rows.time("first").map(|day| (key, day)));
        rows.advance();
    }
    Ok(first)
}

/// The rows of an answer, one after the other.
pub(crate) struct Rows {
    answer: Answer,
    batch: RecordBatch,
    at: usize,
}

impl Rows {
    pub(crate) async fn of(engine: &Engine, sql: &str) -> anyhow::Result<Self> {
        let answer = engine.sql(sql).await?;
        let batch = RecordBatch::new_empty(answer.schema());
        Ok(Self { answer, batch, at: 0 })
    }

    /// Whether there is a row here; false at the end.
    pub(crate) async fn here(&mut self) -> anyhow::Result<bool> {
        while self.at >= self.batch.num_rows() {
            let Some(batch) = self.answer.next().await else { return Ok(false) };
            (self.batch, self.at) = (batch?, 0);
        }
        Ok(true)
    }

    async fn key(&mut self) -> anyhow::Result<Option<Key>> {
        let here = self.here().await?;
        let text = |name| self.text(name).unwrap_or_default().to_owned();
        Ok(here.then(|| (text("account"), text("region"))))
    }

    pub(crate) fn advance(&mut self) {
        self.at += 1;
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let column = self.batch.column_by_name(name)?;
        if column.is_null(self.at) {
            return None;
        }
        // What the engine computes is plain text, what it reads are views.
        let view = column.as_string_view_opt().map(|column| column.value(self.at));
        view.or_else(|| column.as_string_opt::<i32>().map(|column| column.value(self.at)))
    }

    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        let column = self.batch.column_by_name(name)?.as_primitive_opt::<arrow::datatypes::Int64Type>()?;
        column.is_valid(self.at).then(|| column.value(self.at))
    }

    pub(crate) fn time(&self, name: &str) -> Option<Timestamp> {
        let column = self.batch.column_by_name(name)?.as_primitive_opt::<TimestampMicrosecondType>()?;
        let us = column.is_valid(self.at).then(|| column.value(self.at))?;
        Timestamp::from_microsecond(us).ok()
    }
}
