//! The rows of events that window and baseline rules wait for: compact, bounded in memory, the rest in a file.
//!
//! A batch of logs is big and mostly of no interest. What a rule needs of it (some rows, some fields) is copied out, so that
//! the batch itself can go. Beyond the memory limit the rows move to an Arrow file, from which the SQL reads them again.

use std::fs::File;
use std::io::BufReader;
use std::sync::Arc;

use arrow::array::{RecordBatch, UInt32Array};
use arrow::datatypes::SchemaRef;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use datafusion::catalog::TableProvider;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::error::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use tempfile::NamedTempFile;

use crate::error::DetectError;
use crate::leaves::{Frame, Narrow};

/// Rows are gathered to batches of about this many before they are kept.
const BATCH_ROWS: usize = 8192;

/// The rows that one rule has set aside.
pub(crate) struct Rows {
    narrow: Narrow,
    pending: Vec<RecordBatch>,
    pending_rows: usize,
    kept: Vec<RecordBatch>,
    bytes: usize,
    spilled: Option<Spill>,
    /// What other detectors have set aside for the same rules.
    others: Vec<Rows>,
}

struct Spill {
    file: NamedTempFile,
    /// None when all is written.
    writer: Option<StreamWriter<File>>,
}

impl Rows {
    pub(crate) fn new(narrow: Narrow) -> Rows {
        Rows {
            narrow,
            pending: Vec::new(),
            pending_rows: 0,
            kept: Vec::new(),
            bytes: 0,
            spilled: None,
            others: Vec::new(),
        }
    }

    /// Takes over what was set aside elsewhere.
    pub(crate) fn absorb(&mut self, other: Rows) {
        self.others.push(other);
    }

    /// Copies some rows of a frame.
    pub(crate) fn add(&mut self, frame: &Frame<'_>, rows: &UInt32Array) -> Result<(), DetectError> {
        let batch = self.narrow.take(frame, rows)?;
        self.pending_rows += batch.num_rows();
        self.pending.push(batch);
        if self.pending_rows >= BATCH_ROWS { self.settle() } else { Ok(()) }
    }

    /// Whether nothing was set aside.
    pub(crate) fn is_empty(&self) -> bool {
        let none = self.pending_rows == 0 && self.kept.is_empty() && self.spilled.is_none();
        none && self.others.iter().all(Rows::is_empty)
    }

    /// The memory that the rows take, but for those that were gathered last.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Puts the gathered rows together.
    fn settle(&mut self) -> Result<(), DetectError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let batch = arrow::compute::concat_batches(self.narrow.schema(), &self.pending)?;
        self.pending.clear();
        self.pending_rows = 0;
        self.bytes += batch.get_array_memory_size();
        self.kept.push(batch);
        Ok(())
    }

    /// Moves the rows from memory to the file.
    pub(crate) fn spill(&mut self) -> Result<(), DetectError> {
        let spill = match &mut self.spilled {
            Some(spill) => spill,
            None => {
                let failed = |source| DetectError::Io { path: std::env::temp_dir().display().to_string(), source };
                let file = NamedTempFile::new().map_err(failed)?;
                let writer = StreamWriter::try_new(file.reopen().map_err(failed)?, self.narrow.schema())?;
                self.spilled.insert(Spill { file, writer: Some(writer) })
            }
        };
        if let Some(writer) = &mut spill.writer {
            self.kept.iter().try_for_each(|batch| writer.write(batch))?;
            self.kept.clear();
            self.bytes = 0;
        }
        Ok(())
    }

    /// The rows as a table that can be scanned any number of times. Nothing is added after this.
    pub(crate) fn table(&mut self) -> Result<Arc<dyn TableProvider>, DetectError> {
        let mut parts: Vec<Arc<dyn PartitionStream>> = vec![Arc::new(self.part()?)];
        for other in &mut self.others {
            parts.push(Arc::new(other.part()?));
        }
        let table = StreamingTable::try_new(self.narrow.schema().clone(), parts);
        Ok(Arc::new(table.map_err(|error| DetectError::sql("rows of open windows", error))?))
    }

    fn part(&mut self) -> Result<Part, DetectError> {
        self.settle()?;
        let mut file = None;
        if let Some(spill) = &mut self.spilled {
            if let Some(mut writer) = spill.writer.take() {
                writer.finish()?;
            }
            file = Some(spill.file.path().to_owned());
        }
        Ok(Part { schema: self.narrow.schema().clone(), file, kept: self.kept.clone() })
    }
}

#[derive(Debug)]
struct Part {
    schema: SchemaRef,
    file: Option<std::path::PathBuf>,
    kept: Vec<RecordBatch>,
}

impl PartitionStream for Part {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let from_file = self.file.clone().map(|path| {
            File::open(path)
                .map_err(DataFusionError::from)
                .and_then(|file| StreamReader::try_new(BufReader::new(file), None).map_err(DataFusionError::from))
        });
        let spilled: Box<dyn Iterator<Item = _> + Send> = match from_file {
            None => Box::new(std::iter::empty()),
            Some(Err(error)) => Box::new(std::iter::once(Err(error))),
            Some(Ok(reader)) => Box::new(reader.map(|batch| batch.map_err(DataFusionError::from))),
        };
        let all = spilled.chain(self.kept.clone().into_iter().map(Ok));
        Box::pin(RecordBatchStreamAdapter::new(self.schema.clone(), futures::stream::iter(all)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use futures::TryStreamExt;

    use super::*;
    use crate::leaves::Leaves;

    fn some_rows() -> Rows {
        let schema = trail_event::schema();
        let keep = BTreeSet::from(["eventname".to_owned(), "useridentity.arn".to_owned(), "resources".to_owned()]);
        let narrow = Narrow::new(&schema, &keep);
        let leaves = Leaves::new(&schema);
        let mut rows = Rows::new(narrow);
        for object in 0..3 {
            let event = serde_json::json!({
                "eventName": format!("A name that is too long to be inline {object}"), "eventSource": "x".repeat(100_000),
                "userIdentity": {"arn": "arn:aws:iam::111122223333:user/alice"}, "resources": [{"ARN": "arn:aws:s3:::bucket"}],
            });
            let text = serde_json::json!({ "Records": vec![event; 40] }).to_string();
            let decoded =
                trail_event::Decoder::new(trail_event::Limits::default(), false).decode("x", 0, text.as_bytes());
            rows.add(&Frame::new(&leaves, &decoded.batches), &UInt32Array::from_iter_values(0..40)).unwrap();
            rows.settle().unwrap();
        }
        rows
    }

    #[tokio::test]
    async fn rows_are_small_and_come_back_from_memory_and_file() {
        for spills in [false, true] {
            let mut rows = some_rows();
            assert!(rows.bytes < 100_000, "{} bytes are kept of the few that are wanted", rows.bytes);
            if spills {
                rows.spill().unwrap();
                assert_eq!(rows.bytes, 0);
            }
            assert_eq!(rows.spilled.is_some(), spills);
            let context = datafusion::prelude::SessionContext::new();
            // Twice: several rules may read the same rows.
            for _ in 0..2 {
                let table = context.read_table(rows.table().unwrap()).unwrap();
                let batches: Vec<RecordBatch> = table.execute_stream().await.unwrap().try_collect().await.unwrap();
                assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 120);
            }
        }
    }
}
