//! `json_extract_scalar(document, '$.a.b[0]')`, as in Trino: the string, number or boolean at a path as text, else NULL.

use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature};

use super::super::rows::text_signature;
use super::path::{each, scalar};

#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct JsonExtractScalar {
    signature: Signature,
}

impl JsonExtractScalar {
    pub(crate) fn udf() -> ScalarUDF {
        Self { signature: text_signature(2) }.into()
    }
}

impl ScalarUDFImpl for JsonExtractScalar {
    fn name(&self) -> &str {
        "json_extract_scalar"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        each(&args, scalar)
    }
}
