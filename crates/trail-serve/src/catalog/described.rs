//! A table that has columns and no rows: the catalog describes it, and nobody can read it here.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{Result, plan_err};
use datafusion::datasource::TableType;
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;

#[derive(Debug)]
pub(super) struct Described {
    name: String,
    schema: SchemaRef,
    kind: TableType,
}

impl Described {
    pub(super) fn new(name: &str, schema: &SchemaRef, view: bool) -> Self {
        let fields: Vec<Field> =
            schema.fields().iter().map(|field| Field::clone(field).with_data_type(told(field))).collect();
        let kind = if view { TableType::View } else { TableType::Base };
        Self { name: name.to_owned(), schema: Arc::new(Schema::new(fields)), kind }
    }
}

/// The type by which clients get a column: text for what PostgreSQL has no word for.
fn told(field: &Field) -> DataType {
    match field.data_type() {
        DataType::Utf8View | DataType::LargeUtf8 | DataType::Null => DataType::Utf8,
        nested if nested.is_nested() => DataType::Utf8,
        other => other.clone(),
    }
}

#[async_trait]
impl TableProvider for Described {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        self.kind
    }

    async fn scan(
        &self,
        _state: &dyn Session,
        _projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        plan_err!("`{}` cannot be asked together with the catalog: ask each in a statement of its own", self.name)
    }
}
