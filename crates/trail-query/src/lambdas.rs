//! Keeps plans with lambdas (`x -> x.arn`) right: DataFusion 55 knows a lambda's variable by its place behind the input's columns,
//! and forgets to move it when a physical rule puts the expression over another input. Those rules leave such plans alone.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::physical_expr::HigherOrderFunctionExpr;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use datafusion::physical_plan::ExecutionPlan;

use crate::pauses::Pauses;

/// Rules that put expressions over another input.
const MOVING: [&str; 3] = ["ProjectionPushdown", "FilterPushdown", "FilterPushdown(Post)"];

/// DataFusion's own physical rules, in their order, those that move expressions guarded; then [`Pauses`].
pub(crate) fn physical_rules() -> Vec<Arc<dyn PhysicalOptimizerRule + Send + Sync>> {
    let guard = |rule: Arc<dyn PhysicalOptimizerRule + Send + Sync>| match MOVING.contains(&rule.name()) {
        true => Arc::new(Guarded(rule)) as Arc<dyn PhysicalOptimizerRule + Send + Sync>,
        false => rule,
    };
    let last: Arc<dyn PhysicalOptimizerRule + Send + Sync> = Arc::new(Pauses);
    PhysicalOptimizer::new().rules.into_iter().map(guard).chain([last]).collect()
}

#[derive(Debug)]
struct Guarded(Arc<dyn PhysicalOptimizerRule + Send + Sync>);

impl PhysicalOptimizerRule for Guarded {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        if has_lambda(&plan)? { Ok(plan) } else { self.0.optimize(plan, config) }
    }

    fn name(&self) -> &str {
        self.0.name()
    }

    fn schema_check(&self) -> bool {
        self.0.schema_check()
    }
}

fn has_lambda(plan: &Arc<dyn ExecutionPlan>) -> Result<bool> {
    plan.exists(|node| {
        let mut found = false;
        node.apply_expressions(&mut |expr| {
            found |= expr.exists(|part| Ok(part.is::<HigherOrderFunctionExpr>()))?;
            Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
        })?;
        Ok(found)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_are_still_called_so() {
        let rules = PhysicalOptimizer::new().rules;
        for name in MOVING {
            assert!(rules.iter().any(|rule| rule.name() == name), "no rule is called {name}");
        }
    }
}
