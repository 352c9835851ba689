//! The flat columns that records are written into, and the batch that is put together from them.
//!
//! Strings are views into two blocks: block 0 is the document's own text, so that nothing is copied, block 1 is the side
//! text of what had to be made (unescaped strings, derived values). Columns start out zeroed, so a field that a record
//! lacks costs nothing.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Int32Array, ListArray, RecordBatch, StringViewArray, StructArray, TimestampMicrosecondArray,
};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Fields};

use crate::fields::{Plan, Shape};
use crate::schema::schema;
use crate::spares::Spares;
use crate::walk::Text;

/// The block of text that was made rather than found.
pub(crate) const SIDE: u32 = 1;
const INLINE: usize = 12;
/// The text columns of an element of `resources`.
const RESOURCE_TEXTS: usize = 4;

/// One bit a row.
#[derive(Default)]
struct Bits {
    words: Vec<u64>,
    any: bool,
}

impl Bits {
    fn new(rows: usize) -> Self {
        Self { words: vec![0; rows.div_ceil(64)], any: false }
    }

    fn set(&mut self, row: usize) {
        self.words[row / 64] |= 1 << (row % 64);
        self.any = true;
    }

    fn clear(&mut self, row: usize) {
        self.words[row / 64] &= !(1 << (row % 64));
    }

    fn get(&self, row: usize) -> bool {
        self.words[row / 64] >> (row % 64) & 1 == 1
    }

    fn finish(self, rows: usize) -> BooleanBuffer {
        BooleanBuffer::new(Buffer::from_vec(self.words), 0, rows)
    }

    fn nulls(self, rows: usize) -> Option<NullBuffer> {
        Some(NullBuffer::new(self.finish(rows))).filter(|nulls| nulls.null_count() > 0)
    }
}

/// A column of text: where its views, which are Arrow's own, stand among those of all columns. A zero view is a missing
/// value, but for the rows whose text is empty.
#[derive(Default)]
struct Views {
    from: usize,
    room: usize,
    /// Rows that were written, or skipped and zeroed.
    rows: usize,
    empty: Vec<usize>,
}

/// The views of all columns in one block, column by column: one block is easily kept for the next batch.
struct Block {
    /// What stands behind the columns is of no meaning.
    views: Vec<u128>,
    used: usize,
}

impl Block {
    /// Takes nothing of the block until something is set: most columns of most batches stay empty.
    #[inline]
    fn set(&mut self, column: &mut Views, row: usize, view: u128, rows: usize) {
        if row != column.rows || row >= column.room {
            self.skip_to(column, row, rows);
        }
        self.views[column.from + row] = view;
        column.rows = column.rows.max(row + 1);
        if view == 0 {
            column.empty.push(row);
        }
    }

    /// Makes room for a row, and zeroes those before it that have nothing yet.
    #[inline(never)]
    fn skip_to(&mut self, column: &mut Views, row: usize, rows: usize) {
        if row >= column.room {
            let room = rows.max(row + 1);
            if self.views.len() < self.used + room {
                self.views.resize(self.used + room, 0);
            }
            self.views.copy_within(column.from..column.from + column.rows, self.used);
            (column.from, column.room) = (self.used, room);
            self.used += room;
        }
        if row > column.rows {
            self.views[column.from + column.rows..column.from + row].fill(0);
            column.rows = row;
        }
    }

    fn clear(&mut self, column: &mut Views, row: usize) {
        column.rows = column.rows.min(row);
        while column.empty.last().is_some_and(|&empty| empty >= row) {
            column.empty.pop();
        }
    }

    /// The row's view; none where there is no text, or an empty one.
    #[inline]
    fn get(&self, column: &Views, row: usize) -> Option<&u128> {
        if row < column.rows { Some(&self.views[column.from + row]).filter(|&&view| view != 0) } else { None }
    }

    /// Zeroes what is left of each column, up to the end of the batch.
    fn fill(&mut self, column: &mut Views, rows: usize) {
        if column.room > 0 && column.rows < rows {
            self.skip_to(column, rows - 1, rows);
            self.views[column.from + rows - 1] = 0;
            column.rows = rows;
        }
    }
}

/// The views of a finished batch, and the text that they point into.
struct Finished {
    views: ScalarBuffer<u128>,
    texts: Arc<[Buffer]>,
}

