//! The lake's tables: their names, columns and layout, and which of their columns carry statistics.

use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use deltalake_core::kernel::StructType;
use deltalake_core::kernel::engine::arrow_conversion::TryIntoKernel;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr};
use parquet::schema::types::ColumnPath;

use crate::error::Error;

/// The layout that this program writes. A lake of another layout is refused.
pub(crate) const LAYOUT: u32 = 2;
/// The table property that holds [`LAYOUT`].
pub(crate) const LAYOUT_KEY: &str = "trailwarden.layout";
/// The partition column of `cloudtrail`: the UTC day of `eventtime`, null where that is null.
pub const DAY: &str = "_day";
/// The most rows of a row group.
const ROW_GROUP: usize = 128 << 10;

/// A table of the lake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Table {
    /// The events, each once.
    CloudTrail,
    /// Uses by day, principal and action: additive partials, which readers sum.
    Activity,
    /// STS sessions: who got which temporary key.
    Sessions,
    /// The log objects and how reading them went. An object that was tried again has a row for each try; the last counts.
    Objects,
    /// What could not be read, and why.
    Rejects,
    /// Findings; the row of an `id` with the last `updated_at` counts.
    Findings,
    /// CloudTrail's digests as they were delivered, with what S3 keeps beside them: all that is needed to verify them later.
    Digests,
    /// What was found of each digest; the row of a `uri` with the last `checked` counts.
    Proofs,
    /// IAM's own word on long-lived access keys; the rows of an `account` with the last `taken` count. One of them names no key: it
    /// says that the account was asked.
    IamAccessKeys,
}

impl Table {
    /// All of them; `cloudtrail`, whose presence makes a lake, is last.
    pub const ALL: [Self; 9] = [
        Self::Activity,
        Self::Sessions,
        Self::Objects,
        Self::Rejects,
        Self::Findings,
        Self::Digests,
        Self::Proofs,
        Self::IamAccessKeys,
        Self::CloudTrail,
    ];

    /// Its name in SQL and its folder in the lake.
    pub fn name(self) -> &'static str {
        match self {
            Self::CloudTrail => "cloudtrail",
            Self::Activity => "activity",
            Self::Sessions => "sessions",
            Self::Objects => "objects",
            Self::Rejects => "rejects",
            Self::Findings => "findings",
            Self::Digests => "digests",
            Self::Proofs => "proofs",
            Self::IamAccessKeys => "iam_access_keys",
        }
    }

    /// Its columns as its files hold them, strings as views; without [`DAY`], which the folders hold.
    pub fn schema(self) -> SchemaRef {
        SCHEMAS[self as usize].clone()
    }

    /// Columns with minimum, maximum and null count in the log and in the files: those that prune.
    pub(crate) fn pruning_columns(self) -> &'static [&'static str] {
        match self {
            Self::CloudTrail => &[
                "eventtime",
                "eventname",
                "eventsource",
                "principal",
                "recipientaccountid",
                "eventid",
                "useridentity.accesskeyid",
                "sourceipaddress",
                "awsregion",
            ],
            Self::Activity => &["day", "account", "principal", "accesskeyid", "eventsource", "last"],
            Self::Sessions => &["issued_key", "issued_at", "caller_key", "account"],
            Self::Objects => &["uri", "committed", "first", "last"],
            Self::Rejects => &["object", "ingested"],
            Self::Findings => &["id", "detection", "last", "updated_at"],
            Self::Digests => &["uri", "account", "region", "endtime"],
            Self::Proofs => &["uri", "account", "region", "endtime", "checked"],
            Self::IamAccessKeys => &["account", "accesskeyid", "taken"],
        }
    }

    /// The columns that the lake is partitioned by.
    pub(crate) fn partitions(self) -> &'static [&'static str] {
        if self == Self::CloudTrail { &[DAY] } else { &[] }
    }

    /// Its schema in the Delta log.
    pub(crate) fn delta_schema(self) -> Result<StructType, Error> {
        let mut fields: Vec<_> = self.schema().fields().iter().cloned().collect();
        if self == Self::CloudTrail {
            fields.push(Arc::new(Field::new(DAY, DataType::Date32, true)));
        }
        Ok((&Schema::new(fields)).try_into_kernel()?)
    }

    /// How its Parquet files are written.
    pub(crate) fn properties(self) -> WriterPropertiesPtr {
        PROPERTIES[self as usize].clone()
    }
}

