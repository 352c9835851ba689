//! What aggregated records call by other names: `accountId` for the recipient, and a time window for the event's time.
//!
//! They sum five minutes of data events, and have no envelope of their own otherwise. What is read here stays in `_extra`
//! too, as delivered.

use std::borrow::Cow;

use serde::Deserialize;

use crate::columns::Columns;
use crate::fields::Plan;
use crate::time;

#[derive(Deserialize)]
struct Aggregated<'a> {
    #[serde(rename = "accountId", alias = "accountid", borrow, default)]
    account: Option<Cow<'a, str>>,
    #[serde(rename = "timeWindow", alias = "timewindow", borrow, default)]
    window: Option<Window<'a>>,
}

#[derive(Deserialize)]
struct Window<'a> {
    #[serde(rename = "windowStart", alias = "windowstart", borrow, default)]
    start: Option<Cow<'a, str>>,
}

/// Fills the recipient account and the event's time where a record has none, from the members that have no column.
pub(crate) fn fill(extra: &[u8], plan: &Plan, columns: &mut Columns, row: usize) {
    if extra.is_empty() {
        return;
    }
    let recipient = plan.text("recipientaccountid");
    let (no_recipient, no_time) = (columns.view(recipient, row).is_none(), columns.time(row).is_none());
    if !(no_recipient || no_time) {
        return;
    }
    let object = [b"{", &extra[1..], b"}"].concat();
    let Ok(found) = serde_json::from_slice::<Aggregated<'_>>(&object) else { return };
    if let Some(account) = found.account.filter(|_| no_recipient) {
        let view = columns.made(account.as_bytes());
        columns.set_text(recipient, row, view);
    }
    if let Some(start) = found.window.and_then(|window| window.start).filter(|_| no_time)
        && let Some(micros) = time::parse(start.as_bytes())
    {
        columns.set_time(row, micros);
    }
}