impl Finished {
    fn column(&self, column: Views, rows: usize) -> StringViewArray {
        if column.room == 0 {
            return StringViewArray::new_null(rows);
        }
        let Views { from, empty, .. } = column;
        let views = self.views.slice(from, rows);
        let mut valid: Vec<u64> = views
            .chunks(64)
            .map(|views| views.iter().enumerate().fold(0, |word, (bit, &view)| word | u64::from(view != 0) << bit))
            .collect();
        for row in empty {
            valid[row / 64] |= 1 << (row % 64);
        }
        let nulls = NullBuffer::new(BooleanBuffer::new(Buffer::from_vec(valid), 0, rows));
        let nulls = Some(nulls).filter(|nulls| nulls.null_count() > 0);
        // SAFETY: every view was made by `Columns` over one of the two blocks, within its bounds, and the decoder lets
        // only UTF-8 into either of them, cut at the ASCII quotes and brackets of JSON tokens.
        unsafe { StringViewArray::new_unchecked(views, self.texts.clone(), nulls) }
    }
}

/// The columns of one batch while it is being filled.
pub(crate) struct Columns {
    rows: usize,
    block: Block,
    texts: Vec<Views>,
    flags: Vec<(Bits, Bits)>,
    groups: Vec<Bits>,
    times: Vec<i64>,
    timed: Bits,
    numbers: Vec<i32>,
    resources: Vec<Views>,
    resource_rows: usize,
    resource_room: usize,
    offsets: Vec<i32>,
    listed: Bits,
    pub(crate) side: Vec<u8>,
}

impl Columns {
    pub(crate) fn new(plan: &Plan, rows: usize, spares: &mut Spares) -> Self {
        let rows = rows.max(1);
        // Room for every column: what is never written takes no memory.
        let views = spares.take(rows * (plan.texts + RESOURCE_TEXTS));
        Self {
            rows,
            block: Block { views, used: 0 },
            texts: (0..plan.texts).map(|_| Views::default()).collect(),
            flags: (0..plan.flags).map(|_| (Bits::new(rows), Bits::new(rows))).collect(),
            groups: (0..plan.groups).map(|_| Bits::new(rows)).collect(),
            times: vec![0; rows],
            timed: Bits::new(rows),
            numbers: Vec::with_capacity(rows),
            resources: (0..RESOURCE_TEXTS).map(|_| Views::default()).collect(),
            resource_rows: 0,
            resource_room: rows,
            offsets: vec![0],
            listed: Bits::new(rows),
            side: Vec::new(),
        }
    }

    /// Makes room for row `row`.
    pub(crate) fn reserve(&mut self, row: usize) {
        if row < self.rows {
            return;
        }
        self.rows = (self.rows * 2).max(row + 1);
        let words = self.rows.div_ceil(64);
        for (values, valid) in &mut self.flags {
            values.words.resize(words, 0);
            valid.words.resize(words, 0);
        }
        self.groups.iter_mut().chain([&mut self.timed, &mut self.listed]).for_each(|bits| bits.words.resize(words, 0));
        self.times.resize(self.rows, 0);
    }

    #[inline]
    pub(crate) fn set_text(&mut self, column: usize, row: usize, view: u128) {
        self.block.set(&mut self.texts[column], row, view, self.rows);
    }

    #[inline]
    pub(crate) fn set_flag(&mut self, column: usize, row: usize, value: bool) {
        let (values, valid) = &mut self.flags[column];
        if value {
            values.set(row);
        }
        valid.set(row);
    }

    pub(crate) fn set_group(&mut self, group: usize, row: usize) {
        self.groups[group].set(row);
    }

    pub(crate) fn set_time(&mut self, row: usize, micros: i64) {
        self.times[row] = micros;
        self.timed.set(row);
    }

    pub(crate) fn time(&self, row: usize) -> Option<i64> {
        self.timed.get(row).then(|| self.times[row])
    }

    pub(crate) fn set_listed(&mut self, row: usize) {
        self.listed.set(row);
    }

    /// Begins an element of `resources` and gives its number.
    pub(crate) fn add_resource(&mut self) -> usize {
        let item = self.resource_rows;
        self.resource_rows += 1;
        if item >= self.resource_room {
            self.resource_room *= 2;
        }
        item
    }

