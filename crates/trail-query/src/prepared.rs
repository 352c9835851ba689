//! Statements for programs that ask from outside: planned once, with parameters (`$1`), and run within a share of the engine's means.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::{ParamValues, ScalarValue};
use datafusion::execution::memory_pool::{FairSpillPool, MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation};
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::execute_stream;
use datafusion::prelude::SessionContext;

use crate::engine::{planned, read_only, within};
use crate::{Answer, Config, Engine, QueryError, answer};

/// What one statement may take of its engine. What is absent is the engine's own limit; none can be raised.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share {
    /// Memory that its sorts, joins and aggregates may hold before they spill, in MiB.
    pub memory_limit_mib: Option<u64>,
    /// How long it may run.
    pub statement_timeout: Option<Duration>,
    /// The most rows that it may give.
    pub max_rows: Option<u64>,
}

/// A statement that was found to be allowed and was planned, with or without parameters.
#[derive(Debug, Clone)]
pub struct Prepared {
    plan: LogicalPlan,
    headings: HashMap<String, String>,
}

impl Prepared {
    /// The columns of its answer, named as the statement wrote them.
    pub fn schema(&self) -> SchemaRef {
        answer::with_headings(&Arc::new(self.plan.schema().as_arrow().clone()), &self.headings)
    }

    /// The types of its parameters by their numbers, where the plan tells them.
    ///
    /// # Errors
    /// When a parameter has no number, or is meant to be of two types at once.
    pub fn parameters(&self) -> Result<BTreeMap<usize, Option<DataType>>, QueryError> {
        let number = |name: &str| name.strip_prefix('$').and_then(|number| number.parse::<usize>().ok());
        let wrong = |name: &str| {
            QueryError::Statement(format!("`{name}` is no parameter that can be bound (parameters are `$1`, `$2`, …)"))
        };
        let known = self.plan.get_parameter_types()?;
        known
            .into_iter()
            .map(|(name, kind)| Ok((number(&name).filter(|number| *number > 0).ok_or_else(|| wrong(&name))?, kind)))
            .collect()
    }
}

impl Engine {
    /// Finds out whether a statement is allowed, and plans it.
    ///
    /// # Errors
    /// When it is not allowed or cannot be planned.
    pub async fn prepare(&self, sql: &str) -> Result<Prepared, QueryError> {
        let accepted = self.accept_numbered(sql)?;
        let state = self.context().state();
        let plan = async {
            let plan = planned(&state, accepted.statement).await?;
            read_only().verify_plan(&plan)?;
            Ok(plan)
        };
        let plan = within(self.config().statement_timeout, plan).await?;
        Ok(Prepared { plan, headings: accepted.headings })
    }

    /// Runs a prepared statement with values for `$1`, `$2` and so on. Rows come as the answer is read; dropping it stops the work.
    ///
    /// # Errors
    /// When a value is missing or does not fit, or the statement does not start within its time.
    pub async fn run(&self, prepared: &Prepared, values: Vec<ScalarValue>) -> Result<Answer, QueryError> {
        let limit = self.config().statement_timeout;
        let deadline = limit.map(|limit| (Box::pin(tokio::time::sleep(limit)), limit));
        let needed = prepared.parameters()?.last_key_value().map_or(0, |(number, _)| *number);
        if values.len() < needed {
            let bound = values.len();
            return Err(QueryError::Statement(format!("the statement has {needed} parameters, and {bound} are bound")));
        }
        let ctx = self.context();
        let started = async {
            let mut plan = prepared.plan.clone();
            if needed > 0 {
                plan = plan.replace_params_with_values(&ParamValues::from(values))?;
            }
            let plan = ctx.state().create_physical_plan(&plan).await?;
            Ok((execute_stream(plan.clone(), ctx.task_ctx())?, plan))
        };
        let (stream, plan) = within(limit, started).await?;
        Ok(Answer::new(stream, plan, &prepared.headings, deadline, self.config().max_rows))
    }

    /// This engine with less: the same tables, functions and files, and a share of its memory, time and rows. Cheap enough to be
    /// made for each statement.
    pub fn share(&self, share: Share) -> Self {
        let base = self.config();
        let config = Config {
            statement_timeout: least(base.statement_timeout, share.statement_timeout),
            max_rows: least(base.max_rows, share.max_rows),
            memory_limit_mib: share.memory_limit_mib.unwrap_or(u64::MAX).min(base.memory_limit_mib),
            ..base.clone()
        };
        let mut state = SessionStateBuilder::new_from_existing(self.context().state());
        if config.memory_limit_mib < base.memory_limit_mib {
            let runtime = self.runtime();
            let bytes = usize::try_from(config.memory_limit_mib << 20).unwrap_or(usize::MAX);
            let memory_pool = Arc::new(Part { own: FairSpillPool::new(bytes), whole: runtime.memory_pool.clone() });
            state = state.with_runtime_env(Arc::new(RuntimeEnv { memory_pool, ..RuntimeEnv::clone(&runtime) }));
        }
        Self::over(SessionContext::new_with_state(state.build()), config)
    }
}

fn least<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// A part of a pool: what is taken of it is taken of the whole as well.
#[derive(Debug)]
struct Part {
    own: FairSpillPool,
    whole: Arc<dyn MemoryPool>,
}

impl MemoryPool for Part {
    fn name(&self) -> &str {
        "part"
    }

    fn register(&self, consumer: &MemoryConsumer) {
        self.own.register(consumer);
        self.whole.register(consumer);
    }

    fn unregister(&self, consumer: &MemoryConsumer) {
        self.own.unregister(consumer);
        self.whole.unregister(consumer);
    }

    fn grow(&self, reservation: &MemoryReservation, additional: usize) {
        self.own.grow(reservation, additional);
        self.whole.grow(reservation, additional);
    }

    fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
        self.own.shrink(reservation, shrink);
        self.whole.shrink(reservation, shrink);
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> datafusion::common::Result<()> {
        self.own.try_grow(reservation, additional)?;
        self.whole.try_grow(reservation, additional).inspect_err(|_| self.own.shrink(reservation, additional))
    }

    fn reserved(&self) -> usize {
        self.own.reserved()
    }

    fn memory_limit(&self) -> MemoryLimit {
        self.own.memory_limit()
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.own, self.whole)
    }
}
