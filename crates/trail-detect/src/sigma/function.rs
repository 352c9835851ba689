//! Lines of Sigma rules as functions of the query engine, so that they are fused with all other conditions.
//!
//! A function's name holds all that it does: two of one name are one.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, StringViewArray, StringViewBuilder};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::DataType;
use datafusion::common::{Column, Result};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::field::{Form, Place};
use super::item::{Item, refers, text};
use super::json::{Found, walk};
use super::text::Where;
use crate::value;

const CODE: &str = "errorcode";

/// What is asked of the columns that it is called with.
#[derive(Debug)]
enum Question {
    /// Whether a field's values are what a line wants.
    Line(Place, Item),
    /// The same for `errorCode`, where empty text is no error, is null in its column, and stands among the fields without one.
    Code(Item),
    /// Whether any value of the event is.
    Keywords(Vec<Place>, Item),
    /// Whether a field's values stand in another field's.
    Refers { one: Place, other: Place, place: Where, cased: bool, negated: bool },
    /// The text of a field.
    Text(Place),
}

#[derive(Debug)]
struct Function {
    name: String,
    question: Question,
    signature: Signature,
}

impl PartialEq for Function {
    fn eq(&self, other: &Function) -> bool {
        self.name == other.name
    }
}

impl Eq for Function {}

impl Hash for Function {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

fn call(question: Question, columns: &[&Place]) -> Expr {
    let signature = Signature::any(columns.len(), Volatility::Immutable);
    let args = columns.iter().map(|place| Expr::Column(Column::new_unqualified(&place.column))).collect();
    let function = Function { name: format!("sigma {question:?}"), question, signature };
    Expr::ScalarFunction(ScalarFunction::new_udf(Arc::new(ScalarUDF::from(function)), args))
}

/// Whether a line holds for a field.
pub(super) fn line(place: &Place, item: Item) -> Expr {
    if place.column == CODE && item.holds_for("") != item.holds(|_| {}) {
        return call(Question::Code(item), &[place, &aside()]);
    }
    call(Question::Line(place.clone(), item), &[place])
}

/// Where an empty error code is kept.
fn aside() -> Place {
    Place { column: "_extra".to_owned(), path: CODE.to_owned(), form: Form::Json, known: true }
}

/// Whether a line without a field holds for any value of an event.
pub(super) fn keywords(places: &[Place], item: Item) -> Expr {
    call(Question::Keywords(places.to_vec(), item), &places.iter().collect::<Vec<_>>())
}

/// Whether a field's values stand in another's.
pub(super) fn refers_to(one: Place, other: Place, place: Where, cased: bool, negated: bool) -> Expr {
    let columns = [&one.clone(), &other.clone()];
    call(Question::Refers { one, other, place, cased, negated }, &columns)
}

/// The text of a field; of several values their JSON.
pub(super) fn text_of(place: &Place) -> Expr {
    call(Question::Text(place.clone()), &[place])
}

fn question(expr: &Expr) -> Option<&Question> {
    let Expr::ScalarFunction(call) = expr else { return None };
    call.func.inner().downcast_ref::<Function>().map(|function| &function.question)
}

/// The values, folded, that a column must have for a line of a Sigma rule to hold.
pub(crate) fn allowed(expr: &Expr, column: &str) -> Option<Vec<String>> {
    match question(expr)? {
        Question::Line(place, item) if place.form == Form::Text && place.column == column => item.exact(),
        _ => None,
    }
}

/// Such a line as people write it.
pub(crate) fn shown(expr: &Expr) -> Option<String> {
    let name = |place: &Place| match (place.path.is_empty(), place.column.as_str()) {
        (true, column) => column.to_owned(),
        (false, "_extra") => place.path.clone(),
        (false, column) => format!("{column}.{}", place.path),
    };
    Some(match question(expr)? {
        Question::Line(place, item) => format!("{}: {item}", name(place)),
        Question::Code(item) => format!("{CODE}: {item}"),
        Question::Keywords(_, item) => format!("anywhere: {item}"),
        Question::Refers { one, other, negated, .. } => {
            format!("{}: {}the value of {}", name(one), if *negated { "not " } else { "" }, name(other))
        }
        Question::Text(place) => name(place),
    })
}

/// What such a line costs, beside the comparisons and functions of SQL.
pub(crate) fn cost(expr: &Expr) -> Option<u32> {
    Some(match question(expr)? {
        Question::Line(place, item) if place.form == Form::Text => item.cost(),
        Question::Line(..) | Question::Code(_) => 100,
        Question::Keywords(..) => 5000,
        Question::Refers { .. } | Question::Text(_) => 200,
    })
}

impl ScalarUDFImpl for Function {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(if matches!(self.question, Question::Text(_)) { DataType::Utf8View } else { DataType::Boolean })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let rows = arrays.first().map_or(args.number_rows, Array::len);
        let held = match &self.question {
            Question::Line(place, item) => {
                let cells = Cells::new(place, &arrays[0]);
                match (place.form, cells.texts) {
                    (Form::Text, Some(texts)) => of_texts(texts, item),
                    _ => BooleanBuffer::collect_bool(rows, |row| item.holds(|see| cells.tell(row, see))),
                }
            }
            Question::Code(item) => {
                let texts = arrays[0].as_string_view();
                let aside = aside();
                let aside = Cells::new(&aside, &arrays[1]);
                BooleanBuffer::collect_bool(rows, |row| match texts.is_valid(row) {
                    true => item.holds_for(texts.value(row)),
                    false => item.holds(|see| aside.tell(row, see)),
                })
            }
            Question::Keywords(places, item) => {
                let cells: Vec<Cells<'_>> =
                    places.iter().zip(&arrays).map(|(place, array)| Cells::new(place, array)).collect();
                BooleanBuffer::collect_bool(rows, |row| item.holds(|see| tell_all(&cells, row, see)))
            }
            Question::Refers { one, other, place, cased, negated } => {
                let (one, other) = (Cells::new(one, &arrays[0]), Cells::new(other, &arrays[1]));
                BooleanBuffer::collect_bool(rows, |row| {
                    let others = other.texts_of(row);
                    let (mut held, mut present) = (false, false);
                    one.tell(row, &mut |found| {
                        present |= !matches!(found, Found::Null);
                        held |= refers(&found, &others, *place, *cased);
                        held
                    });
                    if *negated { present && !held } else { held }
                })
            }
            Question::Text(place) => {
                let cells = Cells::new(place, &arrays[0]);
                let mut texts = StringViewBuilder::with_capacity(rows);
                for row in 0..rows {
                    let mut all = cells.texts_of(row);
                    let one = if all.len() > 1 { Some(serde_json::Value::from(all).to_string()) } else { all.pop() };
                    texts.append_option(one);
                }
                return Ok(ColumnarValue::Array(Arc::new(texts.finish())));
            }
        };
        Ok(ColumnarValue::Array(Arc::new(BooleanArray::from(held))))
    }
}

