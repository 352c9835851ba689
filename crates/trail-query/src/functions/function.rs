//! A scalar function in few words: what it takes, what it gives, and what it does with arrays. Trino has dozens of small ones.

use std::hash::{Hash, Hasher};

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, Int64Type, TimeUnit};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

/// JSON of Trino's type of that name: its text, told from plain text by its Arrow type, which nothing else here has.
pub(crate) const JSON: DataType = DataType::LargeUtf8;

/// An address of Trino's type `IPADDRESS`: 16 bytes, IPv4 mapped into IPv6, so that order and equality are those of bytes.
pub(crate) const ADDRESS: DataType = DataType::FixedSizeBinary(16);

/// A moment with millisecond precision, Trino's `timestamp(3) with time zone`.
pub(crate) fn moment() -> DataType {
    DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()))
}

/// A date and time of day without a zone, Trino's `timestamp`.
pub(crate) fn civil() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, None)
}

pub(crate) fn list_of(item: DataType) -> DataType {
    DataType::new_list(item, true)
}

pub(crate) fn map_of(key: DataType, value: DataType) -> DataType {
    let entries = DataType::Struct(vec![Field::new("key", key, false), Field::new("value", value, true)].into());
    DataType::Map(Field::new("entries", entries, false).into(), false)
}

/// What an argument must be, and as what it reaches the function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// Anything that has a plain text.
    Text,
    Whole,
    Number,
    /// A date or a timestamp; text of ISO 8601 is taken as one.
    Time,
    /// Whatever it is.
    Any,
    /// A list; text is taken as a JSON array of JSON.
    List,
}

impl Kind {
    fn coerce(self, found: &DataType) -> Option<DataType> {
        let text = matches!(found, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null);
        match self {
            Self::Any if *found == DataType::Null => Some(DataType::Utf8View),
            Self::Any => Some(found.clone()),
            // Text stays as it is until the call: a cast would hide a constant from the function that asks for its type.
            Self::Text if text && *found != DataType::Null => Some(found.clone()),
            Self::Text => {
                let plain = *found == DataType::Null
                    || found.is_numeric()
                    || matches!(
                        found,
                        DataType::Boolean | DataType::Timestamp(..) | DataType::Date32 | DataType::Binary
                    );
                plain.then_some(DataType::Utf8View)
            }
            Self::Whole => (text || found.is_numeric()).then_some(DataType::Int64),
            Self::Number => (text || found.is_numeric()).then_some(DataType::Float64),
            Self::Time => match found {
                DataType::Timestamp(_, zone) => Some(DataType::Timestamp(TimeUnit::Microsecond, zone.clone())),
                DataType::Date32 => Some(DataType::Date32),
                _ => text.then(|| DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))),
            },
            Self::List => match found {
                DataType::List(item) => Some(DataType::List(item.clone())),
                DataType::LargeList(item) | DataType::FixedSizeList(item, _) | DataType::ListView(item) => {
                    Some(DataType::List(item.clone()))
                }
                DataType::Null => Some(list_of(DataType::Null)),
                _ => None,
            },
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Whole => "a whole number",
            Self::Number => "a number",
            Self::Time => "a date or timestamp",
            Self::Any => "anything",
            Self::List => "an array",
        }
    }
}

/// The types and constants that a call's type depends on.
pub(crate) struct Types<'a> {
    pub(crate) of: Vec<&'a DataType>,
    pub(crate) constants: &'a [Option<&'a ScalarValue>],
}

impl Types<'_> {
    /// The text of an argument that is a constant.
    pub(crate) fn text(&self, argument: usize) -> Option<&str> {
        self.constants.get(argument).copied().flatten()?.try_as_str().flatten()
    }

    /// The type of a list's items.
    pub(crate) fn item(&self, argument: usize) -> Result<DataType> {
        match self.of[argument] {
            DataType::List(item) => Ok(item.data_type().clone()),
            other => plan_err!("expected an array, found {other}"),
        }
    }
}

/// A call on a batch: all arguments as arrays.
pub(crate) struct Call {
    pub(crate) args: Vec<ArrayRef>,
    pub(crate) rows: usize,
    /// The type that [`Function::gives`] promised.
    pub(crate) gives: DataType,
}

impl Call {
    pub(crate) fn len(&self) -> usize {
        self.args.len()
    }

    pub(crate) fn texts(&self, argument: usize) -> &StringViewArray {
        self.args[argument].as_string_view()
    }

    pub(crate) fn wholes(&self, argument: usize) -> &Int64Array {
        self.args[argument].as_primitive::<Int64Type>()
    }

