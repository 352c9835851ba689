//! What the door says of itself and of what is behind it: server, catalogs, schemas, tables, keys.

use std::sync::{Arc, LazyLock};

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow_flight::sql::metadata::{SqlInfoData, SqlInfoDataBuilder};
use arrow_flight::sql::{
    CommandGetCatalogs, CommandGetDbSchemas, CommandGetSqlInfo, CommandGetTableTypes, CommandGetTables, SqlInfo,
};

use super::plain;
use crate::catalog::{CATALOG, SCHEMA, Table};

const TABLE: &str = "TABLE";
const VIEW: &str = "VIEW";

pub(super) fn catalogs(command: CommandGetCatalogs) -> Result<RecordBatch, ArrowError> {
    let mut builder = command.into_builder();
    builder.append(CATALOG);
    builder.build().map_err(|error| ArrowError::ExternalError(Box::new(error)))
}

pub(super) fn schemas(command: CommandGetDbSchemas) -> Result<RecordBatch, ArrowError> {
    let mut builder = command.into_builder();
    builder.append(CATALOG, SCHEMA);
    builder.build().map_err(|error| ArrowError::ExternalError(Box::new(error)))
}

pub(super) fn tables(command: CommandGetTables, tables: &[Table]) -> Result<RecordBatch, ArrowError> {
    let failed = |error: arrow_flight::error::FlightError| ArrowError::ExternalError(Box::new(error));
    let mut builder = command.into_builder();
    for Table { name, schema, view } in tables {
        builder
            .append(CATALOG, SCHEMA, name, if *view { VIEW } else { TABLE }, &plain::schema(schema))
            .map_err(failed)?;
    }
    builder.build().map_err(failed)
}

pub(super) fn table_types(command: CommandGetTableTypes) -> Result<RecordBatch, ArrowError> {
    let mut builder = command.into_builder();
    builder.append(TABLE);
    builder.append(VIEW);
    builder.build().map_err(|error| ArrowError::ExternalError(Box::new(error)))
}

pub(super) fn sql_info(command: CommandGetSqlInfo) -> Result<RecordBatch, ArrowError> {
    static INFO: LazyLock<Option<SqlInfoData>> = LazyLock::new(|| {
        let mut info = SqlInfoDataBuilder::new();
        info.append(SqlInfo::FlightSqlServerName, "Trailwarden");
        info.append(SqlInfo::FlightSqlServerVersion, env!("CARGO_PKG_VERSION"));
        info.append(SqlInfo::FlightSqlServerArrowVersion, arrow::ARROW_VERSION);
        info.append(SqlInfo::FlightSqlServerReadOnly, true);
        info.append(SqlInfo::FlightSqlServerSql, true);
        info.append(SqlInfo::FlightSqlServerSubstrait, false);
        // 0: there are none.
        info.append(SqlInfo::FlightSqlServerTransaction, 0_i32);
        info.append(SqlInfo::FlightSqlServerCancel, true);
        info.append(SqlInfo::SqlDdlCatalog, false);
        info.append(SqlInfo::SqlDdlSchema, false);
        info.append(SqlInfo::SqlDdlTable, false);
        // 1: names ignore case.
        info.append(SqlInfo::SqlIdentifierCase, 1_i32);
        info.append(SqlInfo::SqlQuotedIdentifierCase, 1_i32);
        info.append(SqlInfo::SqlIdentifierQuoteChar, "\"");
        info.build().ok()
    });
    let failed = |error: arrow_flight::error::FlightError| ArrowError::ExternalError(Box::new(error));
    match &*INFO {
        Some(info) => command.into_builder(info).build().map_err(failed),
        None => Err(ArrowError::InvalidArgumentError("what the server is cannot be told".to_owned())),
    }
}

/// No table has a primary key that would be one to a client.
pub(super) fn primary_keys() -> RecordBatch {
    let text = |name: &str, null: bool| Field::new(name, DataType::Utf8, null);
    RecordBatch::new_empty(of(vec![
        text("catalog_name", true),
        text("db_schema_name", true),
        text("table_name", false),
        text("column_name", false),
        Field::new("key_sequence", DataType::Int32, false),
        text("key_name", true),
    ]))
}

/// Nor do tables refer to each other.
pub(super) fn foreign_keys() -> RecordBatch {
    let text = |name: &str, null: bool| Field::new(name, DataType::Utf8, null);
    RecordBatch::new_empty(of(vec![
        text("pk_catalog_name", true),
        text("pk_db_schema_name", true),
        text("pk_table_name", false),
        text("pk_column_name", false),
        text("fk_catalog_name", true),
        text("fk_db_schema_name", true),
        text("fk_table_name", false),
        text("fk_column_name", false),
        Field::new("key_sequence", DataType::Int32, false),
        text("fk_key_name", true),
        text("pk_key_name", true),
        Field::new("update_rule", DataType::UInt8, false),
        Field::new("delete_rule", DataType::UInt8, false),
    ]))
}

fn of(fields: Vec<Field>) -> SchemaRef {
    Arc::new(Schema::new(fields))
}