/// Columns of `cloudtrail` with few values, for which a dictionary makes smaller and faster files. The others are written
/// plain: a dictionary of ids or of JSON texts is given up after its first megabyte, and costs until then.
const FEW_VALUES: [&str; 34] = [
    "eventversion",
    "useridentity.type",
    "useridentity.principalid",
    "useridentity.arn",
    "useridentity.accountid",
    "useridentity.invokedby",
    "useridentity.accesskeyid",
    "useridentity.username",
    "useridentity.sessioncontext.attributes.mfaauthenticated",
    "useridentity.sessioncontext.attributes.creationdate",
    "useridentity.sessioncontext.sessionissuer.type",
    "useridentity.sessioncontext.sessionissuer.principalid",
    "useridentity.sessioncontext.sessionissuer.arn",
    "useridentity.sessioncontext.sessionissuer.accountid",
    "useridentity.sessioncontext.sessionissuer.username",
    "eventsource",
    "eventname",
    "awsregion",
    "sourceipaddress",
    "useragent",
    "errorcode",
    "eventtype",
    "apiversion",
    "recipientaccountid",
    "eventcategory",
    "tlsdetails.tlsversion",
    "tlsdetails.ciphersuite",
    "tlsdetails.clientprovidedhostheader",
    "principal",
    "caller",
    "network",
    "agent",
    "_object",
    "_ingested",
];

/// Columns of `cloudtrail` that are looked for by one value among very many: row groups say by a Bloom filter that they lack it.
const LOOKED_FOR: [&str; 4] = ["eventid", "useridentity.accesskeyid", "principal", "sourceipaddress"];
/// How often such a filter may be wrong: a wrong one costs a column of a row group, and smaller odds cost a byte for each event.
const FALSE_POSITIVES: f64 = 0.01;

fn path(column: &str) -> ColumnPath {
    ColumnPath::new(column.split('.').map(str::to_owned).collect())
}

fn properties(table: Table) -> WriterPropertiesPtr {
    let plain = table == Table::CloudTrail;
    let mut builder = WriterProperties::builder()
        .set_created_by("trailwarden".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(ROW_GROUP))
        .set_dictionary_enabled(!plain)
        .set_statistics_enabled(EnabledStatistics::None);
    for column in table.pruning_columns() {
        builder = builder.set_column_statistics_enabled(path(column), EnabledStatistics::Page);
    }
    if plain {
        for column in LOOKED_FOR {
            builder = builder.set_column_bloom_filter_fpp(path(column), FALSE_POSITIVES);
        }
        for column in FEW_VALUES {
            builder = builder.set_column_dictionary_enabled(path(column), true);
        }
    }
    Arc::new(builder.build())
}

static PROPERTIES: LazyLock<[WriterPropertiesPtr; 9]> = LazyLock::new(|| in_order(properties));

static SCHEMAS: LazyLock<[SchemaRef; 9]> = LazyLock::new(|| in_order(columns));

/// One value a table, in the order of the enum's values.
fn in_order<T>(of: impl Fn(Table) -> T) -> [T; 9] {
    [
        Table::CloudTrail,
        Table::Activity,
        Table::Sessions,
        Table::Objects,
        Table::Rejects,
        Table::Findings,
        Table::Digests,
        Table::Proofs,
        Table::IamAccessKeys,
    ]
    .map(of)
}