    /// The text of an argument in a row.
    pub(crate) fn text(&self, argument: usize, row: usize) -> Option<&str> {
        let texts = self.texts(argument);
        texts.is_valid(row).then(|| texts.value(row))
    }

    /// The whole number of an argument in a row.
    pub(crate) fn whole(&self, argument: usize, row: usize) -> Option<i64> {
        let wholes = self.wholes(argument);
        wholes.is_valid(row).then(|| wholes.value(row))
    }
}

/// One function.
#[derive(Debug)]
pub(crate) struct Function {
    name: &'static str,
    takes: &'static [Kind],
    /// How many of the arguments must be there.
    least: usize,
    /// The last kind may repeat.
    more: bool,
    gives: fn(&Types<'_>) -> Result<DataType>,
    run: fn(&Call) -> Result<ArrayRef>,
    signature: Signature,
}

impl Function {
    pub(crate) fn new(
        name: &'static str,
        takes: &'static [Kind],
        gives: fn(&Types<'_>) -> Result<DataType>,
        run: fn(&Call) -> Result<ArrayRef>,
    ) -> Self {
        let signature = Signature::user_defined(Volatility::Immutable);
        Self { name, takes, least: takes.len(), more: false, gives, run, signature }
    }

    /// Arguments after these may be left out.
    pub(crate) fn at_least(mut self, count: usize) -> Self {
        self.least = count;
        self
    }

    /// The last argument may repeat.
    pub(crate) fn and_more(mut self) -> Self {
        self.more = true;
        self
    }
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Function {}

impl Hash for Function {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for Function {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, found: &[DataType]) -> Result<Vec<DataType>> {
        let most = self.takes.len();
        if found.len() < self.least || (found.len() > most && !self.more) {
            let wanted = match (self.least == most, self.more) {
                (_, true) => format!("{} or more", self.least),
                (true, false) => most.to_string(),
                (false, false) => format!("{} to {most}", self.least),
            };
            return plan_err!("`{}` takes {wanted} arguments, found {}", self.name, found.len());
        }
        let kinds = self.takes.iter().chain(std::iter::repeat(self.takes.last().unwrap_or(&Kind::Any)));
        let coerced = found.iter().zip(kinds).enumerate().map(|(at, (found, kind))| match kind.coerce(found) {
            Some(kind) => Ok(kind),
            None => plan_err!("argument {} of `{}` must be {}, found {found}", at + 1, self.name, kind.name()),
        });
        coerced.collect()
    }

    fn return_type(&self, found: &[DataType]) -> Result<DataType> {
        let constants = vec![None; found.len()];
        (self.gives)(&Types { of: found.iter().collect(), constants: &constants })
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let of = args.arg_fields.iter().map(|field| field.data_type()).collect();
        let kind = (self.gives)(&Types { of, constants: args.scalar_arguments })?;
        Ok(Field::new(self.name, kind, true).into())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let constant = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let rows = if constant { 1 } else { args.number_rows };
        let gives = args.return_field.data_type().clone();
        let arrays = args.args.iter().enumerate().map(|(at, arg)| {
            let array = arg.to_array(rows)?;
            let kind = self.takes.get(at).or(self.takes.last()).unwrap_or(&Kind::Any);
            let view = *kind == Kind::Text && *array.data_type() != DataType::Utf8View;
            let view = view || *array.data_type() == DataType::Utf8;
            Ok(if view { cast(&array, &DataType::Utf8View)? } else { array })
        });
        let arrays = arrays.collect::<Result<Vec<_>>>()?;
        let found = (self.run)(&Call { args: arrays, rows, gives: gives.clone() })?;
        let found = if found.data_type() == &gives { found } else { cast(&found, &gives)? };
        Ok(if constant {
            ColumnarValue::Scalar(ScalarValue::try_from_array(&found, 0)?)
        } else {
            ColumnarValue::Array(found)
        })
    }
}

/// The types of results that do not depend on the arguments.
pub(crate) fn text(_: &Types<'_>) -> Result<DataType> {
    Ok(DataType::Utf8View)
}

pub(crate) fn texts(_: &Types<'_>) -> Result<DataType> {
    Ok(list_of(DataType::Utf8View))
}

pub(crate) fn whole(_: &Types<'_>) -> Result<DataType> {
    Ok(DataType::Int64)
}

pub(crate) fn number(_: &Types<'_>) -> Result<DataType> {
    Ok(DataType::Float64)
}

pub(crate) fn flag(_: &Types<'_>) -> Result<DataType> {
    Ok(DataType::Boolean)
}

pub(crate) fn json(_: &Types<'_>) -> Result<DataType> {
    Ok(JSON)
}