    pub(crate) fn set_resource(&mut self, column: usize, item: usize, view: u128) {
        self.block.set(&mut self.resources[column], item, view, self.resource_room);
    }

    /// The row is complete; `number` is its record's number in the object.
    pub(crate) fn end_row(&mut self, number: u32) {
        self.numbers.push(number.cast_signed());
        self.offsets.push(i32::try_from(self.resource_rows).unwrap_or(i32::MAX));
    }

    /// Takes back whatever was written to an unfinished row.
    pub(crate) fn undo(&mut self, row: usize, side: usize) {
        self.texts.iter_mut().for_each(|column| self.block.clear(column, row));
        for (values, valid) in &mut self.flags {
            values.clear(row);
            valid.clear(row);
        }
        self.groups.iter_mut().chain([&mut self.timed, &mut self.listed]).for_each(|bits| bits.clear(row));
        let kept = self.offsets.last().map_or(0, |&last| last.cast_unsigned() as usize);
        for item in kept..self.resource_rows {
            self.resources.iter_mut().for_each(|column| self.block.clear(column, item));
        }
        self.resource_rows = kept;
        self.side.truncate(side);
    }

    /// A view of text that stands in the document.
    #[inline]
    pub(crate) fn found(text: Text<'_>, from: usize, to: usize) -> u128 {
        let length = to - from;
        let word = u128::from_le_bytes(text.sixteen(from));
        if length <= INLINE {
            let kept = word & !(u128::MAX << (8 * length));
            kept << 32 | length as u128
        } else {
            (from as u128) << 96 | (word & 0xffff_ffff) << 32 | length as u128
        }
    }

    /// A view of text that is put into the side block.
    pub(crate) fn made(&mut self, text: &[u8]) -> u128 {
        if text.len() <= INLINE {
            return inline(text);
        }
        let from = self.side.len();
        self.side.extend_from_slice(text);
        self.side_view(from)
    }

    /// A view of the side block from `from` to its end.
    pub(crate) fn side_view(&mut self, from: usize) -> u128 {
        let text = &self.side[from..];
        if text.len() <= INLINE {
            let view = inline(text);
            self.side.truncate(from);
            return view;
        }
        let prefix = u32::from_le_bytes([text[0], text[1], text[2], text[3]]);
        (from as u128) << 96 | u128::from(SIDE) << 64 | u128::from(prefix) << 32 | text.len() as u128
    }

    pub(crate) fn has_group(&self, group: usize, row: usize) -> bool {
        self.groups[group].get(row)
    }

    /// Whether the row last written has empty text in a column, which its view does not tell from none.
    pub(crate) fn has_empty(&self, column: usize, row: usize) -> bool {
        self.texts[column].empty.last().is_some_and(|&empty| empty >= row)
    }

    /// Makes empty text of the row last written a missing value, and says whether there was such.
    pub(crate) fn drop_empty(&mut self, column: usize, row: usize) -> bool {
        let empty = &mut self.texts[column].empty;
        let found = empty.last() == Some(&row);
        if found {
            empty.pop();
        }
        found
    }

    pub(crate) fn view(&self, column: usize, row: usize) -> Option<u128> {
        self.block.get(&self.texts[column], row).copied()
    }

    /// The text of a column, which may stand in the document, in the side block or in the view itself.
    pub(crate) fn get<'a>(&'a self, text: Text<'a>, column: usize, row: usize) -> Option<&'a str> {
        let view = self.block.get(&self.texts[column], row)?;
        let length = (view & 0xffff_ffff) as usize;
        let bytes = if length <= INLINE {
            inlined(view, length)
        } else {
            let (from, block) = ((view >> 96) as usize, (view >> 64) as u32);
            if block == SIDE { &self.side[from..from + length] } else { text.slice(from, from + length) }
        };
        // SAFETY: as for `Views::finish`: only UTF-8 gets into either block or view, cut at token ends. A record
        // of a document that is not UTF-8 is checked before its row is begun.
        Some(unsafe { std::str::from_utf8_unchecked(bytes) })
    }

