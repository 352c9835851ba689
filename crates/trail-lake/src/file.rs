//! Parquet files of the lake: rows to bytes and statistics, and back, reading only the leaves asked for.

use std::ops::Range;
use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use bytes::Bytes;
use deltalake_core::kernel::Add;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryFutureExt};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::arrow_writer::{ArrowWriter, ArrowWriterOptions};
use parquet::arrow::async_reader::{AsyncFileReader, ParquetRecordBatchStreamBuilder};
use parquet::basic::{LogicalType, TimeUnit, TimestampType};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use parquet::file::statistics::Statistics;
use serde_json::{Map, Value, json};

use crate::error::Error;
use crate::schema::Table;
use crate::table::{ActiveFile, partition_values};

/// A Parquet file in memory.
#[derive(Debug)]
pub(crate) struct Encoded {
    pub(crate) bytes: Vec<u8>,
    /// Delta's statistics.
    pub(crate) stats: String,
}

/// Rows of `table` as a Parquet file. The batches have the table's schema.
pub(crate) fn encode(table: Table, batches: &[RecordBatch]) -> Result<Encoded, Error> {
    encode_all(table, batches.iter().cloned().map(Ok))
}

/// The same for batches that are made one after the other.
pub(crate) fn encode_all(
    table: Table,
    batches: impl Iterator<Item = Result<RecordBatch, Error>>,
) -> Result<Encoded, Error> {
    // Views are written as plain strings; without Arrow's own schema in the footer every reader takes them for that.
    let options =
        ArrowWriterOptions::new().with_properties(table.properties().as_ref().clone()).with_skip_arrow_metadata(true);
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new_with_options(&mut bytes, table.schema(), options)?;
    for batch in batches {
        writer.write(&batch?)?;
    }
    let metadata = writer.close()?;
    let rows = metadata.file_metadata().num_rows().max(0) as u64;
    let stats = statistics(table, &metadata, rows).to_string();
    Ok(Encoded { bytes, stats })
}

/// Delta's statistics of a file, from those that its row groups have.
fn statistics(table: Table, metadata: &ParquetMetaData, rows: u64) -> Value {
    let (mut min, mut max, mut nulls) = (Map::new(), Map::new(), Map::new());
    let schema = metadata.file_metadata().schema_descr();
    for column in 0..schema.num_columns() {
        let name = schema.column(column).path().string();
        if !table.pruning_columns().contains(&name.as_str()) {
            continue;
        }
        let kind = schema.column(column).logical_type_ref().cloned();
        let groups: Option<Vec<&Statistics>> =
            metadata.row_groups().iter().map(|group| group.column(column).statistics()).collect();
        let Some(groups) = groups else { continue };
        if let Some(count) = groups.iter().map(|stats| stats.null_count_opt()).sum::<Option<u64>>() {
            put(&mut nulls, &name, json!(count));
        }
        // A row group of nulls alone has no bounds; one with values and without bounds would make the others' wrong.
        let bounded: Vec<_> = groups.into_iter().filter(|stats| stats.min_bytes_opt().is_some()).collect();
        let (low, high) = (bounded.iter().map(|s| bounds(s).0), bounded.iter().map(|s| bounds(s).1));
        if let Some(Some(value)) =
            low.reduce(|a, b| pick(a, b, false)).map(|bound| bound.and_then(|b| b.json(&kind, false)))
        {
            put(&mut min, &name, value);
        }
        if let Some(Some(value)) =
            high.reduce(|a, b| pick(a, b, true)).map(|bound| bound.and_then(|b| b.json(&kind, true)))
        {
            put(&mut max, &name, value);
        }
    }
    json!({ "numRecords": rows, "minValues": min, "maxValues": max, "nullCount": nulls })
}

/// A least or greatest value, as its column stores it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Bound {
    Number(i64),
    Text(Vec<u8>),
}

fn bounds(stats: &Statistics) -> (Option<Bound>, Option<Bound>) {
    match stats {
        Statistics::Int32(s) => {
            (s.min_opt().map(|v| Bound::Number(i64::from(*v))), s.max_opt().map(|v| Bound::Number(i64::from(*v))))
        }
        Statistics::Int64(s) => (s.min_opt().copied().map(Bound::Number), s.max_opt().copied().map(Bound::Number)),
        Statistics::ByteArray(s) => {
            (s.min_opt().map(|v| Bound::Text(v.data().to_vec())), s.max_opt().map(|v| Bound::Text(v.data().to_vec())))
        }
        _ => (None, None),
    }
}

fn pick(a: Option<Bound>, b: Option<Bound>, greater: bool) -> Option<Bound> {
    let (a, b) = (a?, b?);
    Some(if (a > b) == greater { a } else { b })
}

