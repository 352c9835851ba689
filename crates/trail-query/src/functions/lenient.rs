//! DataFusion's own functions of text, open to whatever has a plain text: `eventtime` is text in Athena, and so is `readonly`.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::Result;
use datafusion::functions::{regex, string, unicode};
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::type_coercion::functions::fields_with_udf;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

pub(super) fn functions() -> Vec<ScalarUDF> {
    let of = [
        string::lower(),
        string::upper(),
        string::replace(),
        string::starts_with(),
        string::ends_with(),
        string::btrim(),
        string::ltrim(),
        string::rtrim(),
        string::concat_ws(),
        unicode::character_length(),
        unicode::lpad(),
        unicode::rpad(),
        unicode::left(),
        unicode::right(),
        unicode::translate(),
        regex::regexp_like(),
    ];
    of.into_iter().map(|inner| ScalarUDF::from(Lenient::new(inner))).collect()
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Lenient {
    inner: Arc<ScalarUDF>,
    aliases: Vec<String>,
    signature: Signature,
}

impl Lenient {
    fn new(inner: Arc<ScalarUDF>) -> Self {
        let aliases = inner.aliases().to_vec();
        Self { inner, aliases, signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for Lenient {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, found: &[DataType]) -> Result<Vec<DataType>> {
        let plain = |kind: &DataType| match kind {
            DataType::Timestamp(..) | DataType::Date32 | DataType::Boolean => DataType::Utf8View,
            other => other.clone(),
        };
        let fields: Vec<FieldRef> = found.iter().map(|kind| Field::new("", plain(kind), true).into()).collect();
        let coerced = fields_with_udf(&fields, self.inner.as_ref())?;
        Ok(coerced.iter().map(|field| field.data_type().clone()).collect())
    }

    fn return_type(&self, found: &[DataType]) -> Result<DataType> {
        self.inner.return_type(found)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        self.inner.return_field_from_args(args)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        self.inner.invoke_with_args(args)
    }

    fn simplify(&self, args: Vec<Expr>, info: &SimplifyContext) -> Result<ExprSimplifyResult> {
        self.inner.simplify(args, info)
    }
}
