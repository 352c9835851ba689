//! An executor: fetches parts of queries from the scheduler, computes them over the lakes that it can read, and keeps the results
//! for whoever is to have them.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arrow_flight::flight_service_server::FlightServiceServer;
use ballista_core::BALLISTA_PROTOCOL_VERSION;
use ballista_core::registry::BallistaFunctionRegistry;
use ballista_core::serde::BallistaCodec;
use ballista_core::serde::protobuf::executor_grpc_server::ExecutorGrpcServer;
use ballista_core::serde::protobuf::executor_resource::Resource;
use ballista_core::serde::protobuf::{
    ExecutorOperatingSystemSpecification, ExecutorRegistration, ExecutorResource, ExecutorSpecification,
    ExecutorStoppedParams,
};
use ballista_executor::execution_loop::poll_loop;
use ballista_executor::executor::Executor as Ballista;
use ballista_executor::flight_service::BallistaFlightService;
use ballista_executor::metrics::LoggingMetricsCollector;
use ballista_executor::runtime_cache::{DefaultSessionRuntimeCache, MemoryPoolPolicy};
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::prelude::SessionConfig;
use datafusion_proto::protobuf::{LogicalPlanNode, PhysicalPlanNode};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tonic::service::interceptor::InterceptedService;
use uuid::Uuid;

use crate::counts::ExecutorWatch;
use crate::dial::{Dial, MESSAGE, SchedulerClient};
use crate::door::Door;
use crate::orders::Orders;
use crate::pass::Check;
use crate::stores::{Lakes, Reach};
use crate::tasks::Tasks;
use crate::work::{Work, bytes_under};
use crate::{Access, Certificate, ClusterError, session};

/// So often an executor that ends looks whether its results have been fetched.
const LOOK: Duration = Duration::from_millis(200);
/// After its last task an executor calls the scheduler once more within this time, with what came of it.
const LAST_CALL: Duration = Duration::from_secs(6);
/// So often it is looked what results and spills take on disk.
const MEASURE: Duration = Duration::from_secs(1);
/// Sessions whose open stores and Parquet footers are kept; all share one set here.
const SESSIONS: usize = 16;

/// Settings of an executor.
#[derive(Debug, Clone)]
pub struct ExecutorConfig {
    /// `host:port` of the scheduler.
    pub scheduler: String,
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The name or address under which the others find it; that of `listen` if absent.
    pub host: Option<String>,
    /// How members know each other.
    pub access: Access,
    /// What it shows of itself.
    pub certificate: Option<Certificate>,
    /// The lakes that it can read.
    pub lakes: Vec<Reach>,
    /// Tasks at a time; 0 takes one a core.
    pub cores: usize,
    /// Memory that its tasks' sorts, joins and aggregates hold before they spill, in MiB, for all together.
    pub memory_limit_mib: u64,
    /// The most that its results and spills may take on disk, in MiB.
    pub disk_limit_mib: u64,
    /// Where results and spills are kept; the system's temporary folder if absent.
    pub work: Option<PathBuf>,
    /// How long it waits, when it ends, for its tasks and for whoever is to fetch its results.
    pub patience: Duration,
}

/// An executor that listens, and that the scheduler takes.
pub struct Executor {
    door: Door,
    scheduler: SchedulerClient,
    ballista: Arc<Ballista>,
    check: Check,
    work: Work,
    watch: ExecutorWatch,
    full: tokio::sync::watch::Sender<bool>,
    cores: usize,
    patience: Duration,
}

impl std::fmt::Debug for Executor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Executor").field("address", &self.address()).finish_non_exhaustive()
    }
}

