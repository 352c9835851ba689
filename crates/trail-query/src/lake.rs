//! The lake's tables in SQL: what the lake lists becomes a set of files to scan.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, SchemaRef};
use datafusion::common::ScalarValue;
use serde_json::{Map, Value};
use trail_lake::{ActiveFile, DAY, Lake, Table};

use crate::files::{Bounds, DataFile, DayPartition, FileSet};
use crate::uses::Uses;
use crate::{Engine, QueryError};

/// Tables in which a row replaces an earlier one: what it is known by, and what tells the last.
const REPLACED: [(Table, &str, &str); 4] = [
    (Table::Objects, "uri", "committed"),
    (Table::Findings, "id", "updated_at"),
    (Table::Digests, "uri", "ingested"),
    (Table::Proofs, "uri", "checked"),
];

impl Engine {
    /// Makes the lake's tables, as the lake last saw them, tables of this engine; called again it takes their present files.
    ///
    /// `objects`, `findings`, `digests`, `proofs` and `iam_access_keys` show the rows that count; all of their rows are in
    /// `objects_history` and so on.
    ///
    /// # Errors
    /// When the lake lists a file that it cannot have.
    pub async fn attach_lake(&self, lake: &Lake) -> Result<(), QueryError> {
        let before = if self.config().activity { self.folded(lake).await? } else { None };
        for table in Table::ALL {
            let replaced = REPLACED.iter().find(|(other, _, _)| *other == table);
            let set = file_set(lake, table).await?;
            let name = table.name();
            let columns: Vec<_> = table.schema().fields().iter().map(|field| field.name().clone()).collect();
            let columns = columns.join(", ");
            match replaced {
                None if table == Table::IamAccessKeys => {
                    self.attach_files(&format!("{name}_history"), set)?;
                    let sql = format!(
                        "SELECT {columns} FROM (SELECT *, rank() OVER (PARTITION BY account ORDER BY taken DESC) AS _nth \
                         FROM {name}_history) WHERE _nth = 1 AND accesskeyid IS NOT NULL"
                    );
                    self.attach_view(name, &sql).await?;
                }
                None => self.attach_files(name, set)?,
                Some((_, key, order)) => {
                    self.attach_files(&format!("{name}_history"), set)?;
                    let sql = format!(
                        "SELECT {columns} FROM (SELECT *, row_number() OVER (PARTITION BY {key} ORDER BY {order} DESC) AS _nth \
                         FROM {name}_history) WHERE _nth = 1"
                    );
                    self.attach_view(name, &sql).await?;
                }
            }
        }
        if let Some(version) = before {
            self.count_uses(lake, version).await?;
        }
        Ok(())
    }

    /// The version of `cloudtrail` whose uses are all in `activity`, if that is its last.
    async fn folded(&self, lake: &Lake) -> Result<Option<u64>, QueryError> {
        let version = lake.version(Table::CloudTrail).await;
        let behind = lake.unfolded().await.map_err(|error| QueryError::Storage(error.to_string()))?;
        Ok(behind.iter().all(|behind| behind.table != Table::Activity).then_some(version))
    }

    /// Lets aggregates over `cloudtrail` be asked of `activity`, where its uses are those of the events.
    async fn count_uses(&self, lake: &Lake, version: u64) -> Result<(), QueryError> {
        let events = file_set(lake, Table::CloudTrail).await?;
        if lake.version(Table::CloudTrail).await != version {
            return Ok(());
        }
        let uses = file_set(lake, Table::Activity).await?;
        self.attach_files(Table::Activity.name(), uses.clone())?;
        let sums = self.sql("SELECT day, sum(count) FROM activity GROUP BY day").await?;
        let uses = Uses::compare(uses, sums, &events).await?;
        self.attach_counted(Table::CloudTrail.name(), events, Some(uses))
    }
}

async fn file_set(lake: &Lake, table: Table) -> Result<FileSet, QueryError> {
    let schema = table.schema();
    let files = lake.files(table, None).await.files;
    let files = files.iter().map(|file| {
        let path = lake.file_path(table, file).map_err(|error| QueryError::Storage(error.to_string()))?;
        Ok(DataFile { path, size: file.size, rows: file.rows, day: file.day, bounds: bounds(file, &schema) })
    });
    let files = files.collect::<Result<Vec<_>, QueryError>>()?;
    let by_day =
        || DayPartition { column: Arc::new(Field::new(DAY, DataType::Date32, true)), of: Some("eventtime".to_owned()) };
    let partition = (table == Table::CloudTrail).then(by_day);
    Ok(FileSet { schema, partition, base: lake.url().clone(), store: lake.object_store(), files })
}

/// Delta's statistics of the columns that are not nested, which are those that files are skipped by.
fn bounds(file: &ActiveFile, schema: &SchemaRef) -> BTreeMap<String, Bounds> {
    let stats = file.stats.as_deref().and_then(|stats| serde_json::from_str::<Map<String, Value>>(stats).ok());
    let stats = stats.unwrap_or_default();
    let of = |kind: &str, column: &str| stats.get(kind).and_then(|values| values.get(column)).cloned();
    let mut bounds = BTreeMap::new();
    for field in schema.fields() {
        let bound = |kind| of(kind, field.name()).and_then(|value| scalar(&value, field.data_type()));
        let nulls = of("nullCount", field.name()).and_then(|nulls| nulls.as_u64());
        let found = Bounds { min: bound("minValues"), max: bound("maxValues"), nulls };
        if found != Bounds::default() {
            bounds.insert(field.name().clone(), found);
        }
    }
    bounds
}

fn scalar(value: &Value, kind: &DataType) -> Option<ScalarValue> {
    let value = match value {
        Value::String(text) => ScalarValue::Utf8(Some(text.clone())),
        Value::Number(number) => ScalarValue::Int64(Some(number.as_i64()?)),
        _ => return None,
    };
    value.cast_to(kind).ok()
}