fn columns(table: Table) -> SchemaRef {
    let text = |name: &str| Field::new(name, DataType::Utf8View, true);
    let number = |name: &str| Field::new(name, DataType::Int64, true);
    let time = |name: &str| Field::new(name, trail_event::timestamp(), true);
    let list = |name: &str, of| Field::new(name, DataType::List(Arc::new(Field::new("element", of, true))), true);
    let fields = match table {
        Table::CloudTrail => return trail_event::schema(),
        Table::Activity => {
            let mut fields = vec![Field::new("day", DataType::Date32, true)];
            fields.extend(crate::activity::KEYS.map(text));
            fields.extend([number("count"), time("first"), time("last")]);
            fields
        }
        Table::Sessions => vec![
            text("issued_key"),
            time("issued_at"),
            time("expires"),
            text("caller_key"),
            text("caller_principal"),
            text("role_arn"),
            text("session_name"),
            text("source_identity"),
            text("account"),
            text("eventid"),
            text("eventname"),
        ],
        Table::Objects => vec![
            text("uri"),
            text("version"),
            number("size"),
            time("modified"),
            text("sha256"),
            text("state"),
            number("records"),
            number("events"),
            number("duplicates"),
            number("rejects"),
            time("first"),
            time("last"),
            number("lake_version"),
            time("committed"),
        ],
        Table::Rejects => vec![
            text("object"),
            Field::new("record", DataType::Int32, true),
            number("offset"),
            text("reason"),
            text("sample"),
            time("ingested"),
        ],
        Table::Findings => vec![
            text("id"),
            text("detection"),
            list("topics", DataType::Int32),
            text("severity"),
            text("title"),
            text("principal"),
            text("account"),
            text("region"),
            time("first"),
            time("last"),
            number("count"),
            list("event_ids", DataType::Utf8View),
            text("details"),
            text("kind"),
            time("updated_at"),
            number("lake_version"),
        ],
        Table::Digests => vec![
            text("uri"),
            text("version"),
            text("account"),
            text("region"),
            text("trail"),
            Field::new("backfill", DataType::Boolean, true),
            time("starttime"),
            time("endtime"),
            number("log_files"),
            text("metadata"),
            text("body"),
            text("fault"),
            time("modified"),
            time("ingested"),
        ],
        Table::Proofs => vec![
            text("uri"),
            text("account"),
            text("region"),
            text("trail"),
            Field::new("backfill", DataType::Boolean, true),
            time("starttime"),
            time("endtime"),
            text("verdict"),
            text("problem"),
            number("valid"),
            number("invalid"),
            number("unverifiable"),
            time("checked"),
        ],
        Table::IamAccessKeys => vec![
            text("account"),
            text("username"),
            text("accesskeyid"),
            text("status"),
            time("created"),
            time("lastused"),
            Field::new("lastuseknown", DataType::Boolean, true),
            text("lastservice"),
            text("lastregion"),
            time("taken"),
        ],
    };
    Arc::new(Schema::new(fields))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether `schema` has the leaf `column`, dots between names.
    fn has(schema: &Schema, column: &str) -> bool {
        let mut names = column.split('.');
        let Some(first) = names.next().and_then(|name| schema.field_with_name(name).ok()) else { return false };
        names
            .try_fold(first.clone(), |field, name| match field.data_type() {
                DataType::Struct(fields) => {
                    fields.iter().find(|field| field.name() == name).map(|field| field.as_ref().clone())
                }
                _ => None,
            })
            .is_some()
    }

    #[test]
    fn named_columns_exist() {
        for table in Table::ALL {
            let schema = table.schema();
            for column in table.pruning_columns() {
                assert!(has(&schema, column), "{}: {column}", table.name());
            }
            assert!(table.delta_schema().unwrap().fields().count() >= schema.fields().len());
            assert_eq!(in_order(Table::name)[table as usize], table.name());
        }
        for column in FEW_VALUES.iter().chain(&LOOKED_FOR) {
            assert!(has(&Table::CloudTrail.schema(), column), "{column}");
        }
    }
}
