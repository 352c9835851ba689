//! Findings as rows of the lake's table `findings`, and back.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Int32Builder, Int64Array, ListBuilder, RecordBatch, StringViewArray, StringViewBuilder,
    TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field};
use arrow::error::ArrowError;
use serde_json::Value;
use trail_lake::Table;

use crate::finding::Finding;
use crate::rule::Kind;
use crate::value;

/// The findings as a batch for `trail_lake::Lake::append_findings`. `updated_us` is the time of writing in microseconds since
/// 1970, `version` that of `cloudtrail` up to which they were looked for.
///
/// # Errors
/// When Arrow refuses the columns, which would be a fault of ours.
pub fn findings_to_batch(findings: &[Finding], updated_us: i64, version: u64) -> Result<RecordBatch, ArrowError> {
    let text = |of: &dyn Fn(&Finding) -> Option<String>| -> ArrayRef {
        Arc::new(findings.iter().map(of).collect::<StringViewArray>())
    };
    let time = |of: &dyn Fn(&Finding) -> Option<i64>| -> ArrayRef {
        Arc::new(findings.iter().map(of).collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
    };
    let number =
        |of: &dyn Fn(&Finding) -> i64| -> ArrayRef { Arc::new(findings.iter().map(of).collect::<Int64Array>()) };
    let element = |kind| Field::new("element", kind, true);
    let mut topics = ListBuilder::new(Int32Builder::new()).with_field(element(DataType::Int32));
    let mut events = ListBuilder::new(StringViewBuilder::new()).with_field(element(DataType::Utf8View));
    for finding in findings {
        topics.append_value(finding.topics.iter().copied().map(Some));
        events.append_value(finding.event_ids.iter().map(Some));
    }
    let columns: Vec<ArrayRef> = vec![
        text(&|finding| Some(finding.id.clone())),
        text(&|finding| Some(finding.detection.clone())),
        Arc::new(topics.finish()),
        text(&|finding| Some(finding.severity.to_string())),
        text(&|finding| Some(finding.title.clone())),
        text(&|finding| finding.principal.clone()),
        text(&|finding| finding.account.clone()),
        text(&|finding| finding.region.clone()),
        time(&|finding| finding.first),
        time(&|finding| finding.last),
        number(&|finding| finding.count),
        Arc::new(events.finish()),
        text(&|finding| Some(Value::Object(finding.details.clone()).to_string())),
        text(&|finding| Some(finding.kind.as_str().to_owned())),
        time(&|_| Some(updated_us)),
        number(&|_| i64::try_from(version).unwrap_or(i64::MAX)),
    ];
    RecordBatch::try_new(Table::Findings.schema(), columns)
}

/// The findings in a batch with the columns of `findings`, in any order and with any kind of string. A row that is none (no
/// id, an unknown severity) is left out.
pub fn findings_from_batch(batch: &RecordBatch) -> Vec<Finding> {
    (0..batch.num_rows()).filter_map(|row| finding(batch, row)).collect()
}

fn finding(batch: &RecordBatch, row: usize) -> Option<Finding> {
    let text = |name: &str| value::text(batch.column_by_name(name)?, row);
    let time = |name: &str| value::time(batch.column_by_name(name)?, row);
    let list = |name: &str| match batch.column_by_name(name).map(|column| value::json(column, row)) {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    };
    let kind = text("kind")?;
    Some(Finding {
        id: text("id")?,
        detection: text("detection")?,
        topics: list("topics")
            .iter()
            .filter_map(|topic| topic.as_i64().and_then(|topic| i32::try_from(topic).ok()))
            .collect(),
        severity: text("severity")?.parse().ok()?,
        title: text("title").unwrap_or_default(),
        principal: text("principal"),
        account: text("account"),
        region: text("region"),
        first: time("first"),
        last: time("last"),
        count: value::integer(batch.column_by_name("count")?, row).unwrap_or(1),
        event_ids: list("event_ids").iter().filter_map(|id| id.as_str().map(str::to_owned)).collect(),
        details: text("details").and_then(|details| serde_json::from_str(&details).ok()).unwrap_or_default(),
        kind: [Kind::Match, Kind::Window, Kind::Baseline, Kind::Integrity]
            .into_iter()
            .find(|known| known.as_str() == kind)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::severity::Severity;

    #[test]
    fn there_and_back() {
        let finding = Finding {
            id: "ab".to_owned(),
            detection: "x".to_owned(),
            topics: vec![1, 2],
            severity: Severity::High,
            title: "t".to_owned(),
            principal: Some("p".to_owned()),
            account: None,
            region: Some("us-east-1".to_owned()),
            first: Some(1_700_000_000_000_000),
            last: None,
            count: 3,
            event_ids: vec!["e1".to_owned(), "e2".to_owned()],
            details: serde_json::from_str(r#"{"a":1,"b":["x"]}"#).unwrap(),
            kind: Kind::Window,
        };
        let bare =
            Finding { topics: Vec::new(), event_ids: Vec::new(), details: serde_json::Map::new(), ..finding.clone() };
        let findings = [finding, bare];
        let batch = findings_to_batch(&findings, 5, 7).unwrap();
        assert_eq!(findings_from_batch(&batch), findings);
    }
}
