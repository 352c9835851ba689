//! A section of a report: one query, its rows, and their forms.

use arrow::array::RecordBatch;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use trail_query::write::guard;
use trail_query::{Engine, Query};

use crate::ReportError;
use crate::cell::{Cell, kind, rows};
use crate::period::Period;

/// The head of a section's file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Head {
    pub(crate) title: String,
    /// Its place in the page.
    #[serde(default)]
    pub(crate) order: u32,
    #[serde(default)]
    pub(crate) note: String,
    /// What stands there instead of no rows.
    #[serde(default)]
    pub(crate) empty: String,
    /// Whether the page has it, too, and not the files alone.
    #[serde(default = "yes")]
    pub(crate) page: bool,
    /// Columns that only the files have.
    #[serde(default)]
    pub(crate) hide: Vec<String>,
}

fn yes() -> bool {
    true
}

#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: &'static str,
}

impl Column {
    /// `last_use` as `Last use`.
    pub(crate) fn label(&self) -> String {
        let words = self.name.replace('_', " ");
        let words = words.replace("mfa", "MFA").replace("iam ", "IAM ");
        let mut letters = words.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Section {
    /// The query's file name without its ending.
    pub(crate) id: String,
    pub(crate) head: Head,
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Vec<Cell>>,
}

impl Section {
    pub(crate) async fn run(engine: &Engine, query: &Query) -> Result<Self, ReportError> {
        let head = query.head().map_err(ReportError::query(&query.path))?;
        let batch = run(engine, query).await?;
        let columns = batch
            .schema()
            .fields()
            .iter()
            .map(|f| Column { name: f.name().clone(), kind: kind(f.data_type()) })
            .collect();
        let rows = rows(&batch).map_err(|error| ReportError::Write(error.to_string()))?;
        let id = query.id.rsplit('/').next().unwrap_or(&query.id).to_owned();
        Ok(Self { id, head, columns, rows })
    }

    /// The first row by column names.
    pub(crate) fn record(&self) -> Map<String, Value> {
        let numbers = |row: &Vec<Cell>| {
            let cells = self.columns.iter().zip(row);
            cells.map(|(column, cell)| (column.name.clone(), json!(cell.number()))).collect()
        };
        self.rows.first().map(numbers).unwrap_or_default()
    }

    pub(crate) fn csv(&self, period: &Period) -> Result<Vec<u8>, ReportError> {
        let failed = |error: csv::Error| ReportError::Write(error.to_string());
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(self.columns.iter().map(|column| &column.name)).map_err(failed)?;
        for row in &self.rows {
            let record = row.iter().map(|cell| match cell {
                Cell::Text(_) | Cell::List(_) => guard(&cell.plain(period)).into_owned(),
                _ => cell.plain(period),
            });
            writer.write_record(record).map_err(failed)?;
        }
        writer.into_inner().map_err(|error| ReportError::Write(error.to_string()))
    }

    pub(crate) fn json(&self, period: &Period) -> Value {
        let record = |row: &Vec<Cell>| {
            let cells = self.columns.iter().zip(row);
            cells.map(|(column, cell)| (column.name.clone(), cell.json(period))).collect::<Map<_, _>>()
        };
        json!({ "title": self.head.title, "note": self.head.note, "rows": self.rows.iter().map(record).collect::<Vec<_>>() })
    }
}

/// All rows of a query of the library.
pub(crate) async fn run(engine: &Engine, query: &Query) -> Result<RecordBatch, ReportError> {
    let answer = engine.sql(&query.sql).await.map_err(ReportError::query(&query.path))?;
    answer.one_batch().await.map_err(ReportError::query(&query.path))
}
