//! `event_json(columns…)`: a record as CloudTrail wrote it, of the columns that it was read into. CloudTrail Lake has it as `eventJson`.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use trail_event::JSON_COLUMNS;

use super::super::function::{Call, Function, JSON, Kind, text};
use super::super::strings::each_text;
use super::{entries, write_json, write_list};

/// The columns that it takes, in the order of CloudTrail's own records, with their names there.
pub(crate) const FIELDS: [(&str, &str); 33] = [
    ("eventversion", "eventVersion"),
    ("useridentity", "userIdentity"),
    ("eventtime", "eventTime"),
    ("eventsource", "eventSource"),
    ("eventname", "eventName"),
    ("awsregion", "awsRegion"),
    ("sourceipaddress", "sourceIPAddress"),
    ("useragent", "userAgent"),
    ("errorcode", "errorCode"),
    ("errormessage", "errorMessage"),
    ("requestparameters", "requestParameters"),
    ("responseelements", "responseElements"),
    ("additionaleventdata", "additionalEventData"),
    ("requestid", "requestID"),
    ("eventid", "eventID"),
    ("readonly", "readOnly"),
    ("resources", "resources"),
    ("eventtype", "eventType"),
    ("apiversion", "apiVersion"),
    ("managementevent", "managementEvent"),
    ("recipientaccountid", "recipientAccountId"),
    ("serviceeventdetails", "serviceEventDetails"),
    ("sharedeventid", "sharedEventID"),
    ("vpcendpointid", "vpcEndpointId"),
    ("vpcendpointaccountid", "vpcEndpointAccountId"),
    ("eventcategory", "eventCategory"),
    ("addendum", "addendum"),
    ("sessioncredentialfromconsole", "sessionCredentialFromConsole"),
    ("eventcontext", "eventContext"),
    ("edgedevicedetails", "edgeDeviceDetails"),
    ("insightdetails", "insightDetails"),
    ("tlsdetails", "tlsDetails"),
    ("_extra", "_extra"),
];

/// Names of fields of structs, which are in lower case in the columns.
const INNER: [&str; 38] = [
    "type",
    "principalId",
    "arn",
    "accountId",
    "invokedBy",
    "accessKeyId",
    "userName",
    "sessionContext",
    "attributes",
    "mfaAuthenticated",
    "creationDate",
    "sessionIssuer",
    "ec2RoleDelivery",
    "webIdFederationData",
    "federatedProvider",
    "sourceIdentity",
    "assumedRoot",
    "signInSessionArn",
    "onBehalfOf",
    "userId",
    "identityStoreArn",
    "identityProvider",
    "credentialId",
    "inScopeOf",
    "sourceArn",
    "sourceAccount",
    "issuerType",
    "credentialsIssuedTo",
    "invokedByDelegate",
    "ARNPrefix",
    "reason",
    "updatedFields",
    "originalRequestID",
    "originalEventID",
    "tlsVersion",
    "cipherSuite",
    "clientProvidedHostHeader",
    "keyExchange",
];

pub(super) fn udf() -> ScalarUDF {
    Function::new("event_json", &[Kind::Any], text, run).and_more().into()
}

fn run(call: &Call) -> Result<ArrayRef> {
    let texts = (0..call.rows).map(|row| record(call, row)).collect::<Result<Vec<_>>>()?;
    Ok(each_text(call, |row| Some(texts[row].as_str().into())))
}

fn record(call: &Call, row: usize) -> Result<String> {
    let mut out = String::from("{");
    for ((column, name), array) in FIELDS.iter().zip(&call.args) {
        if array.is_null(row) {
            continue;
        }
        let before = out.len();
        if *column == "_extra" {
            extra(array.as_string_view().value(row), &mut out);
            continue;
        }
        member(name, before, &mut out);
        match JSON_COLUMNS.contains(column) {
            true => out.push_str(array.as_string_view().value(row)),
            false if *column == "sessioncredentialfromconsole" => {
                out.push_str(&format!("\"{}\"", array.as_string_view().value(row)));
            }
            false => field(array, row, &mut out)?,
        }
    }
    out.push('}');
    Ok(out)
}

fn member(name: &str, before: usize, out: &mut String) {
    if before > 1 && !out.ends_with('{') {
        out.push(',');
    }
    out.push('"');
    out.push_str(name);
    out.push_str("\":");
}

/// A field's value: structs without what is not there, with CloudTrail's names.
fn field(array: &dyn Array, row: usize, out: &mut String) -> Result<()> {
    match array.data_type() {
        DataType::Struct(fields) => {
            out.push('{');
            for (column, inner) in array.as_struct().columns().iter().zip(fields) {
                if column.is_null(row) || (inner.data_type().is_nested() && empty(column, row)) {
                    continue;
                }
                let name = INNER.iter().find(|name| name.eq_ignore_ascii_case(inner.name()));
                let before = out.len();
                member(name.copied().unwrap_or(inner.name()), before, out);
                field(column, row, out)?;
            }
            out.push('}');
        }
        DataType::List(_) => write_list(&array.as_list::<i32>().value(row), out, field)?,
        kind if *kind == JSON => out.push_str(array.as_string::<i64>().value(row)),
        _ => write_json(array, row, out)?,
    }
    Ok(())
}

fn empty(array: &dyn Array, row: usize) -> bool {
    match array.as_struct_opt() {
        Some(fields) => fields.columns().iter().all(|column| column.is_null(row)),
        None => false,
    }
}

/// What has no column stands under its path, such as `userIdentity.x`; only the record's own fields are told here.
fn extra(json: &str, out: &mut String) {
    for (name, value) in entries(json).unwrap_or_default() {
        if !name.contains('.') {
            let before = out.len();
            member(&name, before, out);
            out.push_str(value);
        }
    }
}
