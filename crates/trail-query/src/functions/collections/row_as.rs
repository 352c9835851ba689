//! `CAST(row AS row(a bigint, b varchar))`: a row's fields by their places, as in Trino.

use std::hash::Hash;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StructArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Fields};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct RowAs {
    to: Fields,
    signature: Signature,
}

impl RowAs {
    pub(crate) fn udf(to: Fields) -> ScalarUDF {
        Self { to, signature: Signature::any(1, Volatility::Immutable) }.into()
    }
}

impl ScalarUDFImpl for RowAs {
    fn name(&self) -> &str {
        "row_as"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Struct(self.to.clone()))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let array = args.args[0].to_array(args.number_rows)?;
        let rows = array.as_struct();
        if rows.num_columns() != self.to.len() {
            return plan_err!("a row of {} fields cannot be one of {}", rows.num_columns(), self.to.len());
        }
        let columns = rows.columns().iter().zip(&self.to).map(|(column, field)| Ok(cast(column, field.data_type())?));
        let columns = columns.collect::<Result<Vec<ArrayRef>>>()?;
        let rows = StructArray::try_new_with_length(self.to.clone(), columns, rows.nulls().cloned(), rows.len())?;
        Ok(ColumnarValue::Array(Arc::new(rows)))
    }
}
