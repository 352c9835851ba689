//! `json_text(document, 'a.b[0]')`: the value at a path as text; objects and arrays as compact JSON in source order.

use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature};

use super::super::rows::text_signature;
use super::path::{compact, each, scalar};

#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct JsonText {
    signature: Signature,
}

impl JsonText {
    pub(crate) fn udf() -> ScalarUDF {
        Self { signature: text_signature(2) }.into()
    }
}

impl ScalarUDFImpl for JsonText {
    fn name(&self) -> &str {
        "json_text"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        each(&args, |json| match json.as_bytes().first()? {
            b'{' | b'[' => Some(compact(json)),
            _ => scalar(json),
        })
    }
}
