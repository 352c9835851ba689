//! The periodic access report: who used what in a period, from where, and what changed about who may.
//!
//! The queries see a small world of their own, made in a scratch session: `activity` holds the period, `history` everything up to
//! its end, `cloudtrail` only the events that the report shows one by one. So they read the same over a lake and over raw logs.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray};
use jiff::Timestamp;
use trail_query::{Engine, Library, Query, QueryError, activity_sql};

use crate::cell::{Cell, rows};
use crate::page::Page;
use crate::period::Period;
use crate::section::Section;
use crate::{Coverage, Report, ReportError};

/// The report's folder in the library.
const FOLDER: &str = "reports/access";

/// What a report is about.
#[derive(Debug, Clone)]
pub struct Access {
    /// The time that it speaks of.
    pub period: Period,
    /// When it is made.
    pub now: Timestamp,
    /// Where the events come from.
    pub coverage: Coverage,
    /// What IAM itself says of access keys, where it may be asked.
    pub keys: Option<Vec<IamKey>>,
}

/// An access key by IAM's own word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IamKey {
    /// Its id, `AKIA...`.
    pub access_key: String,
    /// Whose it is.
    pub user_name: String,
    /// The account's number.
    pub account: String,
    /// `active` or `inactive`.
    pub status: String,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// When it was last used by IAM's word (GetAccessKeyLastUsed); none if never, or if that could not be asked.
    pub last_use: Option<Timestamp>,
}

/// Makes the access report.
///
/// # Errors
/// When a query fails, or the library's queries or page are wrong.
pub async fn access_report(engine: &Engine, library: &Library, access: &Access) -> Result<Report, ReportError> {
    access.period.check()?;
    let work = engine.scratch().await.map_err(ReportError::query("tables"))?;
    prepare(&work, library, access).await?;
    let mut sections = Vec::new();
    for query in direct(library, FOLDER) {
        sections.push(Section::run(&work, query).await?);
    }
    sections.sort_by_key(|section| section.head.order);
    let mut charts = Vec::new();
    for query in direct(library, "reports/access/charts") {
        charts.push(Section::run(&work, query).await?);
    }
    let counts = access.coverage.count(&work, &access.period).await?;
    let template_path = format!("{FOLDER}/page.html.j2");
    let template = library.text(&template_path).ok_or(ReportError::Missing { path: template_path })?;
    Page { access, counts, sections, charts }.render(template)
}

/// The queries of a folder, without those of the folders in it.
fn direct<'a>(library: &'a Library, folder: &'a str) -> impl Iterator<Item = &'a Arc<Query>> {
    let here =
        move |query: &&Arc<Query>| query.path.strip_prefix(folder).is_some_and(|rest| rest.matches('/').count() == 1);
    library.under(folder).filter(here)
}

fn step<'a>(library: &'a Library, name: &str) -> Result<&'a Arc<Query>, ReportError> {
    let path = format!("{FOLDER}/steps/{name}.sql");
    let found = library.under(FOLDER).find(|query| query.path == path);
    found.ok_or(ReportError::Missing { path })
}

/// Makes the tables that the report's queries read.
async fn prepare(work: &Engine, library: &Library, access: &Access) -> Result<(), ReportError> {
    let Period { from, until, .. } = access.period;
    if matches!(access.coverage, Coverage::Logs { .. }) {
        // Over raw logs `activity` is a view that reads all of them: once is enough.
        let sql = activity_sql(None, Some(until));
        work.materialize("activity", &sql).await.map_err(ReportError::query("activity"))?;
    }
    let history = uses(None, until);
    let activity = uses(Some(from), until);
    work.attach_view("history", &history).await.map_err(ReportError::query("history"))?;
    keep(work, access, "activity", &activity).await.map_err(ReportError::query("activity"))?;
    let keys = format!(
        "SELECT * FROM cloudtrail WHERE eventsource = 'iam.amazonaws.com' AND eventtime < '{until}' \
         AND eventname IN ('CreateAccessKey', 'UpdateAccessKey', 'DeleteAccessKey')"
    );
    keep(work, access, "key_events", &keys).await.map_err(ReportError::query("key_events"))?;
    let events = format!("SELECT * FROM cloudtrail WHERE eventtime >= '{from}' AND eventtime < '{until}'");
    work.attach_view("cloudtrail", &events).await.map_err(ReportError::query("cloudtrail"))?;
    for (name, table) in [("mfa", "mfa"), ("notable", "cloudtrail")] {
        let query = step(library, name)?;
        keep(work, access, table, &query.sql).await.map_err(ReportError::query(&query.path))?;
    }
    attach_period(work, access).await?;
    attach_keys(work, access.keys.as_deref().unwrap_or_default())?;
    if let Some((view, error)) =
        work.attach_views(library).await.into_iter().find(|(view, _)| NEEDED.contains(&view.as_str()))
    {
        return Err(ReportError::Query { query: view, source: error });
    }
    Ok(())
}

