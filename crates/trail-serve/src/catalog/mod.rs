//! What clients ask of the catalog itself (`pg_catalog`, `information_schema`, `version()`), answered by a session that has the
//! descriptions of all tables and the rows of none: nothing gets past the engine this way.

mod absent;
mod described;
mod functions;
mod schema;
pub(crate) mod settings;

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::{Arc, RwLock};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::common::{DataFusionError, ParamValues, ScalarValue};
use datafusion::execution::memory_pool::GreedyMemoryPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::{SQLOptions, SessionConfig, SessionContext};
use datafusion::sql::parser::Statement as Parsed;
use datafusion::sql::sqlparser::ast::{Expr, ObjectName, Statement, visit_expressions, visit_relations};
use datafusion_postgres::datafusion_pg_catalog::pg_catalog::context::EmptyContextProvider;
use datafusion_postgres::datafusion_pg_catalog::pg_catalog::setup_pg_catalog;
use datafusion_postgres::datafusion_pg_catalog::sql::PostgresCompatibilityParser;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use trail_query::{Engine, QueryError};

use self::described::Described;

/// Of catalog and schema, as the engine names them.
pub(crate) const CATALOG: &str = "trailwarden";
pub(crate) const SCHEMA: &str = "public";
/// Memory that questions about the catalog may hold, all together.
const MEMORY: usize = 256 << 20;
/// What the catalog's questions have in them somewhere; most others are not even parsed for it.
const MARKS: [&str; 14] = [
    "pg_",
    "information_schema",
    "version",
    "current_schema",
    "current_database",
    "current_catalog",
    "current_user",
    "session_user",
    "current_setting",
    "set_config",
    "_privilege",
    "_description",
    "format_type",
    "quote_ident",
];

/// Descriptions of what an engine has.
pub(crate) struct Catalog {
    ctx: SessionContext,
    parser: PostgresCompatibilityParser,
    /// Tables as the engine named them, each with its columns and whether it is a view.
    tables: Vec<Table>,
}

/// A table or view.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) schema: SchemaRef,
    pub(crate) view: bool,
}

impl Catalog {
    pub(crate) async fn new(engine: &Engine, users: impl Iterator<Item = &String>) -> Result<Self, QueryError> {
        let config = SessionConfig::new().with_target_partitions(1).with_default_catalog_and_schema(CATALOG, SCHEMA);
        let runtime = RuntimeEnvBuilder::new().with_memory_pool(Arc::new(GreedyMemoryPool::new(MEMORY))).build_arc()?;
        let ctx = SessionContext::new_with_config_rt(config, runtime);
        let mut tables = Vec::new();
        for name in engine.table_names() {
            let (schema, view) = (engine.table_schema(&name).await?, engine.is_view(&name).await?);
            ctx.register_table(name.as_str(), Arc::new(Described::new(&name, &schema, view)))?;
            tables.push(Table { name, schema, view });
        }
        setup_pg_catalog(&ctx, CATALOG, EmptyContextProvider).map_err(|error| *error)?;
        schema::register(&ctx, &tables, &users.cloned().collect::<Vec<_>>())?;
        functions::register(&ctx);
        Ok(Self { ctx, parser: PostgresCompatibilityParser::new(), tables })
    }

    /// All tables and views, sorted by name.
    pub(crate) fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// The statement in a form that can be planned here, if it asks the catalog; the engine's otherwise.
    pub(crate) fn statement(&self, sql: &str) -> Option<Statement> {
        let lower = sql.to_ascii_lowercase();
        if !MARKS.iter().any(|mark| lower.contains(mark)) {
            return None;
        }
        let mut statements = self.parser.parse(sql).ok()?;
        let statement = statements.pop().filter(|_| statements.is_empty())?;
        matches!(statement, Statement::Query(_)).then_some(())?;
        let relations = relations(&statement);
        let asks = relations.iter().any(|name| is_catalog(name));
        let reads = || relations.iter().any(|name| self.tables.iter().any(|table| Some(&table.name) == name.last()));
        // The parser knows some clients' questions as a whole, and puts an empty answer in their place.
        let replaced = || {
            relations.is_empty() && lower.split_whitespace().collect::<Vec<_>>().join(" ").contains("from pg_catalog.")
        };
        (asks || replaced() || (!reads() && calls_catalog(&statement))).then_some(statement)
    }

    /// Plans a statement of the catalog.
    pub(crate) async fn plan(&self, statement: Statement) -> Result<LogicalPlan, QueryError> {
        let plan = match self.ctx.state().statement_to_plan(Parsed::Statement(Box::new(statement.clone()))).await {
            Ok(plan) => plan,
            Err(error) => absent::of_indexes(&statement)?.ok_or(error)?,
        };
        let reading = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
        reading.verify_plan(&plan)?;
        Ok(plan)
    }

    /// Runs a statement of the catalog.
    pub(crate) async fn run(
        &self,
        plan: LogicalPlan,
        values: Vec<ScalarValue>,
    ) -> Result<(SchemaRef, BoxStream<'static, Result<RecordBatch, QueryError>>), QueryError> {
        let plan = plan.replace_params_with_values(&ParamValues::from(values))?;
        let stream = self.ctx.execute_logical_plan(plan).await?.execute_stream().await?;
        Ok((stream.schema(), stream.map_err(|error: DataFusionError| QueryError::from(error)).boxed()))
    }
}

