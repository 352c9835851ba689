//! `array_agg` over text for detections: the different texts of each group, sorted, at most a thousand.
//!
//! Who reads a finding wants to know which addresses or calls it was, not each of them a million times; and a list that grows with
//! the logs would make a finding that nobody can deliver. DataFusion's own keeps every text, and one accumulator for each group.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, ListBuilder, StringViewBuilder};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::Result;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::format_state_name;
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, EmitTo, GroupsAccumulator, Signature, Volatility};
use datafusion::scalar::ScalarValue;

/// Of more different texts the first of these, in the order of the alphabet, stay.
const MOST: usize = 1000;

/// The aggregate that [`crate::rewrite`] puts in place of `array_agg` where it is over text.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Texts {
    signature: Signature,
}

impl Texts {
    pub(crate) fn new() -> Texts {
        Texts { signature: Signature::exact(vec![DataType::Utf8View], Volatility::Immutable) }
    }
}

impl AggregateUDFImpl for Texts {
    fn name(&self) -> &str {
        "texts"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(list())
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(format_state_name(args.name, "texts"), list(), true))])
    }

    fn accumulator(&self, _args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(One(Sets::default())))
    }

    fn groups_accumulator_supported(&self, _args: AccumulatorArgs<'_>) -> bool {
        true
    }

    fn create_groups_accumulator(&self, _args: AccumulatorArgs<'_>) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(Sets::default()))
    }
}

fn list() -> DataType {
    DataType::List(Arc::new(Field::new_list_field(DataType::Utf8View, true)))
}

/// Sorted texts without repeats, a list for each group.
#[derive(Debug, Default)]
struct Sets {
    groups: Vec<Vec<Box<str>>>,
    bytes: usize,
}

impl Sets {
    fn room_for(&mut self, groups: usize) {
        if self.groups.len() < groups {
            self.groups.resize_with(groups, Vec::new);
        }
    }

    fn add(&mut self, group: usize, text: &str) {
        let texts = &mut self.groups[group];
        if let Err(place) = texts.binary_search_by(|kept| kept.as_ref().cmp(text))
            && place < MOST
        {
            texts.insert(place, text.into());
            self.bytes += text.len() + size_of::<Box<str>>();
            if texts.len() > MOST {
                self.bytes -= texts.pop().map_or(0, |last| last.len() + size_of::<Box<str>>());
            }
        }
    }

    /// Adds whole lists, as [`Sets::lists`] made them.
    fn merge(&mut self, lists: &ArrayRef, group_of: impl Fn(usize) -> usize) {
        let lists = lists.as_list::<i32>();
        for row in (0..lists.len()).filter(|row| lists.is_valid(*row)) {
            let texts = lists.value(row);
            for text in texts.as_string_view().iter().flatten() {
                self.add(group_of(row), text);
            }
        }
    }

    fn lists(&mut self, emit: EmitTo) -> ArrayRef {
        let mut lists = ListBuilder::new(StringViewBuilder::new());
        for texts in emit.take_needed(&mut self.groups) {
            self.bytes -= texts.iter().map(|text| text.len() + size_of::<Box<str>>()).sum::<usize>();
            texts.iter().for_each(|text| lists.values().append_value(text));
            lists.append(!texts.is_empty());
        }
        Arc::new(lists.finish())
    }
}

impl GroupsAccumulator for Sets {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        self.room_for(total);
        let texts = values[0].as_string_view();
        for (row, group) in groups.iter().enumerate() {
            let counts = filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row));
            if counts && texts.is_valid(row) {
                self.add(*group, texts.value(row));
            }
        }
        Ok(())
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        Ok(self.lists(emit))
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(vec![self.lists(emit)])
    }

    fn merge_batch(&mut self, values: &[ArrayRef], groups: &[usize], total: usize) -> Result<()> {
        self.room_for(total);
        self.merge(&values[0], |row| groups[row]);
        Ok(())
    }

    fn convert_to_state(&self, values: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let mut each = Sets::default();
        let rows: Vec<usize> = (0..values[0].len()).collect();
        each.update_batch(values, &rows, filter, rows.len())?;
        each.state(EmitTo::All)
    }

    fn size(&self) -> usize {
        self.bytes + self.groups.capacity() * size_of::<Vec<Box<str>>>()
    }
}

/// Where there is nothing to group by.
#[derive(Debug)]
struct One(Sets);

impl Accumulator for One {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.0.update_batch(values, &vec![0; values[0].len()], None, 1)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.0.room_for(1);
        ScalarValue::try_from_array(&self.0.lists(EmitTo::All), 0)
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.0.size()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.evaluate()?])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.0.room_for(1);
        self.0.merge(&states[0], |_| 0);
        Ok(())
    }
}
