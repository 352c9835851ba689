//! A table over Parquet files that somebody else lists: files are skipped by their bounds, the rest is DataFusion's own scan.
//!
//! It stays a plain Parquet scan, so that row groups, pages, nested leaves and dynamic filters are handled by the engine and
//! the plan can be shipped to another machine.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::{FieldRef, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::config::TableParquetOptions;
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, Result, ScalarValue, Statistics, project_schema};
use datafusion::datasource::TableType;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::object_store::ObjectStoreUrl;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, FileSource, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::metrics::MetricBuilder;
use object_store::ObjectStore;
use object_store::path::Path;
use url::Url;

use crate::pruning;
use crate::uses::Uses;

pub(crate) const DAY_US: i64 = 86_400_000_000;

/// What is known of one column in one file. Bounds may be wider than the values, never narrower.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bounds {
    /// No value is less.
    pub min: Option<ScalarValue>,
    /// No value is greater.
    pub max: Option<ScalarValue>,
    /// How many rows are null.
    pub nulls: Option<u64>,
}

/// One Parquet file of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct DataFile {
    /// Where it is in the object store.
    pub path: Path,
    /// Its size in bytes.
    pub size: u64,
    /// Its rows.
    pub rows: u64,
    /// The value of the partition column: days since 1970-01-01. Ignored where the table has none.
    pub day: Option<i32>,
    /// What is known of its columns, by name.
    pub bounds: BTreeMap<String, Bounds>,
}

/// A partition column that is the UTC day of a timestamp column.
#[derive(Debug, Clone, PartialEq)]
pub struct DayPartition {
    /// The partition column (`Date32`), which is in the paths and not in the files.
    pub column: FieldRef,
    /// The timestamp column of the files that it is taken from, so that a test of either skips files.
    pub of: Option<String>,
}

/// The files of one table at one moment.
#[derive(Debug, Clone)]
pub struct FileSet {
    /// Columns of the files, as queries see them.
    pub schema: SchemaRef,
    /// The partition column.
    pub partition: Option<DayPartition>,
    /// Scheme and host that `store` answers for.
    pub base: Url,
    /// Where the files are.
    pub store: Arc<dyn ObjectStore>,
    /// The files.
    pub files: Vec<DataFile>,
}

/// The table provider over a [`FileSet`].
#[derive(Debug)]
pub(crate) struct FilesTable {
    url: ObjectStoreUrl,
    schema: TableSchema,
    partition: Option<DayPartition>,
    files: Vec<DataFile>,
    uses: Option<Uses>,
}

impl FilesTable {
    pub(crate) fn try_new(set: FileSet) -> Result<Self> {
        let partition: Vec<FieldRef> = set.partition.iter().map(|partition| partition.column.clone()).collect();
        let url = ObjectStoreUrl::parse(&set.base[..url::Position::BeforePath])?;
        let schema = TableSchema::builder(set.schema).with_table_partition_cols(partition).build();
        let mut files = set.files;
        if let Some(DayPartition { of: Some(time), .. }) = &set.partition {
            for file in &mut files {
                bound_by_day(file, time);
            }
        }
        Ok(Self { url, schema, partition: set.partition, files, uses: None })
    }

    /// The same table, whose uses are counted in another.
    pub(crate) fn counted_in(self, uses: Option<Uses>) -> Self {
        Self { uses, ..self }
    }

    pub(crate) fn uses(&self) -> Option<&Uses> {
        self.uses.as_ref()
    }

    fn kept(&self, state: &dyn Session, filters: &[Expr]) -> Result<Vec<&DataFile>> {
        let Some(filter) = conjunction(filters.iter().cloned()) else { return Ok(self.files.iter().collect()) };
        let time = self.partition.as_ref().and_then(|partition| partition.of.as_deref());
        let keep =
            pruning::keep(state, filter, &self.schema(), time, &self.files, |file, column| self.bounds(file, column))?;
        Ok(self.files.iter().zip(keep).filter_map(|(file, keep)| keep.then_some(file)).collect())
    }