impl Bound {
    /// As Delta's statistics write it: times in milliseconds, rounded so that the bound still holds.
    fn json(self, kind: &Option<LogicalType>, upper: bool) -> Option<Value> {
        match (self, kind) {
            (Self::Text(bytes), _) => String::from_utf8(bytes).ok().map(Value::from),
            (Self::Number(day), Some(LogicalType::Date)) => Some(crate::day::text(i32::try_from(day).ok()?).into()),
            (Self::Number(time), Some(LogicalType::Timestamp(TimestampType { unit: TimeUnit::MICROS, .. }))) => {
                let rounded = if upper { time.checked_add(999)?.div_euclid(1000) } else { time.div_euclid(1000) };
                let stamp = jiff::Timestamp::from_millisecond(rounded).ok()?;
                Some(format!("{stamp:.3}").into())
            }
            (Self::Number(number), _) => Some(number.into()),
        }
    }
}

/// Sets `value` under a column's name, in objects nested as the columns are.
fn put(into: &mut Map<String, Value>, column: &str, value: Value) {
    match column.split_once('.') {
        None => {
            into.insert(column.to_owned(), value);
        }
        Some((parent, rest)) => {
            if let Value::Object(nested) = into.entry(parent).or_insert_with(|| Value::Object(Map::new())) {
                put(nested, rest, value);
            }
        }
    }
}

/// Stores a file of `table` under a new name; the action that would make it part of the table.
pub(crate) async fn store(
    store: &dyn ObjectStore,
    table: Table,
    day: Option<i32>,
    file: Encoded,
    data_change: bool,
) -> Result<Add, Error> {
    let name = format!("part-{}.parquet", uuid::Uuid::new_v4());
    let path = match (table.partitions().first(), day) {
        (None, _) => name,
        (Some(column), Some(day)) => format!("{column}={}/{name}", crate::day::text(day)),
        (Some(column), None) => format!("{column}=__HIVE_DEFAULT_PARTITION__/{name}"),
    };
    let size = file.bytes.len() as i64;
    store.put(&Path::parse(&path).map_err(object_store::Error::from)?, file.bytes.into()).await?;
    Ok(Add {
        path,
        partition_values: partition_values(table, day),
        size,
        modification_time: crate::outcome::now() / 1000,
        data_change,
        stats: Some(file.stats),
        ..Add::default()
    })
}

/// Reads `file`, or of it only the leaves named in `columns` (dots between names), and hands its batches to `each`.
pub(crate) async fn read(
    store: &Arc<dyn ObjectStore>,
    table: Table,
    file: &ActiveFile,
    columns: Option<&[&str]>,
    mut each: impl FnMut(RecordBatch) -> Result<(), Error>,
) -> Result<(), Error> {
    let path = Path::parse(&file.path).map_err(object_store::Error::from)?;
    let source = Stored { store: store.clone(), path, size: file.size };
    let options = ArrowReaderOptions::new().with_schema(table.schema());
    let damaged = |error: ParquetError| Error::Damaged {
        path: format!("{}/{}", table.name(), file.path),
        reason: error.to_string(),
    };
    let mut builder = ParquetRecordBatchStreamBuilder::new_with_options(source, options).await.map_err(damaged)?;
    if let Some(columns) = columns {
        let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
        builder = builder.with_projection(mask);
    }
    let mut batches = builder.with_batch_size(8192).build().map_err(damaged)?;
    while let Some(batch) = batches.next().await {
        each(batch.map_err(damaged)?)?;
    }
    Ok(())
}

/// A stored file that Parquet's reader takes ranges from.
struct Stored {
    store: Arc<dyn ObjectStore>,
    path: Path,
    size: u64,
}

fn external(error: object_store::Error) -> ParquetError {
    ParquetError::External(Box::new(error))
}

impl AsyncFileReader for Stored {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, ParquetResult<Bytes>> {
        self.store.get_range(&self.path, range).map_err(external).boxed()
    }

    fn get_byte_ranges(&mut self, ranges: Vec<Range<u64>>) -> BoxFuture<'_, ParquetResult<Vec<Bytes>>> {
        async move { self.store.get_ranges(&self.path, &ranges).await.map_err(external) }.boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        _options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, ParquetResult<Arc<ParquetMetaData>>> {
        let size = self.size;
        async move { Ok(Arc::new(ParquetMetaDataReader::new().load_and_finish(self, size).await?)) }.boxed()
    }
}

/// All rows of `files`, in batches of `table`'s schema.
pub(crate) async fn read_all(
    store: &Arc<dyn ObjectStore>,
    table: Table,
    files: &[Arc<ActiveFile>],
) -> Result<Vec<RecordBatch>, Error> {
    let mut batches = Vec::new();
    for file in files {
        let keep = |batch| {
            batches.push(batch);
            Ok(())
        };
        read(store, table, file, None, keep).await?;
    }
    Ok(batches)
}
