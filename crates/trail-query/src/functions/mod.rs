//! Our SQL functions, by family. What AWS means by things is known to `trail-iam`; here it is only put into columns. Most are
//! Trino's, which DataFusion lacks or understands differently.
//!
//! Whatever stands in a log, no function fails on it: text that is not what it should be gives NULL.

mod addresses;
mod arn_part;
pub(crate) mod collections;
pub(crate) mod function;
mod iam_action;
mod ip_in;
pub(crate) mod json;
mod lambdas;
mod lenient;
mod patterns;
mod policy_grants;
mod rows;
mod strings;
pub(crate) mod time;
mod urls;

use datafusion::logical_expr::ScalarUDF;
use datafusion::prelude::SessionContext;

/// All of our scalar functions.
pub fn scalar_functions() -> Vec<ScalarUDF> {
    let mut functions = vec![
        arn_part::ArnPart::udf(),
        iam_action::IamAction::udf(),
        ip_in::IpIn::udf(),
        policy_grants::PolicyGrants::udf(),
    ];
    functions.extend(json::functions());
    functions.extend(time::functions());
    functions.extend(collections::functions());
    functions.extend(strings::functions());
    functions.extend(patterns::functions());
    functions.extend(urls::functions());
    functions.extend(addresses::functions());
    functions.extend(lenient::functions());
    functions
}

/// The function that gives an address as text.
pub(crate) fn address_text() -> ScalarUDF {
    addresses::text_udf()
}

pub(crate) fn register(ctx: &SessionContext) {
    for function in scalar_functions() {
        ctx.register_udf(function);
    }
    for function in lambdas::functions() {
        ctx.register_higher_order_function(function);
    }
}
