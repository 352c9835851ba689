//! Temporary: `json_text` until trail-query has it.
use std::sync::Arc;

use arrow::array::{Array, StringArray};
use arrow::datatypes::DataType;
use datafusion::logical_expr::{ColumnarValue, ScalarUDF, Volatility, create_udf};

pub(crate) fn json_text() -> ScalarUDF {
    create_udf(
        "json_text",
        vec![DataType::Utf8, DataType::Utf8],
        DataType::Utf8,
        Volatility::Immutable,
        Arc::new(|args: &[ColumnarValue]| {
            let arrays = ColumnarValue::values_to_arrays(args)?;
            let out: StringArray = (0..arrays[0].len())
                .map(|row| {
                    let doc = crate::value::text(&arrays[0], row)?;
                    let path = crate::value::text(&arrays[1], row)?;
                    let mut value: serde_json::Value = serde_json::from_str(&doc).ok()?;
                    for step in path.split(['.', '[']).map(|s| s.trim_end_matches(']')) {
                        value = match &value {
                            serde_json::Value::Array(items) => items.get(step.parse::<usize>().ok()?)?.clone(),
                            other => other.get(step)?.clone(),
                        };
                    }
                    match value {
                        serde_json::Value::Null => None,
                        serde_json::Value::String(text) => Some(text),
                        other => Some(other.to_string()),
                    }
                })
                .collect();
            Ok(ColumnarValue::Array(Arc::new(out)))
        }),
    )
}
