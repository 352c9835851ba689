//! The Arrow schema of a CloudTrail record: the columns of the table `cloudtrail`.
//!
//! Names are CloudTrail's own in lower case, nested as in AWS's Athena table and in CloudTrail Lake. Strings are views in
//! memory; the lake writes them as plain strings. Columns that begin with `_` and the derived ones at the end are ours.

use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};

/// Columns that hold JSON text exactly as CloudTrail delivered it.
pub const JSON_COLUMNS: [&str; 8] = [
    "requestparameters",
    "responseelements",
    "additionaleventdata",
    "serviceeventdetails",
    "eventcontext",
    "edgedevicedetails",
    "insightdetails",
    "_extra",
];

fn text(name: &str) -> Field {
    Field::new(name, DataType::Utf8View, true)
}

fn flag(name: &str) -> Field {
    Field::new(name, DataType::Boolean, true)
}

fn texts(names: &[&str]) -> Vec<Field> {
    names.iter().map(|name| text(name)).collect()
}

fn group(name: &str, fields: Vec<Field>) -> Field {
    Field::new(name, DataType::Struct(Fields::from(fields)), true)
}

/// A UTC timestamp in microseconds, the only kind of time in the lake.
pub fn timestamp() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

fn useridentity() -> Field {
    let session = vec![
        group("attributes", texts(&["mfaauthenticated", "creationdate"])),
        group("sessionissuer", texts(&["type", "principalid", "arn", "accountid", "username"])),
        text("ec2roledelivery"),
        group("webidfederationdata", texts(&["federatedprovider", "attributes"])),
        text("sourceidentity"),
        text("assumedroot"),
        text("signinsessionarn"),
    ];
    group(
        "useridentity",
        [
            texts(&["type", "principalid", "arn", "accountid", "invokedby", "accesskeyid", "username"]),
            vec![group("sessioncontext", session)],
            vec![group("onbehalfof", texts(&["userid", "identitystorearn"]))],
            texts(&["identityprovider", "credentialid"]),
            vec![group("inscopeof", texts(&["sourcearn", "sourceaccount", "issuertype", "credentialsissuedto"]))],
            vec![group("invokedbydelegate", texts(&["accountid"]))],
        ]
        .concat(),
    )
}

fn resources() -> Field {
    let item = Fields::from(texts(&["arn", "arnprefix", "accountid", "type"]));
    Field::new("resources", DataType::List(Arc::new(Field::new("element", DataType::Struct(item), true))), true)
}

static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    let mut fields = vec![text("eventversion"), useridentity(), Field::new("eventtime", timestamp(), true)];
    fields.extend(texts(&[
        "eventsource",
        "eventname",
        "awsregion",
        "sourceipaddress",
        "useragent",
        "errorcode",
        "errormessage",
        "requestparameters",
        "responseelements",
        "additionaleventdata",
        "requestid",
        "eventid",
    ]));
    fields.extend([flag("readonly"), resources(), text("eventtype"), text("apiversion"), flag("managementevent")]);
    fields.extend(texts(&[
        "recipientaccountid",
        "serviceeventdetails",
        "sharedeventid",
        "vpcendpointid",
        "vpcendpointaccountid",
        "eventcategory",
    ]));
    fields.push(group("addendum", texts(&["reason", "updatedfields", "originalrequestid", "originaleventid"])));
    fields.extend(texts(&["sessioncredentialfromconsole", "eventcontext", "edgedevicedetails", "insightdetails"]));
    fields.push(group("tlsdetails", texts(&["tlsversion", "ciphersuite", "clientprovidedhostheader", "keyexchange"])));
    fields.extend(texts(&["principal", "caller"]));
    fields.push(flag("denied"));
    fields.extend(texts(&["network", "agent", "_extra", "_object"]));
    fields.push(Field::new("_record", DataType::Int32, true));
    fields.push(Field::new("_ingested", timestamp(), true));
    Arc::new(Schema::new(fields))
});

/// The schema of a batch of CloudTrail records, as [`crate::Decoder`] makes it.
pub fn schema() -> SchemaRef {
    SCHEMA.clone()
}
