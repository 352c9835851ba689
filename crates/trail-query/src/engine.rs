//! The engine: one DataFusion session with our limits, functions and tables. SQL in, Arrow out, nothing written.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use datafusion::catalog::view::ViewTable;
use datafusion::common::TableReference;
use datafusion::datasource::{MemTable, TableType};
use datafusion::error::DataFusionError;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::LogicalPlan;
use datafusion::optimizer::analyzer::{Analyzer, AnalyzerRule};
use datafusion::optimizer::{Optimizer, OptimizerRule};
use datafusion::physical_plan::execute_stream;
use datafusion::prelude::{SQLOptions, SessionConfig, SessionContext};
use datafusion::sql::parser::Statement;

use crate::counts::CountsAsSums;
use crate::dialect::{Known, Parameters};
use crate::files::{FileSet, FilesTable};
use crate::place::Chosen;
use crate::plain::plain_schema;
use crate::uses::{ByUses, Uses};
use crate::{Answer, Config, Library, Place, QueryError, dialect, functions, lambdas};

/// Consumers that an out-of-memory error names.
const NAMED_CONSUMERS: std::num::NonZeroUsize = std::num::NonZeroUsize::new(3).expect("3 is not 0");

/// What part of the memory for queries footers may hold besides: one of so many.
const FOOTERS: u64 = 8;

/// Where tables are: `trailwarden.public.cloudtrail` is `cloudtrail` in full.
const CATALOG: &str = "trailwarden";
const SCHEMA: &str = "public";

/// A read-only SQL session over the tables attached to it.
#[derive(Clone)]
pub struct Engine {
    ctx: SessionContext,
    config: Arc<Config>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Engine {
    /// A session with these limits and no tables.
    ///
    /// # Errors
    /// When the spill folder cannot be used.
    pub fn new(config: Config) -> Result<Self, QueryError> {
        Self::made(config, None)
    }

    /// The same, whose statements are planned here and computed in another place.
    ///
    /// # Errors
    /// When the spill folder cannot be used.
    pub fn computing_in(place: Arc<dyn Place>, config: Config) -> Result<Self, QueryError> {
        Self::made(config, Some(place))
    }

    fn made(config: Config, place: Option<Arc<dyn Place>>) -> Result<Self, QueryError> {
        let mib = |count: u64| count.saturating_mul(1024 * 1024);
        let pool = FairSpillPool::new(usize::try_from(mib(config.memory_limit_mib)).unwrap_or(usize::MAX));
        let mode = match &config.spill_dir {
            Some(folder) => DiskManagerMode::Directories(vec![folder.clone()]),
            None => DiskManagerMode::OsTmpDirectory,
        };
        let disk =
            DiskManagerBuilder::default().with_mode(mode).with_max_temp_directory_size(mib(config.spill_limit_mib));
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(TrackConsumersPool::new(pool, NAMED_CONSUMERS)))
            .with_disk_manager_builder(disk)
            // Footers that were read stay, for the next statement; the engine's own limit would hold those of some hundred files.
            .with_metadata_cache_limit(usize::try_from(mib(config.memory_limit_mib) / FOOTERS).unwrap_or(usize::MAX))
            .build_arc()?;
        let mut session = SessionConfig::new()
            .with_target_partitions(match (&place, config.threads) {
                (Some(place), 0) => place.parts(),
                _ => config.threads(),
            })
            .with_batch_size(config.batch_size)
            .with_information_schema(true)
            .with_default_catalog_and_schema(CATALOG, SCHEMA);
        // As in Trino, NULL is last whichever way rows are ordered.
        "nulls_last".clone_into(&mut session.options_mut().sql_parser.default_null_ordering);
        let parquet = &mut session.options_mut().execution.parquet;
        // Rows that a filter drops are then never decoded in the other columns, and JSON columns are most of the bytes.
        parquet.pushdown_filters = true;
        parquet.reorder_filters = true;
        if let Some(place) = place {
            session = session.with_extension(Arc::new(Chosen(place)));
        }
        Ok(Self { ctx: self::session(session, runtime), config: Arc::new(config) })
    }

    /// The settings that this engine was made with.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// An engine over a session that is there already.
    pub(crate) fn over(ctx: SessionContext, config: Config) -> Self {
        Self { ctx, config: Arc::new(config) }
    }

    pub(crate) fn context(&self) -> &SessionContext {
        &self.ctx
    }

    /// Whether another place computes what is planned here.
    fn is_elsewhere(&self) -> bool {
        self.ctx.state_ref().read().config().get_extension::<Chosen>().is_some()
    }

    /// Memory and disk of this session.
    pub(crate) fn runtime(&self) -> Arc<RuntimeEnv> {
        self.ctx.runtime_env()
    }

