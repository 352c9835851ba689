//! What the decoder makes of objects, good and bad, built here byte by byte.

mod broken;
mod bytes;
mod hostile;
mod random;
mod records;
mod shapes;

use std::io::Write;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Int32Type, TimestampMicrosecondType};
use arrow::util::display::array_value_to_string;
use flate2::Compression;
use flate2::write::GzEncoder;
use trail_event::{Decoded, Decoder, Limits};

/// A whole record with this event id.
fn record(id: &str) -> String {
    format!(
        r#"{{"eventVersion":"1.08","userIdentity":{{"type":"IAMUser","principalId":"AIDAEXAMPLE","arn":"arn:aws:iam::111122223333:user/ann","accountId":"111122223333","accessKeyId":"AKIAIOSFODNN7EXAMPLE","userName":"ann"}},"eventTime":"2026-03-01T12:00:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"us-east-1","sourceIPAddress":"198.51.100.7","userAgent":"aws-cli/2.13.5","requestParameters":{{"bucketName":"logs","items":[{{"key":"a,b","size":1}},{{"key":"\"c\"","size":2}}]}},"responseElements":null,"requestID":"R-{id}","eventID":"{id}","readOnly":true,"resources":[{{"accountId":"111122223333","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::logs"}}],"eventType":"AwsApiCall","managementEvent":false,"recipientAccountId":"111122223333","eventCategory":"Data"}}"#
    )
}

/// `{"Records":[…]}` around these.
fn records(items: &[&str]) -> String {
    format!(r#"{{"Records":[{}]}}"#, items.join(","))
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).expect("a vector takes all");
    encoder.finish().expect("a vector takes all")
}

/// Decodes an object, and holds the outcome to what is true of every outcome.
#[track_caller]
fn decode(bytes: &[u8]) -> Decoded {
    let mut decoder = Decoder::new(Limits::default(), true);
    let decoded = decoder.decode("s3://logs/object", 7, bytes);
    let rows: usize = decoded.batches.iter().map(RecordBatch::num_rows).sum();
    assert_eq!(decoded.records, rows as u64, "records are rows");
    assert!(decoded.rejected >= decoded.rejects.len().min(trail_event::MAX_REJECTS) as u64);
    let mut numbers = Vec::new();
    for batch in &decoded.batches {
        batch.columns().iter().for_each(|column| column.to_data().validate_full().expect("whole Arrow data"));
        numbers.extend(batch.column_by_name("_record").expect("numbers").as_primitive::<Int32Type>().values().iter());
    }
    assert!(numbers.is_sorted(), "rows are in the order of the records: {numbers:?}");
    numbers.extend(decoded.rejects.iter().filter_map(|reject| reject.record).map(u32::cast_signed));
    numbers.sort_unstable();
    let count = numbers.len();
    numbers.dedup();
    assert_eq!(numbers.len(), count, "each record has a number of its own: {numbers:?}");
    for reject in &decoded.rejects {
        assert_eq!(reject.object, "s3://logs/object");
        assert!(!reject.reason.is_empty() && reject.sample.len() <= 3 * trail_event::SAMPLE_BYTES, "{reject:?}");
        assert!(reject.offset <= decoded.inflated_bytes, "{reject:?}");
    }
    decoded
}

/// The values of a column, by its dotted path, as text; null where it or what it stands in is null.
fn column(decoded: &Decoded, path: &str) -> Vec<Option<String>> {
    decoded.batches.iter().flat_map(|batch| values(batch, path)).collect()
}

fn values(batch: &RecordBatch, path: &str) -> Vec<Option<String>> {
    let mut names = path.split('.');
    let first = names.next().expect("a name");
    let mut array: ArrayRef = batch.column_by_name(first).unwrap_or_else(|| panic!("no column `{first}`")).clone();
    let mut valid: Vec<bool> = (0..array.len()).map(|row| array.is_valid(row)).collect();
    for name in names {
        let inner = array.as_struct().column_by_name(name).unwrap_or_else(|| panic!("no `{name}` in `{path}`")).clone();
        array = inner;
        valid.iter_mut().enumerate().for_each(|(row, valid)| *valid &= array.is_valid(row));
    }
    let text = |row: usize| match array.data_type() {
        DataType::Utf8View => array.as_string_view().value(row).to_owned(),
        // Arrow shows a zone by its name only with a table of zones; ours is always UTC.
        DataType::Timestamp(..) => {
            let time = array.as_primitive::<TimestampMicrosecondType>().clone().with_timezone_opt(None::<&str>);
            array_value_to_string(&time, row).expect("a time") + "Z"
        }
        _ => array_value_to_string(&array, row).expect("a value that can be shown"),
    };
    valid.iter().enumerate().map(|(row, &valid)| valid.then(|| text(row))).collect()
}

/// The only row's value of a column.
#[track_caller]
fn only(decoded: &Decoded, path: &str) -> Option<String> {
    let [value] = column(decoded, path).try_into().unwrap_or_else(|rows: Vec<_>| panic!("one row, not {}", rows.len()));
    value
}

/// The event ids of all rows.
fn ids(decoded: &Decoded) -> Vec<String> {
    column(decoded, "eventid").into_iter().map(Option::unwrap_or_default).collect()
}
