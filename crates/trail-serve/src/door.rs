//! What the doors share: what is behind them, who may come in, and how a statement is planned and run.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::LogicalPlan;
use datafusion_postgres::pgwire::tokio::TlsAcceptor;
use futures::StreamExt;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use trail_query::{Engine, Prepared, QueryError, Share};

use crate::audit::{Note, Outcome};
use crate::catalog::Catalog;
use crate::config::{Config, ConfigError};
use crate::limits::Places;
use crate::rows::{Bounds, Rows};
use crate::users::Users;
use crate::{flight, pg, tls};

/// A plan is used again for so long; then the lake may have grown.
const FRESH: Duration = Duration::from_secs(2);

/// A way in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// PostgreSQL's wire protocol.
    Postgres,
    /// Arrow Flight SQL.
    Flight,
}

impl Door {
    /// Its name in the audit and in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Flight => "flight",
        }
    }
}

/// Is told what happens at the doors, for metrics.
pub trait Watcher: Send + Sync + fmt::Debug {
    /// A connection was opened (`1`) or closed (`-1`).
    fn connections(&self, door: &'static str, change: i64);

    /// A statement ended.
    fn asked(&self, door: &'static str, outcome: Outcome, rows: u64, took: Duration);
}

/// Why no door was opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The settings are wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A port cannot be opened.
    #[error("`serve.{door}` `{address}` cannot be opened: {source}")]
    Port {
        /// The key of the door.
        door: &'static str,
        /// Its address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// What is behind them cannot be described.
    #[error(transparent)]
    Query(#[from] QueryError),
}

/// Open doors: ports that are held, with nobody let in yet.
pub struct Doors {
    house: Arc<House>,
    open: Vec<(Door, TcpListener, Option<TlsAcceptor>)>,
}

impl fmt::Debug for Doors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Doors").field("open", &self.open.len()).finish_non_exhaustive()
    }
}

impl Doors {
    /// Opens the ports that the settings name. Each statement is asked of the engine that `behind` holds then; all of its engines
    /// have the same tables. `variable` looks into the environment.
    ///
    /// # Errors
    /// When the settings are wrong, a password or certificate cannot be had, or a port cannot be opened.
    pub async fn open(
        config: &Config,
        variable: impl Fn(&str) -> Option<String>,
        behind: watch::Receiver<Engine>,
        watcher: Arc<dyn Watcher>,
    ) -> Result<Self, OpenError> {
        let users = config.known(variable)?;
        let engine = behind.borrow().clone();
        let catalog = Catalog::new(&engine, config.users.keys()).await?;
        let house = House { config: config.clone(), users, behind, catalog, watcher };
        let mut open = Vec::new();
        for (door, address) in [(Door::Postgres, config.postgres), (Door::Flight, config.flight)] {
            let Some(address) = address else { continue };
            let acceptor = tls::acceptor(config, if door == Door::Flight { b"h2" } else { b"postgresql" })?;
            let listener = TcpListener::bind(address).await;
            let listener = listener.map_err(|source| OpenError::Port { door: door.name(), address, source })?;
            open.push((door, listener, acceptor));
        }
        Ok(Self { house: Arc::new(house), open })
    }

    /// Where the doors are: the system chooses a port where the settings say 0.
    pub fn addresses(&self) -> Vec<(Door, SocketAddr)> {
        self.open.iter().filter_map(|(door, listener, _)| Some((*door, listener.local_addr().ok()?))).collect()
    }

    /// Answers whoever asks until `stop`; what runs then is stopped.
    pub async fn serve(self, stop: CancellationToken) {
        let Self { house, open } = self;
        let doors = open.into_iter().map(|(door, listener, tls)| {
            let places = Places::new(house.config.connections, house.config.connections_per_user);
            let (house, stop) = (house.clone(), stop.child_token());
            async move {
                match door {
                    Door::Postgres => pg::serve(house, listener, tls, places, stop).await,
                    Door::Flight => flight::serve(house, listener, tls, places, stop).await,
                }
            }
        });
        futures::future::join_all(doors).await;
    }
}

/// What all connections share.
pub(crate) struct House {
    pub(crate) config: Config,
    pub(crate) users: Users,
    pub(crate) behind: watch::Receiver<Engine>,
    pub(crate) catalog: Catalog,
    pub(crate) watcher: Arc<dyn Watcher>,
}

/// Who asks.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) who: String,
    pub(crate) door: Door,
    pub(crate) from: SocketAddr,
}

/// A statement that can be run.
#[derive(Clone)]
pub(crate) struct Planned {
    pub(crate) sql: Arc<str>,
    plan: Plan,
    at: Instant,
}

#[derive(Clone)]
enum Plan {
    Engine(Box<(Engine, Prepared)>),
    Catalog(Box<LogicalPlan>),
}

