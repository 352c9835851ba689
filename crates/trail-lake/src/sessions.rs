//! The table `sessions`: which temporary key STS gave to whom, read from the events in which it did.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch, StringViewArray, StringViewBuilder, TimestampMicrosecondBuilder};
use arrow::datatypes::TimestampMicrosecondType;
use serde::Deserialize;

use crate::activity::column;
use crate::error::Error;
use crate::schema::Table;

/// The part of `responseElements` that tells the key.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Response<'a> {
    #[serde(borrow)]
    credentials: Option<Credentials<'a>>,
    #[serde(borrow)]
    assumed_role_user: Option<Identity<'a>>,
    #[serde(borrow)]
    federated_user: Option<Identity<'a>>,
    #[serde(borrow)]
    source_identity: Option<Cow<'a, str>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Credentials<'a> {
    #[serde(borrow)]
    access_key_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    expiration: Option<Cow<'a, str>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Identity<'a> {
    #[serde(borrow)]
    arn: Option<Cow<'a, str>>,
}

/// The part of `requestParameters` that tells the role.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Request<'a> {
    #[serde(borrow)]
    role_arn: Option<Cow<'a, str>>,
    #[serde(borrow)]
    role_session_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    source_identity: Option<Cow<'a, str>>,
    #[serde(borrow)]
    target_principal: Option<Cow<'a, str>>,
}

/// Collects sessions from batches of events.
#[derive(Default)]
pub(crate) struct Sessions {
    texts: [StringViewBuilder; 9],
    issued: TimestampMicrosecondBuilder,
    expires: TimestampMicrosecondBuilder,
    rows: usize,
}

/// Whether an STS action hands out a key.
fn issues(action: &str) -> bool {
    action.starts_with("AssumeRole") || matches!(action, "GetSessionToken" | "GetFederationToken" | "AssumeRoot")
}

/// CloudTrail writes `Aug 2, 2021 11:50:03 AM` here, and ISO 8601 since 2022.
fn expiry(text: &str) -> Option<i64> {
    let zoned = || text.parse::<jiff::Timestamp>().ok();
    let english = || jiff::civil::DateTime::strptime("%b %d, %Y, %I:%M:%S %p", text).ok();
    let older = || jiff::civil::DateTime::strptime("%b %d, %Y %I:%M:%S %p", text).ok();
    let utc = |time: jiff::civil::DateTime| time.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    zoned().or_else(|| english().or_else(older).and_then(utc)).map(jiff::Timestamp::as_microsecond)
}

impl Sessions {
    /// Takes the sessions that the events of `batch` issued.
    pub(crate) fn add_events(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        let sources = column(batch, "eventsource")?.as_string_view();
        let actions = column(batch, "eventname")?.as_string_view();
        let issuing: Vec<usize> = (0..batch.num_rows())
            .filter(|&row| at(sources, row) == Some("sts.amazonaws.com") && at(actions, row).is_some_and(issues))
            .collect();
        if issuing.is_empty() {
            return Ok(());
        }
        let times = column(batch, "eventtime")?.as_primitive::<TimestampMicrosecondType>();
        let text = |name| Ok::<_, Error>(column(batch, name)?.as_string_view());
        let (requests, responses) = (text("requestparameters")?, text("responseelements")?);
        let (principals, accounts, ids) = (text("principal")?, text("recipientaccountid")?, text("eventid")?);
        let identity = column(batch, "useridentity")?.as_struct();
        let keys = identity.column_by_name("accesskeyid").map(|keys| keys.as_string_view());
        for row in issuing {
            let response = parse::<Response<'_>>(at(responses, row));
            let Some(credentials) = response.credentials else { continue };
            let Some(issued) = credentials.access_key_id else { continue };
            let request = parse::<Request<'_>>(at(requests, row));
            let user = response.assumed_role_user.or(response.federated_user).and_then(|user| user.arn);
            let role = request.role_arn.or(request.target_principal).or_else(|| user.clone());
            let name = request
                .role_session_name
                .or_else(|| user.map(|arn| arn.rsplit('/').next().unwrap_or_default().to_owned().into()));
            let source = response.source_identity.or(request.source_identity);
            let caller_key = identity.is_valid(row).then(|| keys.and_then(|keys| at(keys, row))).flatten();
            let values = [
                Some(issued.as_ref()),
                caller_key,
                at(principals, row),
                role.as_deref(),
                name.as_deref(),
                source.as_deref(),
                at(accounts, row),
                at(ids, row),
                at(actions, row),
            ];
            self.texts.iter_mut().zip(values).for_each(|(texts, value)| texts.append_option(value));
            self.issued.append_option(times.is_valid(row).then(|| times.value(row)));
            self.expires.append_option(credentials.expiration.as_deref().and_then(expiry));
            self.rows += 1;
        }
        Ok(())
    }

    /// How many were found.
    pub(crate) fn len(&self) -> usize {
        self.rows
    }

    /// They as rows of `sessions`.
    pub(crate) fn finish(mut self) -> Result<RecordBatch, Error> {
        let mut columns: Vec<Arc<dyn Array>> =
            self.texts.iter_mut().map(|texts| Arc::new(texts.finish()) as Arc<dyn Array>).collect();
        columns.insert(1, Arc::new(self.issued.finish().with_timezone("UTC")));
        columns.insert(2, Arc::new(self.expires.finish().with_timezone("UTC")));
        Ok(RecordBatch::try_new(Table::Sessions.schema(), columns)?)
    }
}

fn at(column: &StringViewArray, row: usize) -> Option<&str> {
    column.is_valid(row).then(|| column.value(row))
}

/// What `text` says, or nothing where it is not what STS writes: a session that cannot be read is an event like any other.
fn parse<'a, T: Default + Deserialize<'a>>(text: Option<&'a str>) -> T {
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_forms_of_expiry() {
        let check = |text: &str, expected: &str| {
            let stamp = expiry(text).and_then(|time| jiff::Timestamp::from_microsecond(time).ok());
            assert_eq!(stamp.map(|stamp| stamp.to_string()).unwrap_or_default(), expected, "{text}");
        };
        check("2024-05-01T12:00:00Z", "2024-05-01T12:00:00Z");
        check("Aug 2, 2021 11:50:03 AM", "2021-08-02T11:50:03Z");
        check("Jul 5, 2022, 1:02:03 PM", "2022-07-05T13:02:03Z");
        check("tomorrow", "");
    }
}
