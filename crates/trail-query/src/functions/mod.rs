//! Our SQL functions, a file each. What AWS means by things is known to `trail-iam`; here it is only put into columns.
//!
//! Whatever stands in a log, no function fails on it: text that is not what it should be gives NULL.

mod arn_part;
mod iam_action;
mod ip_in;
mod json_extract_scalar;
mod json_path;
mod json_text;
mod policy_grants;
mod rows;

use datafusion::logical_expr::ScalarUDF;
use datafusion::prelude::SessionContext;

/// All of our scalar functions.
pub fn scalar_functions() -> Vec<ScalarUDF> {
    vec![
        arn_part::ArnPart::udf(),
        iam_action::IamAction::udf(),
        ip_in::IpIn::udf(),
        json_extract_scalar::JsonExtractScalar::udf(),
        json_text::JsonText::udf(),
        policy_grants::PolicyGrants::udf(),
    ]
}

pub(crate) fn register(ctx: &SessionContext) {
    for function in scalar_functions() {
        ctx.register_udf(function);
    }
}