impl Executor {
    /// Takes the port, and asks the scheduler whether it is welcome.
    ///
    /// # Errors
    /// When a setting is wrong, the port cannot be had, or the scheduler is not there or refuses.
    pub async fn open(config: &ExecutorConfig) -> Result<Self, ClusterError> {
        let dial = Dial::new(&config.access)?;
        config.access.guard_address(&config.scheduler)?;
        let door = Door::open(config.listen, &config.access, config.certificate.as_ref())?;
        let scheduler = dial.scheduler(&config.scheduler).await?;
        let work = Work::make(config.work.as_deref())?;
        let cores = match config.cores {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            cores => cores,
        };
        let watch = ExecutorWatch::new(config.disk_limit_mib.saturating_mul(1 << 20));
        let full = tokio::sync::watch::Sender::new(false);
        let runtime = runtime(config, &work)?;
        let functions = session::session(session::base(&dial), runtime.clone()).state();
        let host = config.host.clone().unwrap_or_else(|| door.address().ip().to_string());
        let base = dial.clone();
        let produce = runtime.clone();
        let ballista = Ballista::new(
            registration(host, door.address().port(), cores),
            &work.results().to_string_lossy(),
            Arc::new(move |_: &SessionConfig| Ok(produce.clone())),
            Arc::new(move || session::base(&base)),
            Arc::new(BallistaFunctionRegistry::from(&functions)),
            Arc::new(LoggingMetricsCollector::default()),
            cores,
            Arc::new(Tasks::new(watch.clone(), full.subscribe())),
        );
        let shared = Arc::new(move |_: &SessionConfig| Ok(runtime.clone()));
        let cache = DefaultSessionRuntimeCache::new(shared, shares(config.memory_limit_mib, cores), SESSIONS);
        Ok(Self {
            door,
            scheduler,
            ballista: Arc::new(ballista.with_session_runtime_cache(Some(Arc::new(cache)))),
            check: Check { pass: dial.pass(), whose: "executor" },
            work,
            watch,
            full,
            cores,
            patience: config.patience,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.door.address()
    }

    /// Tells how it stands, also while it works.
    pub fn watch(&self) -> ExecutorWatch {
        self.watch.clone()
    }

    /// Works until `stop`; then it takes no more work, ends what it has, waits until its results are fetched, and takes its leave.
    ///
    /// # Errors
    /// When the port fails.
    pub async fn serve(self, stop: CancellationToken) -> Result<(), ClusterError> {
        let Self { door, mut scheduler, ballista, check, work, watch, full, cores, patience } = self;
        let flight = FlightServiceServer::new(BallistaFlightService::new(ballista.work_dir.clone()));
        let flight = InterceptedService::new(flight.max_decoding_message_size(MESSAGE), check.clone());
        let orders = InterceptedService::new(ExecutorGrpcServer::new(Orders(ballista.clone())), check);
        let closed = CancellationToken::new();
        let serving = door.serve(|mut server| server.add_service(flight).add_service(orders), closed.clone());
        let free = Arc::new(Semaphore::new(cores));
        let codec = BallistaCodec::<LogicalPlanNode, PhysicalPlanNode>::default();
        let working = poll_loop(scheduler.clone(), ballista.clone(), codec, None, Some(free.clone()), watch.health());
        let leaving = async {
            stop.cancelled().await;
            tracing::info!("no more work is taken");
            watch.locked().ready = false;
            let left = tokio::time::timeout(patience, drained(&free, cores, &work)).await;
            if left.is_err() {
                tracing::warn!(?patience, "there were tasks or results left, which others will have to compute again");
            }
        };
        tokio::pin!(serving);
        tokio::select! {
            served = &mut serving => return served,
            worked = working => {
                worked.map_err(|error| ClusterError::Failed(error.to_string()))?;
            }
            () = leaving => {}
            () = measured(&work, &watch, &full) => {}
        }
        let goodbye = ExecutorStoppedParams {
            executor_id: ballista.metadata.id.clone(),
            reason: "it was told to stop".to_owned(),
        };
        if let Err(status) = scheduler.executor_stopped(goodbye).await {
            tracing::warn!(reason = status.message(), "the scheduler did not hear that this executor leaves");
        }
        closed.cancel();
        serving.await
    }
}

/// Returns when no task runs, none will, and nobody is to come for a result.
async fn drained(free: &Arc<Semaphore>, cores: usize, work: &Work) {
    // While this waits and holds, nothing else gets a permit, and the scheduler hears that no core is free.
    let _held = free.acquire_many(u32::try_from(cores).unwrap_or(u32::MAX)).await;
    tokio::time::sleep(LAST_CALL).await;
    while !work.is_empty() {
        tokio::time::sleep(LOOK).await;
    }
}

/// Looks what results and spills take on disk, for as long as this is polled.
async fn measured(work: &Work, watch: &ExecutorWatch, full: &tokio::sync::watch::Sender<bool>) {
    loop {
        tokio::time::sleep(MEASURE).await;
        let folder = work.path().to_owned();
        let bytes = tokio::task::spawn_blocking(move || bytes_under(&folder)).await.unwrap_or_default();
        let limit = {
            let mut counts = watch.locked();
            counts.disk = bytes;
            counts.disk_limit
        };
        full.send_if_modified(|full| std::mem::replace(full, bytes > limit) != *full);
    }
}

fn runtime(config: &ExecutorConfig, work: &Work) -> Result<Arc<RuntimeEnv>, ClusterError> {
    let disk = DiskManagerBuilder::default()
        .with_mode(DiskManagerMode::Directories(vec![work.spills()]))
        .with_max_temp_directory_size(config.disk_limit_mib.saturating_mul(1 << 20));
    RuntimeEnvBuilder::new()
        .with_object_store_registry(Arc::new(Lakes::new(config.lakes.clone())))
        .with_disk_manager_builder(disk)
        .build_arc()
        .map_err(|error| ClusterError::Setting(error.to_string()))
}

/// Each task has a pool of its own, as large as its share of the cores.
fn shares(memory_limit_mib: u64, cores: usize) -> MemoryPoolPolicy {
    let whole = usize::try_from(memory_limit_mib.saturating_mul(1 << 20)).unwrap_or(usize::MAX);
    let share = whole / cores.max(1);
    Arc::new(move |base: Arc<RuntimeEnv>, _: &SessionConfig, taken: u32| {
        let pool = FairSpillPool::new(share.saturating_mul(taken.max(1) as usize));
        RuntimeEnvBuilder::from_runtime_env(&base).with_memory_pool(Arc::new(pool)).build_arc()
    })
}

fn registration(host: String, port: u16, cores: usize) -> ExecutorRegistration {
    let vcores = Resource::Vcores(u32::try_from(cores).unwrap_or(u32::MAX));
    ExecutorRegistration {
        id: Uuid::new_v4().to_string(),
        host: Some(host),
        port: port.into(),
        // Results and orders at one port.
        grpc_port: port.into(),
        specification: Some(ExecutorSpecification { resources: vec![ExecutorResource { resource: Some(vcores) }] }),
        os_info: Some(ExecutorOperatingSystemSpecification::default()),
        ballista_protocol_version: BALLISTA_PROTOCOL_VERSION,
    }
}
