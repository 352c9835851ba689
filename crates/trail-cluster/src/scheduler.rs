//! The scheduler: takes plans from those who ask, and hands out their parts to the executors that come for work.

use std::net::SocketAddr;
use std::sync::Arc;

use ballista_core::config::TaskSchedulingPolicy;
use ballista_core::serde::protobuf::scheduler_grpc_server::SchedulerGrpcServer;
use ballista_scheduler::cluster::BallistaCluster;
use ballista_scheduler::config::SchedulerConfig as BallistaConfig;
use ballista_scheduler::scheduler_process::create_scheduler;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use tokio_util::sync::CancellationToken;
use tonic::service::interceptor::InterceptedService;

use crate::counts::{SILENCE, SchedulerWatch};
use crate::desk::{Ballista, Desk};
use crate::dial::{Dial, MESSAGE};
use crate::door::Door;
use crate::pass::Check;
use crate::stores::Unread;
use crate::{Access, Certificate, ClusterError, session};

const LOOK_SECONDS: u64 = 3;
/// A query that has lost all its executors waits so long for one to come back.
const ALONE_SECONDS: u64 = 30;
/// Results that nobody came for.
const RESULTS_SECONDS: u64 = 600;

/// Settings of a scheduler.
#[derive(Debug, Clone)]
pub struct SchedulerConfig {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// How members know each other.
    pub access: Access,
    /// What it shows of itself.
    pub certificate: Option<Certificate>,
}

/// A scheduler that listens.
pub struct Scheduler {
    door: Door,
    ballista: Arc<Ballista>,
    check: Check,
    watch: SchedulerWatch,
}

impl std::fmt::Debug for Scheduler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scheduler").field("address", &self.address()).finish_non_exhaustive()
    }
}

impl Scheduler {
    /// Takes the port.
    ///
    /// # Errors
    /// When a setting is wrong, or the port cannot be had.
    pub async fn open(config: &SchedulerConfig) -> Result<Self, ClusterError> {
        let failed = |error: &dyn std::fmt::Display| ClusterError::Failed(error.to_string());
        let dial = Dial::new(&config.access)?;
        let door = Door::open(config.listen, &config.access, config.certificate.as_ref())?;
        let runtime = RuntimeEnvBuilder::new()
            .with_object_store_registry(Arc::new(Unread))
            .build_arc()
            .map_err(|e| failed(&e))?;
        let address = door.address();
        let base = dial.clone();
        let settings = BallistaConfig {
            bind_host: address.ip().to_string(),
            bind_port: address.port(),
            external_host: address.ip().to_string(),
            scheduling_policy: TaskSchedulingPolicy::PullStaged,
            executor_timeout_seconds: SILENCE.as_secs(),
            expire_dead_executor_interval_seconds: LOOK_SECONDS,
            no_executors_grace_period_seconds: ALONE_SECONDS,
            finished_job_data_clean_up_interval_seconds: RESULTS_SECONDS,
            finished_job_state_clean_up_interval_seconds: RESULTS_SECONDS,
            use_tls: dial.secret(),
            override_create_grpc_client_endpoint: Some(dial.customize()),
            override_session_builder: Some(Arc::new(move |config| {
                Ok(session::session(config, runtime.clone()).state())
            })),
            override_config_producer: Some(Arc::new(move || session::base(&base))),
            ..BallistaConfig::default()
        };
        settings.validate().map_err(|error| failed(&error))?;
        let cluster = BallistaCluster::new_from_config(&settings).await.map_err(|error| failed(&error))?;
        let ballista = create_scheduler(cluster, Arc::new(settings)).await.map_err(|error| failed(&error))?;
        let check = Check { pass: dial.pass(), whose: "scheduler" };
        Ok(Self { door, ballista: Arc::new(ballista), check, watch: SchedulerWatch::default() })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.door.address()
    }

    /// Tells how it stands, also while it serves.
    pub fn watch(&self) -> SchedulerWatch {
        self.watch.clone()
    }

    /// Serves until `stop`.
    ///
    /// # Errors
    /// When the port fails.
    pub async fn serve(self, stop: CancellationToken) -> Result<(), ClusterError> {
        let service = SchedulerGrpcServer::new(Desk::new(self.ballista, self.watch))
            .max_decoding_message_size(MESSAGE)
            .max_encoding_message_size(MESSAGE);
        let service = InterceptedService::new(service, self.check);
        self.door.serve(|mut server| server.add_service(service), stop).await
    }
}
