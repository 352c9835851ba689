//! The rows that match rules select: a rule's columns and the standard ones, still as columns.
//!
//! Most hits of a busy rule only add to a group that is there already. They are looked at where they lie; a [`Row`] is made of
//! those that begin a group or change what it says.

use std::collections::BTreeSet;

use arrow::array::{ArrayRef, UInt32Array};
use datafusion::error::Result;

use crate::leaves::Frame;
use crate::predicate::Compiled;
use crate::row::Row;
use crate::value::{self, Cell};

/// Some rows that one match rule selected.
pub(crate) struct Hits {
    columns: Vec<(String, ArrayRef)>,
    count: usize,
    single: bool,
}

impl Hits {
    /// Computes the columns for the selected rows.
    pub(crate) fn new(
        standard: &[(String, Compiled)],
        columns: &[(String, Compiled)],
        frame: &Frame<'_>,
        rows: &UInt32Array,
    ) -> Result<Hits> {
        let evaluate = |(name, expr): &(String, Compiled)| Ok((name.clone(), expr.evaluate(frame, Some(rows))?));
        let columns: Vec<(String, ArrayRef)> =
            standard.iter().chain(columns).map(evaluate).collect::<Result<Vec<_>>>()?;
        let of_many = |name: &str| matches!(name, "first" | "last" | "count" | "event_ids");
        let names: BTreeSet<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        let single = names.len() == columns.len() && !names.into_iter().any(of_many);
        Ok(Hits { columns, count: rows.values().len(), single })
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// True if each row stands for one event at one time, and no column is there twice.
    pub(crate) fn single(&self) -> bool {
        self.single
    }

    /// One of them as a row of its own.
    pub(crate) fn row(&self, at: usize) -> Row {
        let mut row = Row { count: 1, ..Row::default() };
        self.columns.iter().for_each(|(name, array)| row.set(name, array, at));
        row
    }

    /// All of them as rows.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Row> + '_ {
        (0..self.count).map(|at| self.row(at))
    }

    /// The cell of a column; null where there is none of that name.
    pub(crate) fn cell(&self, name: &str, at: usize) -> Cell<'_> {
        self.column(name).map_or(Cell::Null, |array| Cell::of(array, at))
    }

    /// When the event was, in microseconds since 1970.
    pub(crate) fn time(&self, at: usize) -> Option<i64> {
        self.column("eventtime").and_then(|array| value::time(array, at))
    }

    fn column(&self, name: &str) -> Option<&ArrayRef> {
        self.columns.iter().find(|(column, _)| column == name).map(|(_, array)| array)
    }

    /// The columns that go into a finding's details, with their cells.
    pub(crate) fn details(&self, at: usize) -> impl Iterator<Item = (&str, Cell<'_>)> {
        let plain = self.columns.iter().filter(|(name, _)| !Row::has_place_for(name));
        plain.map(move |(name, array)| (name.as_str(), Cell::of(array, at)))
    }
}
