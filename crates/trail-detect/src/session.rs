//! The SQL session in which rules are planned and run.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{Array, AsArray, BooleanArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};
use datafusion::prelude::{SessionConfig, SessionContext};

use crate::error::DetectError;
use crate::geo::Geo;
use crate::lists::Lists;
use crate::plan::{EVENTS, Shape, WINDOW};
use crate::rewrite::TextAggregates;
use crate::settings::Settings;

/// What principals did, by day.
pub(crate) const ACTIVITY: &str = "activity";
/// What IAM says of access keys.
pub(crate) const ACCESS_KEYS: &str = "iam_access_keys";

/// What rules may ask that no event says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outside {
    geo: Arc<Geo>,
    pub(crate) lists: Arc<Lists>,
}

impl Outside {
    pub(crate) fn new(settings: &Settings) -> Result<Outside, DetectError> {
        let (geo, lists) = (Geo::new(&settings.geoip)?, Lists::new(settings.lists.clone())?);
        Ok(Outside { geo: Arc::new(geo), lists: Arc::new(lists) })
    }
}

pub(crate) fn context(settings: &Settings, outside: &Outside) -> SessionContext {
    let context = SessionContext::new_with_config(SessionConfig::new().with_target_partitions(1));
    context.add_analyzer_rule(Arc::new(TextAggregates::new()));
    for function in trail_query::scalar_functions() {
        context.register_udf(function);
    }
    crate::geo::functions(&outside.geo).for_each(|function| context.register_udf(function));
    crate::lists::functions(&outside.lists).for_each(|function| context.register_udf(function));
    context.register_udf(ScalarUDF::from(TrustedAccount::new(settings)));
    context
}

/// Registers every table that a rule may name, without rows.
pub(crate) fn register_shapes(context: &SessionContext) -> Result<()> {
    let mut fields: Vec<_> = trail_event::schema().fields().iter().cloned().collect();
    fields.push(Arc::new(Field::new(WINDOW, trail_event::timestamp(), true)));
    context.register_table(EVENTS, Arc::new(Shape(Arc::new(Schema::new(fields)))))?;
    context.register_table(ACTIVITY, Arc::new(Shape(trail_lake::Table::Activity.schema())))?;
    context.register_table(ACCESS_KEYS, Arc::new(Shape(access_keys_schema())))?;
    Ok(())
}

/// The schema of the table `iam_access_keys`: what IAM itself said of its long-lived keys at one time. `status` is `Active` or
/// `Inactive`; `lastused` is null for a key that was never used since IAM began to count (April 2015), and where `lastuseknown` is
/// false.
pub fn access_keys_schema() -> SchemaRef {
    trail_lake::Table::IamAccessKeys.schema()
}

/// `trusted_account(id)`: true for an account that the settings call ours or trusted, null for null.
#[derive(Debug, PartialEq, Eq, Hash)]
struct TrustedAccount {
    accounts: BTreeSet<String>,
    signature: Signature,
}

impl TrustedAccount {
    fn new(settings: &Settings) -> TrustedAccount {
        let accounts = settings.home_accounts.union(&settings.trusted_accounts).cloned().collect();
        TrustedAccount { accounts, signature: Signature::exact(vec![DataType::Utf8View], Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for TrustedAccount {
    fn name(&self) -> &str {
        "trusted_account"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let ids = arrays[0].as_string_view();
        let known: BooleanArray = ids.iter().map(|id| id.map(|id| self.accounts.contains(id))).collect();
        debug_assert_eq!(known.len(), ids.len());
        Ok(ColumnarValue::Array(Arc::new(known)))
    }
}
