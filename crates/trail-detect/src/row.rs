//! A row of a rule's result, before rows are grouped to findings.

use arrow::array::Array;
use serde_json::{Map, Value};

use crate::severity::Severity;
use crate::value::{self, Cell};

/// A row of a rule's result before grouping.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    pub(crate) severity: Option<Severity>,
    /// Overrides the rule's title; placeholders work here too.
    pub(crate) title: Option<String>,
    pub(crate) principal: Option<String>,
    pub(crate) account: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) first: Option<i64>,
    pub(crate) last: Option<i64>,
    pub(crate) count: i64,
    pub(crate) event_ids: Vec<String>,
    pub(crate) details: Map<String, Value>,
}

impl Row {
    /// Puts a cell of a result where it belongs by its column's name.
    pub(crate) fn set(&mut self, name: &str, array: &dyn Array, at: usize) {
        let text = || value::text(array, at);
        match name {
            "eventtime" => {
                self.first = value::time(array, at);
                self.last = self.first;
            }
            "first" => self.first = value::time(array, at),
            "last" => self.last = value::time(array, at),
            "count" => self.count = value::integer(array, at).unwrap_or(1),
            "eventid" => self.event_ids.extend(text()),
            "event_ids" => {
                if let Value::Array(ids) = value::json(array, at) {
                    self.event_ids = ids.into_iter().filter_map(|id| id.as_str().map(str::to_owned)).collect();
                    crate::group::keep(&mut self.event_ids);
                }
            }
            "principal" => self.principal = text().or_else(|| self.principal.take()),
            "account" => self.account = text().or_else(|| self.account.take()),
            "region" => self.region = text().or_else(|| self.region.take()),
            "title" => self.title = text().or_else(|| self.title.take()),
            "severity" => self.severity = text().and_then(|word| word.parse().ok()),
            _ => {
                if let Some(found) = Cell::of(array, at).into_value() {
                    self.details.insert(name.to_owned(), found);
                }
            }
        }
    }

    /// Whether a column of that name goes to a field of its own; all others are details.
    pub(crate) fn has_place_for(column: &str) -> bool {
        matches!(
            column,
            "eventtime"
                | "first"
                | "last"
                | "count"
                | "eventid"
                | "event_ids"
                | "principal"
                | "account"
                | "region"
                | "title"
                | "severity"
        )
    }

    /// When and where: of like rows the first by this stands for all of them.
    pub(crate) fn place(&self) -> impl Ord + '_ {
        (self.first, &self.region, &self.principal, &self.account, &self.title)
    }

    pub(crate) fn column(&self, name: &str) -> Option<Value> {
        let text = match name {
            "principal" => &self.principal,
            "account" => &self.account,
            "region" => &self.region,
            _ => return self.details.get(name).cloned(),
        };
        text.clone().map(Value::from)
    }
}