/// The tables that a statement names, each as its names in lower case.
fn relations(statement: &Statement) -> HashSet<Vec<String>> {
    let found = RwLock::new(HashSet::new());
    let _ = visit_relations(statement, |name: &ObjectName| {
        let names = name.0.iter().filter_map(|part| part.as_ident()).map(|ident| ident.value.to_lowercase()).collect();
        found.write().unwrap_or_else(std::sync::PoisonError::into_inner).insert(names);
        ControlFlow::<()>::Continue(())
    });
    found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn is_catalog(name: &[String]) -> bool {
    let schema = name.len().checked_sub(2).map(|at| name[at].as_str());
    matches!(schema, Some("pg_catalog" | "information_schema"))
        || (schema.is_none() && name.last().is_some_and(|name| name.starts_with("pg_")))
}

fn calls_catalog(statement: &Statement) -> bool {
    let of_catalog = |name: &str| MARKS.iter().any(|mark| name.contains(mark));
    let found = visit_expressions(statement, |expr: &Expr| match expr {
        Expr::Function(function) => {
            let name = function.name.0.last().and_then(|part| part.as_ident()).map(|ident| ident.value.to_lowercase());
            if name.is_some_and(|name| of_catalog(&name)) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }
        _ => ControlFlow::Continue(()),
    });
    found.is_break()
}

#[cfg(test)]
mod tests {
    use trail_query::Config;

    use super::*;

    async fn catalog() -> Catalog {
        let engine = Engine::new(Config::default()).unwrap();
        let schema = Arc::new(arrow::datatypes::Schema::new(vec![arrow::datatypes::Field::new(
            "eventname",
            arrow::datatypes::DataType::Utf8View,
            true,
        )]));
        engine.attach_batches("cloudtrail", schema, Vec::new()).unwrap();
        engine.attach_view("names", "SELECT eventname FROM cloudtrail").await.unwrap();
        Catalog::new(&engine, std::iter::empty()).await.unwrap()
    }

    #[tokio::test]
    async fn what_is_asked_of_the_catalog() {
        let catalog = catalog().await;
        let check = |sql: &str, expected: bool| assert_eq!(catalog.statement(sql).is_some(), expected, "{sql}");
        check("SELECT relname FROM pg_catalog.pg_class", true);
        check("SELECT relname FROM pg_class", true);
        check("SELECT table_name FROM information_schema.tables", true);
        check("SELECT version()", true);
        check("SELECT pg_catalog.current_schema()", true);
        check("SELECT current_timestamp", false);
        check("SELECT count(*) FROM cloudtrail WHERE eventname = 'pg_class'", false);
        check("SELECT arn_part('pg_', 'name')", false);
        check("SELECT * FROM cloudtrail", false);
        check("DROP TABLE pg_class", false);
        check("SELECT version(); SELECT version()", false);
    }

    async fn ask(catalog: &Catalog, sql: &str) -> Result<String, QueryError> {
        let plan = catalog.plan(catalog.statement(sql).expect(sql)).await?;
        let (_, batches) = catalog.run(plan, Vec::new()).await?;
        let batches: Vec<_> = batches.try_collect().await?;
        let mut out = Vec::new();
        for batch in &batches {
            for row in 0..batch.num_rows() {
                let cell = |column: &Arc<dyn arrow::array::Array>| {
                    arrow::util::display::array_value_to_string(column, row).unwrap()
                };
                out.push(batch.columns().iter().map(cell).collect::<Vec<_>>().join("|"));
            }
        }
        Ok(out.join("\n"))
    }

    #[tokio::test]
    async fn what_the_catalog_says() {
        let catalog = catalog().await;
        let check = async |sql: &str, expected: &str| {
            let found = ask(&catalog, sql).await.unwrap_or_else(|error| format!("error: {error}"));
            assert!(found.contains(expected), "{sql}\n{found}");
        };
        check("SELECT version()", "PostgreSQL 16").await;
        check("SELECT pg_catalog.version()", "PostgreSQL 16").await;
        check("SELECT current_database(), current_schema()", "trailwarden|public").await;
        check("SELECT current_setting('server_version_num')", "160006").await;
        check("SELECT set_config('search_path', '', false)", "").await;
        check(
            "SELECT table_name, table_type FROM information_schema.tables ORDER BY 1",
            "cloudtrail|BASE TABLE\nnames|VIEW",
        )
        .await;
        check(
            "SELECT column_name, data_type, ordinal_position FROM information_schema.columns WHERE table_name = 'names'",
            "eventname|text|1",
        )
        .await;
        check("SELECT c.relname, c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' ORDER BY 1", "cloudtrail|r\nnames|v").await;
        check("SELECT obj_description(oid, 'pg_class') FROM pg_class LIMIT 1", "").await;
    }

    #[tokio::test]
    async fn the_catalog_has_no_rows_of_tables() {
        let catalog = catalog().await;
        let told = ask(&catalog, "SELECT count(*) FROM cloudtrail, pg_class").await.unwrap_err().to_string();
        assert!(told.contains("`cloudtrail` cannot be asked together with the catalog"), "{told}");
        for sql in ["SELECT * FROM 'x.parquet', pg_class", "SELECT * FROM read_csv('x'), pg_class"] {
            assert!(ask(&catalog, sql).await.is_err(), "{sql}");
        }
    }
}