    /// Runs one read-only statement. Rows come as the answer is read; dropping it stops the work.
    ///
    /// # Errors
    /// When the statement is not allowed, cannot be planned, or does not start within its time.
    pub async fn sql(&self, sql: &str) -> Result<Answer, QueryError> {
        self.sql_with(sql, &Parameters::new()).await
    }

    /// The same with values for the statement's placeholders, by name: `${name}` and `$name`.
    ///
    /// # Errors
    /// As [`Engine::sql`], and when a placeholder has no value.
    pub async fn sql_with(&self, sql: &str, parameters: &BTreeMap<String, String>) -> Result<Answer, QueryError> {
        let limit = self.config.statement_timeout;
        let deadline = limit.map(|limit| (Box::pin(tokio::time::sleep(limit)), limit));
        let state = self.ctx.state();
        let accepted = self.accept(sql, parameters)?;
        let started = async {
            let plan = planned(&state, accepted.statement).await?;
            read_only().verify_plan(&plan)?;
            let plan = state.create_physical_plan(&plan).await?;
            let stream = execute_stream(plan.clone(), self.ctx.task_ctx())?;
            Ok((stream, plan))
        };
        let (stream, plan) = within(limit, started).await?;
        Ok(Answer::new(stream, plan, &accepted.headings, deadline, self.config.max_rows))
    }

    /// Makes rows in memory a table; one of that name is replaced.
    ///
    /// # Errors
    /// When a batch does not have the schema.
    pub fn attach_batches(&self, name: &str, schema: SchemaRef, batches: Vec<RecordBatch>) -> Result<(), QueryError> {
        let table = MemTable::try_new(schema, vec![batches])?;
        self.attach_provider(name, Arc::new(table))
    }

    /// Makes Parquet files a table; one of that name is replaced.
    ///
    /// # Errors
    /// When the set's base is not a URL of an object store.
    pub fn attach_files(&self, name: &str, set: FileSet) -> Result<(), QueryError> {
        self.attach_counted(name, set, None)
    }

    /// The same for files whose uses are counted in another table.
    pub(crate) fn attach_counted(&self, name: &str, mut set: FileSet, uses: Option<Uses>) -> Result<(), QueryError> {
        if self.is_elsewhere() {
            // Between machines rows are written and read again, and views would be written with far more than they show.
            set.schema = plain_schema(&set.schema);
        }
        self.ctx.register_object_store(&set.base, set.store.clone());
        self.attach_provider(name, Arc::new(FilesTable::try_new(set)?.counted_in(uses)))
    }

    /// Makes a SELECT a table that is computed when it is asked; one of that name is replaced.
    ///
    /// # Errors
    /// When the statement is not a query or names what is not there.
    pub async fn attach_view(&self, name: &str, sql: &str) -> Result<(), QueryError> {
        let plan = self.plan(sql).await?;
        self.attach_provider(name, Arc::new(ViewTable::new(plan, Some(sql.to_owned()))))
    }

    /// Runs a query now and keeps its rows as a table, so that several queries can share one scan. They take as much memory as
    /// they are, whatever the limit.
    ///
    /// # Errors
    /// As [`Engine::sql`] and [`Answer::collect`].
    pub async fn materialize(&self, name: &str, sql: &str) -> Result<(), QueryError> {
        let answer = self.sql(sql).await?;
        let schema = answer.schema();
        let batches = answer.collect().await?;
        self.attach_batches(name, schema, batches)
    }

    /// Attaches the library's views, each when the tables that it reads are there. Gives back those that could not be.
    pub async fn attach_views(&self, library: &Library) -> Vec<(String, QueryError)> {
        let mut waiting: Vec<_> = library.under("views").collect();
        loop {
            let mut failed = Vec::new();
            let before = waiting.len();
            for view in waiting {
                let name = view.id.rsplit('/').next().unwrap_or(&view.id);
                if let Err(error) = self.attach_view(name, &view.sql).await {
                    failed.push((view, error));
                }
            }
            // Views may read views: go round as long as that helps.
            if failed.is_empty() || failed.len() == before {
                return failed.into_iter().map(|(view, error)| (view.id.clone(), error)).collect();
            }
            waiting = failed.into_iter().map(|(view, _)| view).collect();
        }
    }

    /// A session of its own with the same limits, memory and tables: what is attached to it is not seen here. For work that needs
    /// tables of its own making.
    ///
    /// # Errors
    /// When a table cannot be looked up.
    pub async fn scratch(&self) -> Result<Self, QueryError> {
        let ctx = session(self.ctx.copied_config(), self.ctx.runtime_env());
        let scratch = Self { ctx, config: self.config.clone() };
        for name in self.table_names() {
            let table = self.ctx.table_provider(TableReference::bare(name.as_str())).await?;
            scratch.attach_provider(&name, table)?;
        }
        Ok(scratch)
    }

