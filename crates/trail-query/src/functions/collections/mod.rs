//! Functions of arrays and maps. A JSON object in text is a map of texts: so CloudTrail Lake has `requestParameters`.

mod arrays;
mod gathered;
mod maps;
mod row_as;
mod rows;

pub(crate) use row_as::RowAs;
pub(crate) use rows::{CELLS, UnnestRows};

use datafusion::logical_expr::ScalarUDF;

pub(super) fn functions() -> Vec<ScalarUDF> {
    let mut functions = maps::functions();
    functions.extend(arrays::functions());
    functions.extend(gathered::functions());
    functions
}
