//! Text arguments row by row, whichever string type they came in and whether they are columns or constants.

use arrow::array::{Array, ArrayRef, AsArray, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, Signature, Volatility};

enum Text {
    Constant(Option<String>),
    Column(StringViewArray),
}

/// The arguments of a call, all of them text.
pub(crate) struct Rows {
    texts: Vec<Text>,
    len: usize,
}

/// The signature of a function of `count` texts that depends on nothing else.
pub(crate) fn text_signature(count: usize) -> Signature {
    Signature::string(count, Volatility::Immutable)
}

impl Rows {
    pub(crate) fn new(args: &ScalarFunctionArgs) -> Result<Self> {
        let texts = args.args.iter().map(|arg| match arg {
            ColumnarValue::Scalar(value) => Ok(Text::Constant(value.try_as_str().flatten().map(str::to_owned))),
            ColumnarValue::Array(array) => Ok(Text::Column(cast(array, &DataType::Utf8View)?.as_string_view().clone())),
        });
        let texts = texts.collect::<Result<Vec<_>>>()?;
        let constant = texts.iter().all(|text| matches!(text, Text::Constant(_)));
        Ok(Self { texts, len: if constant { 1 } else { args.number_rows } })
    }

    /// The text of an argument in a row; NULL is `None`.
    pub(crate) fn get(&self, argument: usize, row: usize) -> Option<&str> {
        match &self.texts[argument] {
            Text::Constant(text) => text.as_deref(),
            Text::Column(column) => column.is_valid(row).then(|| column.value(row)),
        }
    }

    /// The text of an argument that is the same in all rows; `None` if it is a column.
    pub(crate) fn constant(&self, argument: usize) -> Option<Option<&str>> {
        match &self.texts[argument] {
            Text::Constant(text) => Some(text.as_deref()),
            Text::Column(_) => None,
        }
    }

    /// Row numbers of the result.
    pub(crate) fn indices(&self) -> std::ops::Range<usize> {
        0..self.len
    }

    /// The result in the form that the engine expects: constant arguments give a constant.
    pub(crate) fn result(&self, array: &ArrayRef) -> Result<ColumnarValue> {
        let constant = self.texts.iter().all(|text| matches!(text, Text::Constant(_)));
        Ok(if constant {
            ColumnarValue::Scalar(ScalarValue::try_from_array(array, 0)?)
        } else {
            ColumnarValue::Array(array.clone())
        })
    }
}