    /// The names of all tables and views, sorted.
    pub fn table_names(&self) -> Vec<String> {
        let schema = self.ctx.catalog(CATALOG).and_then(|catalog| catalog.schema(SCHEMA));
        let mut names = schema.map(|schema| schema.table_names()).unwrap_or_default();
        names.sort();
        names
    }

    /// True if there is a table or view of this name.
    pub fn has_table(&self, name: &str) -> bool {
        self.ctx.table_exist(TableReference::bare(name)).unwrap_or(false)
    }

    /// The columns of a table or view.
    ///
    /// # Errors
    /// When there is none of this name.
    pub async fn table_schema(&self, name: &str) -> Result<SchemaRef, QueryError> {
        Ok(self.ctx.table_provider(TableReference::bare(name)).await?.schema())
    }

    /// True if what bears this name is a view.
    ///
    /// # Errors
    /// When there is none of this name.
    pub async fn is_view(&self, name: &str) -> Result<bool, QueryError> {
        Ok(self.ctx.table_provider(TableReference::bare(name)).await?.table_type() == TableType::View)
    }

    pub(crate) fn attach_provider(&self, name: &str, table: Arc<dyn TableProvider>) -> Result<(), QueryError> {
        let name = TableReference::bare(name.to_lowercase());
        self.ctx.deregister_table(name.clone())?;
        self.ctx.register_table(name, table)?;
        Ok(())
    }

    async fn plan(&self, sql: &str) -> Result<LogicalPlan, QueryError> {
        let accepted = self.accept(sql, &Parameters::new())?;
        let plan = planned(&self.ctx.state(), accepted.statement).await?;
        read_only().verify_plan(&plan)?;
        Ok(plan)
    }

    /// A statement in the engine's own terms.
    fn accept(&self, sql: &str, parameters: &Parameters) -> Result<dialect::Accepted, QueryError> {
        self.resolved(dialect::parse_with(sql, parameters)?, false)
    }

    /// The same for a statement whose `$1` and so on get their values later.
    pub(crate) fn accept_numbered(&self, sql: &str) -> Result<dialect::Accepted, QueryError> {
        self.resolved(dialect::parse(sql)?, true)
    }

    fn resolved(&self, mut accepted: dialect::Accepted, numbered: bool) -> Result<dialect::Accepted, QueryError> {
        accepted.resolve(&Known { tables: &self.table_names(), aliases: &self.config.tables, numbered })?;
        Ok(accepted)
    }
}

/// A session with our functions and dialect and no tables. Who computes for others decodes their plans with it.
pub fn session(config: SessionConfig, runtime: Arc<RuntimeEnv>) -> SessionContext {
    // What is attached to a session's settings stays with all sessions that are made of it.
    let place = config.get_extension::<Chosen>();
    let mut builder = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime)
        .with_default_features()
        .with_optimizer_rules(optimizer_rules())
        .with_physical_optimizer_rules(lambdas::physical_rules())
        .with_optimizer_rule(Arc::new(CountsAsSums))
        .with_relation_planners(vec![Arc::new(dialect::Unnests)])
        .with_type_planner(Arc::new(dialect::Types));
    if let Some(meaning) = dialect::Meaning::new(&functions::scalar_functions()).map(Arc::new) {
        let rules = std::iter::once(meaning.clone() as Arc<dyn AnalyzerRule + Send + Sync>);
        builder = builder.with_analyzer_rules(rules.chain(Analyzer::new().rules).collect());
        builder.expr_planners().get_or_insert_default().insert(0, meaning);
    }
    if let Some(place) = place {
        builder = place.0.prepare(builder);
    }
    let state = builder.build();
    let ctx = SessionContext::new_with_state(state);
    functions::register(&ctx);
    ctx
}

/// The engine's own rules, and ours as soon as filters are simple and in their places.
fn optimizer_rules() -> Vec<Arc<dyn OptimizerRule + Send + Sync>> {
    let mut rules = Optimizer::new().rules;
    let place = rules.iter().position(|rule| rule.name() == "push_down_filter").map_or(rules.len(), |place| place + 1);
    rules.insert(place, Arc::new(ByUses));
    rules
}

/// A statement's plan, before it is optimized.
pub(crate) async fn planned(state: &SessionState, statement: Statement) -> Result<LogicalPlan, DataFusionError> {
    let plan = dialect::spread(state.statement_to_plan(statement).await?)?;
    dialect::shown(plan)
}

/// The second lock behind `dialect`: whatever the parser let through, a plan that writes does not run.
pub(crate) fn read_only() -> SQLOptions {
    SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false)
}

pub(crate) async fn within<T>(
    limit: Option<Duration>,
    work: impl Future<Output = Result<T, DataFusionError>>,
) -> Result<T, QueryError> {
    match limit {
        None => Ok(work.await?),
        Some(limit) => Ok(tokio::time::timeout(limit, work).await.map_err(|_| QueryError::Timeout { limit })??),
    }
}
