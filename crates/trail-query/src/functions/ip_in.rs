//! `ip_in(address, '10.0.0.0/8')`: whether an address lies in a network. NULL for what is not an address, such as the
//! service names that stand in `sourceipaddress`.

use std::net::IpAddr;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanBuilder};
use arrow::datatypes::DataType;
use datafusion::common::{Result, plan_datafusion_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature};
use ipnet::IpNet;

use super::rows::{Rows, text_signature};

#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct IpIn {
    signature: Signature,
}

impl IpIn {
    pub(crate) fn udf() -> ScalarUDF {
        Self { signature: text_signature(2) }.into()
    }
}

fn network(text: &str) -> Option<IpNet> {
    let text = text.trim();
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

fn contains(network: &IpNet, address: &str) -> Option<bool> {
    let address: IpAddr = address.trim().parse().ok()?;
    // `::ffff:10.0.0.1` is 10.0.0.1 written as IPv6.
    Some(network.contains(&address.to_canonical()) || network.contains(&address))
}

impl ScalarUDFImpl for IpIn {
    fn name(&self) -> &str {
        "ip_in"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = Rows::new(&args)?;
        let fixed =
            match rows.constant(1) {
                Some(Some(text)) => Some(network(text).ok_or_else(|| {
                    plan_datafusion_err!("`{text}` is not a network (write `10.0.0.0/8` or an address)")
                })?),
                _ => None,
            };
        let mut found = BooleanBuilder::with_capacity(rows.indices().len());
        for row in rows.indices() {
            let network = fixed.or_else(|| network(rows.get(1, row)?));
            found.append_option(network.and_then(|network| contains(&network, rows.get(0, row)?)));
        }
        rows.result(&(Arc::new(found.finish()) as ArrayRef))
    }
}
