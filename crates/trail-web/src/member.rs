//! What the members of a cluster show at `/metrics`: made anew whenever it is asked, from counts that they keep themselves.

use std::time::SystemTime;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::metrics::{gauge, process, resident};

/// A scheduler's figures.
#[derive(Debug, Clone, Copy, Default)]
pub struct SchedulerFigures {
    /// Executors that have called of late.
    pub executors: u64,
    /// Queries that run or wait.
    pub running: u64,
    /// Queries that ended, by how they did.
    pub queries: [(&'static str, u64); 4],
}

/// An executor's figures.
#[derive(Debug, Clone, Copy, Default)]
pub struct ExecutorFigures {
    /// Tasks that run.
    pub running: u64,
    /// Tasks that ended, by how they did.
    pub tasks: [(&'static str, u64); 3],
    /// Bytes of its results and spills on disk.
    pub disk: u64,
    /// The most that they may be.
    pub disk_limit: u64,
}

/// A member that runs.
#[derive(Debug, Clone)]
pub struct Member {
    version: String,
    started: SystemTime,
}

impl Member {
    /// A member of this version that starts now.
    pub fn new(version: &str) -> Self {
        Self { version: version.to_owned(), started: SystemTime::now() }
    }

    /// A scheduler's metrics in OpenMetrics' text form.
    pub fn scheduler(&self, figures: &SchedulerFigures) -> String {
        self.text(|page| {
            page.single("cluster_executors", "Executors that have called of late", figures.executors);
            page.single("cluster_queries_running", "Queries that run or wait", figures.running);
            page.ended("cluster_queries", "Queries by how they ended", &figures.queries);
        })
    }

    /// An executor's metrics in the same form.
    pub fn executor(&self, figures: &ExecutorFigures) -> String {
        self.text(|page| {
            page.single("executor_tasks_running", "Tasks that run", figures.running);
            page.ended("executor_tasks", "Tasks by how they ended", &figures.tasks);
            page.single("executor_disk_bytes", "Bytes of results and spills on disk", figures.disk);
            page.single("executor_disk_limit_bytes", "The most that they may be", figures.disk_limit);
        })
    }

    fn text(&self, fill: impl FnOnce(&mut Page<'_>)) -> String {
        let mut registry = Registry::default();
        process(&mut registry, &self.version, self.started).set(resident().map_or(0, gauge));
        fill(&mut Page(registry.sub_registry_with_prefix("trailwarden")));
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &registry);
        text
    }
}

struct Page<'a>(&'a mut Registry);

impl Page<'_> {
    fn single(&mut self, name: &str, help: &str, value: u64) {
        let single = Gauge::<i64>::default();
        single.set(gauge(value));
        self.0.register(name, help, single);
    }

    fn ended(&mut self, name: &str, help: &str, counts: &[(&'static str, u64)]) {
        let family = Family::<[(&'static str, &'static str); 1], Counter>::default();
        for (outcome, count) in counts {
            family.get_or_create(&[("outcome", outcome)]).inc_by(*count);
        }
        self.0.register(name, help, family);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, lines: &[&str]) {
        for line in lines {
            assert!(text.lines().any(|found| found == *line), "`{line}` is not in\n{text}");
        }
    }

    #[test]
    fn members_show_their_figures() {
        let member = Member::new("1.2.3");
        let queries = [("answered", 7), ("failed", 1), ("abandoned", 0), ("lost", 2)];
        check(
            &member.scheduler(&SchedulerFigures { executors: 2, running: 3, queries }),
            &[
                "trailwarden_build_info{version=\"1.2.3\"} 1",
                "trailwarden_cluster_executors 2",
                "trailwarden_cluster_queries_running 3",
                "trailwarden_cluster_queries_total{outcome=\"answered\"} 7",
                "trailwarden_cluster_queries_total{outcome=\"abandoned\"} 0",
                "trailwarden_cluster_queries_total{outcome=\"lost\"} 2",
            ],
        );
        let tasks = [("answered", 9), ("failed", 1), ("stopped", 4)];
        check(
            &member.executor(&ExecutorFigures { running: 1, tasks, disk: 4096, disk_limit: 1 << 30 }),
            &[
                "trailwarden_executor_tasks_running 1",
                "trailwarden_executor_tasks_total{outcome=\"stopped\"} 4",
                "trailwarden_executor_disk_bytes 4096",
                "trailwarden_executor_disk_limit_bytes 1073741824",
            ],
        );
    }
}
