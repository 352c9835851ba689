//! Functions of JSON: CloudTrail's own JSON text, and Trino's type `JSON`.

mod cast;
mod event;
pub(crate) mod path;
mod scalar;
mod text;
mod values;

pub(crate) use cast::{FromJson, entries, write_json, write_list};
pub(crate) use event::FIELDS as EVENT_FIELDS;

use datafusion::logical_expr::ScalarUDF;

pub(super) fn functions() -> Vec<ScalarUDF> {
    let mut functions = vec![scalar::JsonExtractScalar::udf(), text::JsonText::udf(), event::udf()];
    functions.extend(values::functions());
    functions.extend(cast::functions());
    functions
}