    fn partitioned(&self, file: &DataFile) -> PartitionedFile {
        let schema = self.schema();
        let columns = schema.fields().iter().map(|field| {
            let bounds = self.bounds(file, field.name());
            let bound = |value: Option<ScalarValue>| {
                let value = value.and_then(|value| value.cast_to(field.data_type()).ok());
                value.map_or(Precision::Absent, Precision::Exact)
            };
            let nulls = bounds.nulls.and_then(|nulls| usize::try_from(nulls).ok());
            ColumnStatistics {
                null_count: nulls.map_or(Precision::Absent, Precision::Exact),
                min_value: bound(bounds.min),
                max_value: bound(bounds.max),
                ..ColumnStatistics::new_unknown()
            }
        });
        let mut part = PartitionedFile::new("", file.size);
        // Set here: the constructor would encode a path that is encoded already.
        part.object_meta.location = file.path.clone();
        part.partition_values = self.partition.iter().map(|_| ScalarValue::Date32(file.day)).collect();
        // Set as a whole: the builder method would claim that a partition value is never null.
        part.statistics = Some(Arc::new(Statistics {
            num_rows: Precision::Exact(usize::try_from(file.rows).unwrap_or(usize::MAX)),
            total_byte_size: Precision::Inexact(usize::try_from(file.size).unwrap_or(usize::MAX)),
            column_statistics: columns.collect(),
        }));
        part
    }

    fn bounds(&self, file: &DataFile, column: &str) -> Bounds {
        match &self.partition {
            Some(partition) if partition.column.name() == column => {
                let day = file.day.map(|day| ScalarValue::Date32(Some(day)));
                let nulls = if file.day.is_none() { file.rows } else { 0 };
                Bounds { min: day.clone(), max: day, nulls: Some(nulls) }
            }
            _ => file.bounds.get(column).cloned().unwrap_or_default(),
        }
    }
}

/// Where a file says nothing of the column that its day is taken from, the day itself does.
fn bound_by_day(file: &mut DataFile, time: &str) {
    let bounds = file.bounds.entry(time.to_owned()).or_default();
    let at = |us| Some(ScalarValue::TimestampMicrosecond(Some(us), Some("UTC".into())));
    match file.day {
        Some(day) => {
            let start = i64::from(day) * DAY_US;
            bounds.min = bounds.min.take().or_else(|| at(start));
            bounds.max = bounds.max.take().or_else(|| at(start + DAY_US - 1));
            bounds.nulls = Some(0);
        }
        None => bounds.nulls = Some(file.rows),
    }
}

#[async_trait]
impl TableProvider for FilesTable {
    fn schema(&self) -> SchemaRef {
        self.schema.table_schema().clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let kept = self.kept(state, filters)?;
        tracing::debug!(files = self.files.len(), kept = kept.len(), "files to scan");
        if kept.is_empty() {
            // A scan of no files has no partitions, which aggregates do not accept.
            return Ok(Arc::new(EmptyExec::new(project_schema(&self.schema(), projection)?)));
        }
        let (files, rows) = (kept.len(), kept.iter().map(|file| file.rows).sum::<u64>());
        let mut statistics = Statistics::new_unknown(&self.schema());
        statistics.num_rows = Precision::Exact(usize::try_from(rows).unwrap_or(usize::MAX));
        let group = FileGroup::new(kept.into_iter().map(|file| self.partitioned(file)).collect());
        let options = TableParquetOptions {
            global: state.config().options().execution.parquet.clone(),
            ..TableParquetOptions::default()
        };
        let runtime = state.runtime_env();
        let footers = runtime.cache_manager.get_file_metadata_cache();
        let reader = CachedParquetFileReaderFactory::new(runtime.object_store(&self.url)?, footers);
        let source = ParquetSource::new(self.schema.clone())
            .with_table_parquet_options(options)
            .with_parquet_file_reader_factory(Arc::new(reader));
        // What EXPLAIN ANALYZE shows beside the row groups and pages that the scan itself leaves out.
        for (name, count) in [("files_listed", self.files.len()), ("files_pruned_by_bounds", self.files.len() - files)]
        {
            MetricBuilder::new(source.metrics()).global_counter(name).add(count);
        }
        let config = FileScanConfigBuilder::new(self.url.clone(), Arc::new(source))
            .with_file_groups(group.split_files(state.config().target_partitions()))
            .with_statistics(statistics)
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }
}

/// The bound of a timestamp column, from microseconds since 1970.
pub fn time_bound(us: i64) -> ScalarValue {
    ScalarValue::TimestampMicrosecond(Some(us), Some("UTC".into()))
}
