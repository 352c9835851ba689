//! `iam_action(eventsource, eventname)`: the IAM action that an event needed first of all, `s3:GetObject`; NULL for calls
//! that need no permission.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringViewBuilder};
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature};
use trail_iam::iam_actions;

use super::rows::{Rows, text_signature};

#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct IamAction {
    signature: Signature,
}

impl IamAction {
    pub(crate) fn udf() -> ScalarUDF {
        Self { signature: text_signature(2) }.into()
    }
}

impl ScalarUDFImpl for IamAction {
    fn name(&self) -> &str {
        "iam_action"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = Rows::new(&args)?;
        let mut actions = StringViewBuilder::with_capacity(rows.indices().len());
        let mut last: Option<(String, String, Option<String>)> = None;
        for row in rows.indices() {
            let (Some(source), Some(name)) = (rows.get(0, row), rows.get(1, row)) else {
                actions.append_null();
                continue;
            };
            // The same call often comes many times in a row.
            if !last.as_ref().is_some_and(|(of, by, _)| of == source && by == name) {
                let action = iam_actions(source, name).into_iter().next();
                last = Some((source.to_owned(), name.to_owned(), action));
            }
            actions.append_option(last.as_ref().and_then(|(_, _, action)| action.as_deref()));
        }
        rows.result(&(Arc::new(actions.finish()) as ArrayRef))
    }
}
