//! Functions that clients call on the catalog and that the crate for it lacks or answers in its own name.

use arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};
use datafusion::prelude::SessionContext;

use super::settings::{VERSION, setting};

/// Comments on what there is, and definitions of it: nothing has any.
const SILENT: [&str; 6] = [
    "obj_description",
    "col_description",
    "shobj_description",
    "pg_get_viewdef",
    "pg_get_indexdef",
    "pg_get_serial_sequence",
];

pub(super) fn register(ctx: &SessionContext) {
    let version = format!("PostgreSQL {VERSION} (Trailwarden {})", env!("CARGO_PKG_VERSION"));
    let fixed = SILENT.iter().map(|name| (*name, None)).chain([("version", Some(version))]);
    for (name, answer) in fixed {
        ctx.register_udf(ScalarUDF::from(Fixed { name, answer, signature: any() }));
    }
    for name in ["pg_type_is_visible", "pg_function_is_visible"] {
        ctx.register_udf(ScalarUDF::from(Visible { name, signature: any() }));
    }
    for name in ["current_setting", "set_config"] {
        ctx.register_udf(ScalarUDF::from(Setting { name, signature: any() }));
    }
}

fn any() -> Signature {
    Signature::one_of(vec![TypeSignature::Nullary, TypeSignature::VariadicAny], Volatility::Stable)
}

/// Says the same whatever it is asked.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Fixed {
    name: &'static str,
    answer: Option<String>,
    signature: Signature,
}

impl ScalarUDFImpl for Fixed {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> Result<ColumnarValue> {
        Ok(ColumnarValue::Scalar(ScalarValue::Utf8(self.answer.clone())))
    }
}

/// There is one schema, and all of it can be seen.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Visible {
    name: &'static str,
    signature: Signature,
}

impl ScalarUDFImpl for Visible {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> Result<ColumnarValue> {
        Ok(ColumnarValue::Scalar(ScalarValue::Boolean(Some(true))))
    }
}

/// `current_setting(name)` tells a setting; `set_config(name, value, …)` repeats the value, and sets nothing.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Setting {
    name: &'static str,
    signature: Signature,
}

impl ScalarUDFImpl for Setting {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let text = |at: usize| match args.args.get(at) {
            Some(ColumnarValue::Scalar(value)) => value.try_as_str().flatten().map(str::to_owned),
            _ => None,
        };
        if self.name == "set_config" {
            return Ok(ColumnarValue::Scalar(ScalarValue::Utf8(text(1))));
        }
        let Some(name) = text(0) else { return exec_err!("`current_setting` wants the name of a setting") };
        match setting(&name) {
            Some((_, value)) => Ok(ColumnarValue::Scalar(ScalarValue::Utf8(Some(value.to_owned())))),
            None if args.args.len() > 1 => Ok(ColumnarValue::Scalar(ScalarValue::Utf8(None))),
            None => exec_err!("there is no setting `{name}`"),
        }
    }
}
