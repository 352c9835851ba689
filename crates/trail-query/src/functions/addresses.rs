//! Addresses and networks: Trino's type `IPADDRESS`, and `contains` of a network.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, FixedSizeBinaryBuilder};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use ipnet::IpNet;

use super::function::{ADDRESS, Call, Function, Kind, text as text_type};
use super::strings::each_text;

pub(super) fn functions() -> Vec<ScalarUDF> {
    use Kind::Text;
    vec![
        Function::new("ip_address", &[Text], |_| Ok(ADDRESS), parse).into(),
        text_udf(),
        Function::new("ip_prefix_min", &[Text], |_| Ok(ADDRESS), |call| edge(call, |network| network.network())).into(),
        Function::new("ip_prefix_max", &[Text], |_| Ok(ADDRESS), |call| edge(call, |network| network.broadcast()))
            .into(),
    ]
}

pub(super) fn text_udf() -> ScalarUDF {
    let run = |call: &Call| -> Result<ArrayRef> {
        let addresses = call.args[0].as_fixed_size_binary();
        Ok(each_text(call, |row| addresses.is_valid(row).then(|| text(addresses.value(row)).into())))
    };
    Function::new("ip_text", &[Kind::Any], text_type, run).into()
}

fn bytes(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => address.octets(),
    }
}

/// An address as it is written.
pub(crate) fn text(bytes: &[u8]) -> String {
    match <[u8; 16]>::try_from(bytes) {
        Ok(bytes) => IpAddr::V6(Ipv6Addr::from(bytes)).to_canonical().to_string(),
        Err(_) => String::new(),
    }
}

/// A cast to `IPADDRESS`. Service names (`ec2.amazonaws.com`) are no addresses and give NULL, where Trino fails: a test that goes before
/// the cast does not always run before it.
fn parse(call: &Call) -> Result<ArrayRef> {
    let mut out = FixedSizeBinaryBuilder::with_capacity(call.rows, 16);
    for row in 0..call.rows {
        match call.text(0, row).and_then(|text| text.trim().parse::<IpAddr>().ok()) {
            Some(address) => out.append_value(bytes(address))?,
            None => out.append_null(),
        }
    }
    Ok(Arc::new(out.finish()))
}

fn edge(call: &Call, of: impl Fn(IpNet) -> IpAddr) -> Result<ArrayRef> {
    let mut out = FixedSizeBinaryBuilder::with_capacity(call.rows, 16);
    for row in 0..call.rows {
        match call.text(0, row).and_then(|text| text.trim().parse::<IpNet>().ok()) {
            Some(network) => out.append_value(bytes(of(network)))?,
            None => out.append_null(),
        }
    }
    Ok(Arc::new(out.finish()))
}

/// Whether an address lies in a network; `None` for what is not a network.
pub(crate) fn lies_in(network: &str, address: &[u8]) -> Option<bool> {
    let address = IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(address).ok()?));
    let network: IpNet = network.trim().parse().ok()?;
    Some(network.contains(&address.to_canonical()) || network.contains(&address))
}