/// Makes a table that several queries read. Of a lake it is computed for each of them: the scans are cheap, and memory stays bounded
/// however many events there are. Raw logs would be decoded anew each time.
async fn keep(work: &Engine, access: &Access, table: &str, sql: &str) -> Result<(), QueryError> {
    match access.coverage {
        Coverage::Logs { .. } => work.materialize(table, sql).await,
        Coverage::Lake { .. } => work.attach_view(table, sql).await,
    }
}

/// Views that the report's queries read.
const NEEDED: [&str; 3] = ["console_logins", "root_use", "trust_changes"];

/// A SELECT of the uses in a period: whole UTC days from `activity`, what is left at the ends from the events themselves.
fn uses(from: Option<Timestamp>, until: Timestamp) -> String {
    let Some((first, last)) = Period::whole_days(from, until) else { return activity_sql(from, Some(until)) };
    let date = |day| Period::midnight(day).strftime("%Y-%m-%d").to_string();
    let mut days = format!("SELECT * FROM activity WHERE day < DATE '{}'", date(last));
    if from.is_some() {
        days += &format!(" AND day >= DATE '{}'", date(first));
    }
    let mut parts = vec![days];
    if let Some(from) = from.filter(|from| *from < Period::midnight(first)) {
        parts.push(activity_sql(Some(from), Some(Period::midnight(first))));
    }
    if Period::midnight(last) < until {
        parts.push(activity_sql(Some(Period::midnight(last)), Some(until)));
    }
    parts.join(" UNION ALL ")
}

/// The table `period`: one row of `since`, `until`, `now` and `logs_since`, the first event that the logs have.
async fn attach_period(work: &Engine, access: &Access) -> Result<(), ReportError> {
    let first = work.sql("SELECT min(first) AS first FROM history").await.map_err(ReportError::query("history"))?;
    let first = first.one_batch().await.map_err(ReportError::query("history"))?;
    let first = rows(&first).map_err(|error| ReportError::Write(error.to_string()))?;
    let since = match first.first().and_then(|row| row.first()) {
        Some(Cell::Time(time)) => *time,
        _ => access.period.from,
    };
    let columns = [
        ("since", times([Some(access.period.from)])),
        ("until", times([Some(access.period.until)])),
        ("now", times([Some(access.now)])),
        ("logs_since", times([Some(since)])),
    ];
    attach(work, "period", columns)
}

fn attach_keys(work: &Engine, keys: &[IamKey]) -> Result<(), ReportError> {
    let text = |of: fn(&IamKey) -> &str| Arc::new(StringArray::from_iter_values(keys.iter().map(of))) as ArrayRef;
    let columns = [
        ("access_key", text(|key| &key.access_key)),
        ("user_name", text(|key| &key.user_name)),
        ("account", text(|key| &key.account)),
        ("status", text(|key| &key.status)),
        ("created", times(keys.iter().map(|key| key.created))),
        ("last_use", times(keys.iter().map(|key| key.last_use))),
    ];
    attach(work, "iam_access_keys", columns)
}

fn times(times: impl IntoIterator<Item = Option<Timestamp>>) -> ArrayRef {
    let micros = times.into_iter().map(|time| time.map(Timestamp::as_microsecond));
    Arc::new(micros.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
}

fn attach<const N: usize>(work: &Engine, name: &str, columns: [(&str, ArrayRef); N]) -> Result<(), ReportError> {
    let columns = columns.map(|(column, values)| (column, values, true));
    let batch =
        RecordBatch::try_from_iter_with_nullable(columns).map_err(|error| ReportError::Write(error.to_string()))?;
    work.attach_batches(name, batch.schema(), vec![batch]).map_err(ReportError::query(name))
}
