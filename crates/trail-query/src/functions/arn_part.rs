//! `arn_part(arn, 'account')`: a part of an ARN by name.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringViewBuilder};
use arrow::datatypes::DataType;
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature};
use trail_iam::Arn;

use super::rows::{Rows, text_signature};

const PARTS: [&str; 12] = [
    "partition",
    "service",
    "region",
    "account",
    "resource",
    "resource_type",
    "resource_id",
    "path",
    "name",
    "role",
    "user",
    "session",
];

#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct ArnPart {
    signature: Signature,
}

impl ArnPart {
    pub(crate) fn udf() -> ScalarUDF {
        Self { signature: text_signature(2) }.into()
    }
}

impl ScalarUDFImpl for ArnPart {
    fn name(&self) -> &str {
        "arn_part"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = Rows::new(&args)?;
        if let Some(Some(part)) = rows.constant(1)
            && !PARTS.contains(&part)
        {
            return plan_err!("an ARN has no part `{part}` (there are: {})", PARTS.join(", "));
        }
        let mut parts = StringViewBuilder::with_capacity(rows.indices().len());
        for row in rows.indices() {
            let part = rows.get(0, row).and_then(Arn::parse).and_then(|arn| arn.part(rows.get(1, row)?));
            // What an ARN leaves empty (the region of a role) it does not have.
            parts.append_option(part.filter(|part| !part.is_empty()));
        }
        rows.result(&(Arc::new(parts.finish()) as ArrayRef))
    }
}
