//! The settings under which plans are made and computed: the same for who asks, the scheduler and the executors.

use std::sync::Arc;

use ballista_core::config::BALLISTA_SCHEDULER_MAX_PARTITIONS_PER_TASK;
use ballista_core::extension::SessionConfigExt;
use ballista_core::serde::protobuf::KeyValuePair;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::prelude::{SessionConfig, SessionContext};

use crate::dial::{Dial, MESSAGE};

/// A session's settings as a cluster needs them.
pub(crate) fn settings(config: SessionConfig, dial: &Dial) -> SessionConfig {
    config
        .upgrade_for_ballista()
        // A task takes one core, and with it one core's share of the memory.
        .set_usize(BALLISTA_SCHEDULER_MAX_PARTITIONS_PER_TASK, 1)
        .with_ballista_grpc_client_max_message_size(MESSAGE)
        .with_ballista_use_tls(dial.secret())
        .with_ballista_override_create_grpc_client_endpoint(dial.customize())
}

/// The session that an executor's tasks and a scheduler's plans begin with.
pub(crate) fn base(dial: &Dial) -> SessionConfig {
    settings(SessionConfig::new(), dial)
}

/// A session that knows all functions by name.
pub(crate) fn session(config: SessionConfig, runtime: Arc<RuntimeEnv>) -> SessionContext {
    trail_query::session(config, runtime)
}

/// All settings, as they travel.
pub(crate) fn pairs(config: &SessionConfig) -> Vec<KeyValuePair> {
    let entries = config.options().entries().into_iter();
    entries.map(|entry| KeyValuePair { key: entry.key, value: entry.value }).collect()
}