/// How many answers are kept while a column is looked through; a power of two.
const KEPT: u32 = 64;

/// Whether a line holds for each text of a column. Few columns have many different values, so answers are kept: by the view, which
/// is the text itself where it is short.
fn of_texts(texts: &StringViewArray, item: &Item) -> BooleanBuffer {
    let absent = item.holds(|_| {});
    let mut kept: [(u128, Option<bool>); KEPT as usize] = [(0, None); KEPT as usize];
    BooleanBuffer::collect_bool(texts.len(), |row| {
        if texts.is_null(row) {
            return absent;
        }
        let view = texts.views()[row];
        let mixed = (view as u64 ^ (view >> 64) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let place = &mut kept[(mixed >> (64 - KEPT.ilog2())) as usize];
        match *place {
            (known, Some(held)) if known == view => held,
            _ => {
                let held = item.holds_for(texts.value(row));
                *place = (view, Some(held));
                held
            }
        }
    })
}

/// A column, read by its place.
struct Cells<'a> {
    place: &'a Place,
    array: &'a ArrayRef,
    texts: Option<&'a StringViewArray>,
}

impl<'a> Cells<'a> {
    fn new(place: &'a Place, array: &'a ArrayRef) -> Cells<'a> {
        let texts = if place.form == Form::Typed { None } else { array.as_string_view_opt() };
        Cells { place, array, texts }
    }

    /// The text of the column itself.
    fn text(&self, row: usize) -> Option<&'a str> {
        self.texts.filter(|texts| texts.is_valid(row)).map(|texts| texts.value(row))
    }

    /// Tells of the values that a row has at the place.
    fn tell(&self, row: usize, see: &mut dyn FnMut(Found<'_>) -> bool) {
        match (self.place.form, self.text(row)) {
            (Form::Text, Some(text)) => {
                see(Found::Text(text.into()));
            }
            (Form::Json, Some(document)) => walk(document, &self.place.path, see),
            (Form::Typed, _) if self.array.is_valid(row) => {
                let document = bare(value::json(self.array, row)).to_string();
                walk(&document, &self.place.path, see);
            }
            _ => {}
        }
    }

    /// The texts of the values that a row has at the place.
    fn texts_of(&self, row: usize) -> Vec<String> {
        let mut all = Vec::new();
        self.tell(row, &mut |found| {
            text(&found, |text| {
                all.push(text.to_owned());
                true
            });
            false
        });
        all
    }
}

/// Tells of every text and number in a row, at any depth. Nobody searches for a keyword in `false`.
fn tell_all(columns: &[Cells<'_>], row: usize, see: &mut dyn FnMut(Found<'_>) -> bool) {
    let mut enough = false;
    for column in columns {
        column.tell(row, &mut |found| {
            enough = match found {
                Found::Bool(_) => false,
                Found::Object(object) => serde_json::from_str(&object).is_ok_and(|value| tell_each(&value, see)),
                found => see(found),
            };
            enough
        });
        if enough {
            return;
        }
    }
}

fn tell_each(value: &serde_json::Value, see: &mut dyn FnMut(Found<'_>) -> bool) -> bool {
    match value {
        serde_json::Value::Object(fields) => fields.values().any(|value| tell_each(value, see)),
        serde_json::Value::Array(items) => items.iter().any(|item| tell_each(item, see)),
        serde_json::Value::String(text) => see(Found::Text(text.into())),
        serde_json::Value::Number(number) => see(Found::Number(&number.to_string())),
        serde_json::Value::Bool(_) | serde_json::Value::Null => false,
    }
}

/// A value without the fields that have none: the schema's structs have all of theirs.
fn bare(value: serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Object(fields) => serde_json::Value::Object(
            fields.into_iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name, bare(value))).collect(),
        ),
        serde_json::Value::Array(items) => items.into_iter().map(bare).collect(),
        other => other,
    }
}
