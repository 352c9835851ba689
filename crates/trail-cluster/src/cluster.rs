//! The cluster as a place that an engine computes in.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::{Result, plan_err};
use datafusion::execution::context::QueryPlanner;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::analyze::AnalyzeExec;
use datafusion::physical_plan::{ExecutionPlan, replace_children_if_necessary};
use datafusion::physical_planner::{DefaultPhysicalPlanner, PhysicalPlanner as _};
use trail_query::Place;
use url::Url;

use crate::dial::Dial;
use crate::job::OnCluster;
use crate::reads::reads;
use crate::{Access, ClusterError, session};

/// Where schedulers listen if nothing else is said.
const PORT: u16 = 50050;
/// Parts that a query is cut into where no number of threads is named. A cluster's cores are not known to who asks.
const PARTS: usize = 16;

/// A cluster that takes us.
#[derive(Debug, Clone)]
pub struct Cluster {
    scheduler: String,
    dial: Dial,
}

impl Cluster {
    /// Calls the scheduler at `ballista://host:port`.
    ///
    /// # Errors
    /// When the address is none, or the scheduler is not there or refuses.
    pub async fn reach(url: &str, access: &Access) -> Result<Self, ClusterError> {
        let scheduler = Self::address(url)?;
        access.guard_address(&scheduler)?;
        let dial = Dial::new(access)?;
        dial.scheduler(&scheduler).await?;
        Ok(Self { scheduler, dial })
    }

    /// `host:port` of `ballista://host:port`.
    ///
    /// # Errors
    /// When it is no such address.
    pub fn address(url: &str) -> Result<String, ClusterError> {
        let parsed = Url::parse(url).ok().filter(|parsed| parsed.scheme() == "ballista");
        let host = parsed.as_ref().and_then(Url::host_str).filter(|host| !host.is_empty());
        let (Some(parsed), Some(host)) = (&parsed, host) else {
            return Err(ClusterError::Setting(format!("`{url}` is no engine (an engine is `ballista://host:port`)")));
        };
        if !matches!(parsed.path(), "" | "/") || parsed.query().is_some() || !parsed.username().is_empty() {
            let text = format!("`{url}` says more than `ballista://host:port`, and the rest has no meaning");
            return Err(ClusterError::Setting(text));
        }
        Ok(format!("{host}:{}", parsed.port().unwrap_or(PORT)))
    }

    /// The plan with the part of it that is computed there.
    fn placed(&self, plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
        if plan.is::<AnalyzeExec>() {
            let inner = plan.children().into_iter().map(|child| self.placed(child.clone()));
            let inner = inner.collect::<Result<_>>()?;
            return replace_children_if_necessary(plan, inner);
        }
        let reads = reads(&plan)?;
        if !reads.files {
            return Ok(plan);
        }
        if reads.here {
            return plan_err!(
                "a cluster cannot read logs as they were delivered, nor this session's catalog, beside a lake: take the logs \
                 into the lake with `trailwarden ingest`, or ask without `--engine`"
            );
        }
        Ok(Arc::new(OnCluster::new(plan, self.scheduler.clone(), self.dial.clone())))
    }
}

impl Place for Cluster {
    fn prepare(&self, mut builder: SessionStateBuilder) -> SessionStateBuilder {
        let config = builder.config().take().unwrap_or_default();
        builder
            .with_config(session::settings(config, &self.dial))
            .with_optimizer_rules(ballista_core::optimizer::ballista_default_optimizer_rules())
            .with_query_planner(Arc::new(self.clone()))
    }

    fn parts(&self) -> usize {
        PARTS
    }
}

#[async_trait]
impl QueryPlanner for Cluster {
    async fn create_physical_plan(&self, plan: &LogicalPlan, session: &dyn Session) -> Result<Arc<dyn ExecutionPlan>> {
        self.placed(DefaultPhysicalPlanner::default().create_physical_plan(plan, session).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_have_one_form() {
        let check = |url: &str| Cluster::address(url).unwrap_or_else(|error| error.to_string());
        assert_eq!(check("ballista://scheduler:1234"), "scheduler:1234");
        assert_eq!(check("ballista://10.0.0.1"), "10.0.0.1:50050");
        assert_eq!(check("ballista://[::1]:9"), "[::1]:9");
        for url in ["http://scheduler:1", "scheduler:1", "ballista://", "ballista://:1", "local"] {
            assert!(check(url).starts_with(&format!("`{url}` is no engine")), "{}", check(url));
        }
        for url in ["ballista://a:1/path", "ballista://token@a:1", "ballista://a:1?x=y"] {
            assert!(check(url).contains("says more than"), "{}", check(url));
        }
    }
}