    /// Puts the batch together. `block` is the document's text, `ingested` the time of ingest in microseconds.
    pub(crate) fn finish(mut self, plan: &Plan, text: &Buffer, ingested: i64, spares: &mut Spares) -> RecordBatch {
        let rows = self.numbers.len();
        self.texts.iter_mut().for_each(|column| self.block.fill(column, rows));
        self.resources.iter_mut().for_each(|column| self.block.fill(column, self.resource_rows));
        let views = Buffer::from_vec(self.block.views);
        spares.lend(&views);
        let mut parts = Parts {
            rows,
            finished: Finished {
                views: ScalarBuffer::from(views),
                texts: Arc::from(vec![text.clone(), Buffer::from_vec(self.side)]),
            },
            texts: self.texts.into_iter().map(Some).collect(),
            flags: self.flags.into_iter().map(Some).collect(),
            groups: self.groups.into_iter().map(Some).collect(),
            times: Some((self.times, self.timed)),
            resources: Some((self.resources, self.resource_rows, self.offsets, self.listed)),
            numbers: Some(self.numbers),
            ingested,
        };
        let columns = plan.shapes.iter().map(|shape| parts.column(shape)).collect();
        RecordBatch::try_new(schema(), columns).expect("the columns were made from the schema")
    }
}

fn inline(text: &[u8]) -> u128 {
    let mut bytes = [0; 16];
    bytes[4..4 + text.len()].copy_from_slice(text);
    u128::from_le_bytes(bytes) | text.len() as u128
}

/// The text that a short view holds itself, behind its length (Arrow's views are little-endian words here).
fn inlined(view: &u128, length: usize) -> &[u8] {
    // SAFETY: a `u128` is 16 readable bytes without padding.
    let bytes = unsafe { &*std::ptr::from_ref(view).cast::<[u8; 16]>() };
    &bytes[4..4 + length]
}

/// The finished flat columns, each taken once as the schema is walked.
struct Parts {
    rows: usize,
    finished: Finished,
    texts: Vec<Option<Views>>,
    flags: Vec<Option<(Bits, Bits)>>,
    groups: Vec<Option<Bits>>,
    times: Option<(Vec<i64>, Bits)>,
    resources: Option<(Vec<Views>, usize, Vec<i32>, Bits)>,
    numbers: Option<Vec<i32>>,
    ingested: i64,
}

const ONCE: &str = "the schema names each column once";

impl Parts {
    fn column(&mut self, shape: &Shape) -> ArrayRef {
        let rows = self.rows;
        match shape {
            Shape::Text(column) => {
                let column = self.texts[*column].take().expect(ONCE);
                Arc::new(self.finished.column(column, rows))
            }
            Shape::Flag(column) => {
                let (values, valid) = self.flags[*column].take().expect(ONCE);
                Arc::new(BooleanArray::new(values.finish(rows), valid.nulls(rows)))
            }
            Shape::Time => {
                let (mut times, valid) = self.times.take().expect(ONCE);
                times.truncate(rows);
                Arc::new(TimestampMicrosecondArray::new(times.into(), valid.nulls(rows)).with_timezone("UTC"))
            }
            Shape::Group(group, fields, shapes) => {
                let columns = shapes.iter().map(|shape| self.column(shape)).collect();
                let valid = self.groups[*group].take().expect(ONCE);
                Arc::new(StructArray::new(fields.clone(), columns, valid.nulls(rows)))
            }
            Shape::Resources => {
                let (columns, items, offsets, listed) = self.resources.take().expect(ONCE);
                let schema = schema();
                let field = schema.field_with_name("resources").expect("the schema has resources");
                let DataType::List(item) = field.data_type() else { unreachable!("resources is a list") };
                let DataType::Struct(fields) = item.data_type() else { unreachable!("its items are structs") };
                let values = self.items(fields, columns, items);
                let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
                Arc::new(ListArray::new(item.clone(), offsets, Arc::new(values), listed.nulls(rows)))
            }
            Shape::Number => Arc::new(Int32Array::from(self.numbers.take().expect(ONCE))),
            Shape::Ingested => {
                Arc::new(TimestampMicrosecondArray::from_value(self.ingested, rows).with_timezone("UTC"))
            }
        }
    }

    fn items(&self, fields: &Fields, columns: Vec<Views>, items: usize) -> StructArray {
        if items == 0 {
            return StructArray::new_null(fields.clone(), 0);
        }
        let columns =
            columns.into_iter().map(|column| Arc::new(self.finished.column(column, items)) as ArrayRef).collect();
        StructArray::new(fields.clone(), columns, None)
    }
}
