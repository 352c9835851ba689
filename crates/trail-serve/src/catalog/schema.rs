//! `information_schema` as PostgreSQL has it, with PostgreSQL's names of types. (DataFusion's own tells Arrow's.)

use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use datafusion::catalog::{MemorySchemaProvider, SchemaProvider};
use datafusion::common::{Result, exec_datafusion_err};
use datafusion::datasource::MemTable;
use datafusion::prelude::SessionContext;

use super::{CATALOG, SCHEMA, Table};

/// Text columns of tables that are always empty: nothing has keys, checks, or functions that could be listed.
const EMPTY: [(&str, &[&str]); 6] = [
    (
        "table_constraints",
        &[
            "constraint_catalog",
            "constraint_schema",
            "constraint_name",
            "table_catalog",
            "table_schema",
            "table_name",
            "constraint_type",
        ],
    ),
    (
        "key_column_usage",
        &[
            "constraint_catalog",
            "constraint_schema",
            "constraint_name",
            "table_catalog",
            "table_schema",
            "table_name",
            "column_name",
            "ordinal_position",
        ],
    ),
    (
        "referential_constraints",
        &[
            "constraint_catalog",
            "constraint_schema",
            "constraint_name",
            "unique_constraint_schema",
            "unique_constraint_name",
            "update_rule",
            "delete_rule",
        ],
    ),
    (
        "constraint_column_usage",
        &["table_catalog", "table_schema", "table_name", "column_name", "constraint_schema", "constraint_name"],
    ),
    ("routines", &["specific_schema", "specific_name", "routine_schema", "routine_name", "routine_type", "data_type"]),
    ("sequences", &["sequence_catalog", "sequence_schema", "sequence_name", "data_type"]),
];

pub(super) fn register(ctx: &SessionContext, tables: &[Table], users: &[String]) -> Result<()> {
    let schema = Arc::new(MemorySchemaProvider::new());
    let add = |name: &str, columns: Vec<(&str, ArrayRef)>| {
        let fields: Vec<_> =
            columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true)).collect();
        let fields = Arc::new(Schema::new(fields));
        let batch = RecordBatch::try_new(fields.clone(), columns.into_iter().map(|(_, array)| array).collect())?;
        schema.register_table(name.to_owned(), Arc::new(MemTable::try_new(fields, vec![vec![batch]])?)).map(|_| ())
    };
    let all = |value: &str, count: usize| Arc::new(StringArray::from(vec![value; count])) as ArrayRef;
    let none = |count: usize| Arc::new(StringArray::new_null(count)) as ArrayRef;
    let texts = |values: Vec<&str>| Arc::new(StringArray::from(values)) as ArrayRef;
    let numbers = |values: Vec<Option<i32>>| Arc::new(Int32Array::from(values)) as ArrayRef;

    let count = tables.len();
    add(
        "tables",
        vec![
            ("table_catalog", all(CATALOG, count)),
            ("table_schema", all(SCHEMA, count)),
            ("table_name", texts(tables.iter().map(|table| table.name.as_str()).collect())),
            ("table_type", texts(tables.iter().map(|table| if table.view { "VIEW" } else { "BASE TABLE" }).collect())),
            ("is_insertable_into", all("NO", count)),
        ],
    )?;
    let views: Vec<_> = tables.iter().filter(|table| table.view).map(|table| table.name.as_str()).collect();
    add(
        "views",
        vec![
            ("table_catalog", all(CATALOG, views.len())),
            ("table_schema", all(SCHEMA, views.len())),
            ("view_definition", none(views.len())),
            ("table_name", texts(views)),
        ],
    )?;
    let columns: Vec<_> = tables
        .iter()
        .flat_map(|table| {
            table.schema.fields().iter().enumerate().map(move |(at, field)| (table.name.as_str(), at, field))
        })
        .collect();
    let count = columns.len();
    let types: Vec<_> = columns.iter().map(|(_, _, field)| type_names(field.data_type())).collect();
    let places = columns.iter().map(|(_, at, _)| i32::try_from(at + 1).ok()).collect();
    add(
        "columns",
        vec![
            ("table_catalog", all(CATALOG, count)),
            ("table_schema", all(SCHEMA, count)),
            ("table_name", texts(columns.iter().map(|(table, _, _)| *table).collect())),
            ("column_name", texts(columns.iter().map(|(_, _, field)| field.name().as_str()).collect())),
            ("ordinal_position", numbers(places)),
            ("column_default", none(count)),
            ("is_nullable", all("YES", count)),
            ("data_type", texts(types.iter().map(|(long, _)| *long).collect())),
            ("character_maximum_length", numbers(vec![None; count])),
            ("character_octet_length", numbers(vec![None; count])),
            ("numeric_precision", numbers(vec![None; count])),
            ("numeric_precision_radix", numbers(vec![None; count])),
            ("numeric_scale", numbers(vec![None; count])),
            ("datetime_precision", numbers(vec![None; count])),
            ("udt_catalog", all(CATALOG, count)),
            ("udt_schema", all("pg_catalog", count)),
            ("udt_name", texts(types.iter().map(|(_, short)| *short).collect())),
            ("collation_name", none(count)),
            ("is_identity", all("NO", count)),
            ("is_generated", all("NEVER", count)),
            ("is_updatable", all("NO", count)),
        ],
    )?;
    let schemata = vec![SCHEMA, "pg_catalog", "information_schema"];
    add(
        "schemata",
        vec![
            ("catalog_name", all(CATALOG, schemata.len())),
            ("schema_owner", all(CATALOG, schemata.len())),
            ("schema_name", texts(schemata)),
        ],
    )?;
    add("enabled_roles", vec![("role_name", texts(users.iter().map(String::as_str).collect()))])?;
    for (name, columns) in EMPTY {
        add(name, columns.iter().map(|column| (*column, none(0))).collect())?;
    }
    let catalog = ctx.catalog(CATALOG).ok_or_else(|| exec_datafusion_err!("the session has no catalog `{CATALOG}`"))?;
    catalog.register_schema("information_schema", schema)?;
    Ok(())
}

/// PostgreSQL's names of a type: as `information_schema` has it, and as `pg_type` has it.
fn type_names(kind: &DataType) -> (&'static str, &'static str) {
    match kind {
        DataType::Boolean => ("boolean", "bool"),
        DataType::Int8 | DataType::Int16 | DataType::UInt8 => ("smallint", "int2"),
        DataType::Int32 | DataType::UInt16 => ("integer", "int4"),
        DataType::Int64 | DataType::UInt32 => ("bigint", "int8"),
        DataType::UInt64 | DataType::Decimal128(..) | DataType::Decimal256(..) => ("numeric", "numeric"),
        DataType::Float16 | DataType::Float32 => ("real", "float4"),
        DataType::Float64 => ("double precision", "float8"),
        DataType::Date32 | DataType::Date64 => ("date", "date"),
        DataType::Timestamp(_, Some(_)) => ("timestamp with time zone", "timestamptz"),
        DataType::Timestamp(_, None) => ("timestamp without time zone", "timestamp"),
        DataType::Time32(_) | DataType::Time64(_) => ("time without time zone", "time"),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            ("bytea", "bytea")
        }
        DataType::Interval(_) | DataType::Duration(_) => ("interval", "interval"),
        nested if nested.is_nested() => ("json", "json"),
        _ => ("text", "text"),
    }
}