impl fmt::Debug for Planned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Planned").field("sql", &self.sql).finish_non_exhaustive()
    }
}

impl Planned {
    pub(crate) fn schema(&self) -> SchemaRef {
        match &self.plan {
            Plan::Engine(prepared) => prepared.1.schema(),
            Plan::Catalog(plan) => Arc::new(plan.schema().as_arrow().clone()),
        }
    }

    /// The types of `$1`, `$2` and so on, as far as they are known.
    pub(crate) fn parameters(&self) -> Result<BTreeMap<usize, Option<DataType>>, QueryError> {
        match &self.plan {
            Plan::Engine(prepared) => prepared.1.parameters(),
            Plan::Catalog(plan) => {
                let types = plan.get_parameter_types()?;
                Ok(types
                    .into_iter()
                    .filter_map(|(name, kind)| Some((name.strip_prefix('$')?.parse().ok()?, kind)))
                    .collect())
            }
        }
    }
}

impl House {
    fn share(&self, timeout: Option<Duration>) -> Share {
        let most = self.config.statement_timeout;
        Share {
            memory_limit_mib: Some(self.config.memory_limit_mib),
            statement_timeout: Some(timeout.map_or(most, |timeout| timeout.min(most))),
            max_rows: Some(self.config.max_rows),
        }
    }

    /// Plans a statement, where it is allowed. `timeout` is a shorter time than the settings' that who asks wants.
    pub(crate) async fn plan(
        &self,
        caller: &Caller,
        sql: &str,
        timeout: Option<Duration>,
    ) -> Result<Planned, QueryError> {
        let planned = self.try_plan(sql, timeout).await;
        if let Err(error) = &planned {
            self.note(caller, sql, &[]).failed(error);
        }
        planned
    }

    async fn try_plan(&self, sql: &str, timeout: Option<Duration>) -> Result<Planned, QueryError> {
        let plan = match self.catalog.statement(sql) {
            Some(statement) => Plan::Catalog(Box::new(self.catalog.plan(statement).await?)),
            None => {
                let engine = self.behind.borrow().clone().share(self.share(timeout));
                let prepared = engine.prepare(sql).await?;
                Plan::Engine(Box::new((engine, prepared)))
            }
        };
        Ok(Planned { sql: sql.into(), plan, at: Instant::now() })
    }

    /// Runs a statement. `cancel` stops it, also while it is being planned.
    pub(crate) async fn run(
        &self,
        caller: &Caller,
        planned: &Planned,
        values: Vec<ScalarValue>,
        timeout: Option<Duration>,
        cancel: CancellationToken,
    ) -> Result<Rows, crate::rows::Stopped> {
        let mut note = self.note(caller, &planned.sql, &values);
        let started = async {
            let planned = match planned.at.elapsed() < FRESH {
                true => planned.clone(),
                false => self.try_plan(&planned.sql, timeout).await?,
            };
            Ok(match planned.plan {
                Plan::Engine(prepared) => {
                    let answer = prepared.0.run(&prepared.1, values).await?;
                    (answer.schema(), answer.boxed())
                }
                Plan::Catalog(plan) => self.catalog.run(*plan, values).await?,
            })
        };
        let timeout = self.share(timeout).statement_timeout.unwrap_or(self.config.statement_timeout);
        let until = Instant::now() + timeout;
        let started = tokio::select! {
            biased;
            () = cancel.cancelled() => {
                note.ended(Outcome::Cancelled);
                return Err(crate::rows::Stopped::Cancelled);
            }
            () = tokio::time::sleep_until(until) => Err(QueryError::Timeout { limit: timeout }),
            started = started => started,
        };
        let (schema, batches) = started.inspect_err(|error| note.failed(error))?;
        let bounds = Bounds { until, timeout, max_rows: self.config.max_rows, idle: self.config.idle_timeout, cancel };
        Ok(Rows::new(schema, batches, bounds, note))
    }

    fn note(&self, caller: &Caller, sql: &str, values: &[ScalarValue]) -> Note {
        let what = match values {
            [] => sql.to_owned(),
            values => {
                let values: Vec<_> =
                    values.iter().enumerate().map(|(i, value)| format!("${}='{value}'", i + 1)).collect();
                format!("{sql} -- {}", values.join(", "))
            }
        };
        Note::new(&caller.who, caller.door.name(), caller.from.to_string(), &what).watched(self.watcher.clone())
    }
}

/// An open connection, counted for as long as it lives.
pub(crate) struct Counted(Door, Arc<dyn Watcher>);

impl Counted {
    pub(crate) fn new(door: Door, house: &House) -> Self {
        house.watcher.connections(door.name(), 1);
        Self(door, house.watcher.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.1.connections(self.0.name(), -1);
    }
}
