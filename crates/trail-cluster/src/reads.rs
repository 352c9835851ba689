//! What a plan reads, which decides where it can be computed.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfig, FileScanConfigBuilder};
use datafusion::datasource::source::DataSourceExec;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::streaming::StreamingTableExec;

/// What the leaves of a plan are.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Reads {
    /// Files of a lake are read.
    pub(crate) files: bool,
    /// What only this process can give is read: logs as they were delivered, the catalog.
    pub(crate) here: bool,
}

pub(crate) fn reads(plan: &Arc<dyn ExecutionPlan>) -> Result<Reads> {
    let mut found = Reads::default();
    plan.apply(|node| {
        if let Some(source) = node.downcast_ref::<DataSourceExec>() {
            found.files |= !source.data_source().is::<MemorySourceConfig>();
        }
        found.here |= node.is::<StreamingTableExec>();
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(found)
}

/// The plan without what is known of each file: it has done its service when the files to read were chosen, and of thousands of
/// files it would be most of what travels.
pub(crate) fn lightened(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    let lighten = |node: Arc<dyn ExecutionPlan>| {
        let source = node.downcast_ref::<DataSourceExec>();
        let Some(scan) = source.and_then(|source| source.data_source().downcast_ref::<FileScanConfig>()) else {
            return Ok(Transformed::no(node));
        };
        let statistics = scan.statistics();
        let groups = scan.file_groups.iter().map(|group| {
            let files = group.iter().map(|file| {
                let mut file = file.clone();
                file.statistics = None;
                file
            });
            FileGroup::new(files.collect())
        });
        let groups = groups.collect();
        let scan = FileScanConfigBuilder::from(scan.clone()).with_file_groups(groups).with_statistics(statistics);
        Ok(Transformed::yes(DataSourceExec::from_data_source(scan.build()) as Arc<dyn ExecutionPlan>))
    };
    plan.transform_up(lighten).data()
}
