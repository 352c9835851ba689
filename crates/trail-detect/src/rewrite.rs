//! Aggregates over text that rules use all the time, put on other feet before a plan is optimized.
//!
//! - `count(DISTINCT text)` counts hashes. DataFusion's own set of texts takes some 20 KB for each group, and most groups of a rule
//!   hold a handful; numbers are counted in a few bytes each. The hash has a secret, so that nobody can make two texts pass for one.
//! - `array_agg(text)` and `array_agg(DISTINCT text)`, in no order that is asked for, become [`Texts`].

use std::sync::Arc;

use arrow::array::{Array, AsArray, UInt64Array};
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{
    Aggregate, AggregateUDF, ColumnarValue, Expr, ExprSchemable, LogicalPlan, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature, Volatility,
};
use datafusion::optimizer::AnalyzerRule;

use crate::texts::Texts;

/// Rewrites aggregates over text.
#[derive(Debug)]
pub(crate) struct TextAggregates {
    hash: Arc<ScalarUDF>,
    texts: Arc<AggregateUDF>,
}

impl TextAggregates {
    pub(crate) fn new() -> Self {
        Self { hash: Arc::new(ScalarUDF::from(TextHash::new())), texts: Arc::new(AggregateUDF::from(Texts::new())) }
    }

    fn rewrite(&self, expr: Expr, input: &LogicalPlan) -> Result<Transformed<Expr>> {
        let saved = NamePreserver::new_for_projection().save(&expr);
        let rewritten = expr.transform_up(|part| {
            let Expr::AggregateFunction(AggregateFunction { func, mut params }) = part else {
                return Ok(Transformed::no(part));
            };
            let of_text = params.args.len() == 1 && params.args[0].get_type(input.schema())? == DataType::Utf8View;
            match func.name() {
                "count" if of_text && params.distinct => {
                    params.args = vec![self.hash.call(params.args)];
                    Ok(Transformed::yes(Expr::AggregateFunction(AggregateFunction { func, params })))
                }
                "array_agg" if of_text && params.order_by.is_empty() => {
                    params.distinct = false;
                    let func = self.texts.clone();
                    Ok(Transformed::yes(Expr::AggregateFunction(AggregateFunction { func, params })))
                }
                _ => Ok(Transformed::no(Expr::AggregateFunction(AggregateFunction { func, params }))),
            }
        })?;
        Ok(if rewritten.transformed { rewritten.update_data(|expr| saved.restore(expr)) } else { rewritten })
    }
}

impl AnalyzerRule for TextAggregates {
    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        let rewrite = |plan| {
            let LogicalPlan::Aggregate(Aggregate { input, group_expr, aggr_expr, .. }) = plan else {
                return Ok(Transformed::no(plan));
            };
            let mut changed = false;
            let mut exprs = Vec::with_capacity(aggr_expr.len());
            for expr in aggr_expr {
                let rewritten = self.rewrite(expr, &input)?;
                changed |= rewritten.transformed;
                exprs.push(rewritten.data);
            }
            let plan = LogicalPlan::Aggregate(Aggregate::try_new(input, group_expr, exprs)?);
            Ok(if changed { Transformed::yes(plan) } else { Transformed::no(plan) })
        };
        plan.transform_up_with_subqueries(rewrite).map(|done| done.data)
    }

    fn name(&self) -> &str {
        "text_aggregates"
    }
}

#[derive(Debug)]
struct TextHash {
    state: ahash::RandomState,
    signature: Signature,
}

impl TextHash {
    fn new() -> Self {
        let signature = Signature::exact(vec![DataType::Utf8View], Volatility::Immutable);
        Self { state: ahash::RandomState::new(), signature }
    }
}

// There is one of them in a session.
impl PartialEq for TextHash {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl Eq for TextHash {}

impl std::hash::Hash for TextHash {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        "text_hash".hash(state);
    }
}

impl ScalarUDFImpl for TextHash {
    fn name(&self) -> &str {
        "text_hash"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::UInt64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let texts = arrays[0].as_string_view();
        let hashes: UInt64Array = texts.iter().map(|text| text.map(|text| self.state.hash_one(text))).collect();
        debug_assert_eq!(hashes.len(), texts.len());
        Ok(ColumnarValue::Array(Arc::new(hashes)))
    }
}

#[cfg(test)]
mod tests {
    use arrow::util::pretty::pretty_format_batches;
    use datafusion::prelude::SessionContext;

    use super::TextAggregates;

    #[track_caller]
    fn check(sql: &str, expected: &str, function: Option<&str>) {
        let context = SessionContext::new();
        context.add_analyzer_rule(std::sync::Arc::new(TextAggregates::new()));
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let (plan, batches) = runtime.block_on(async {
            let frame = context.sql(sql).await.expect("a plan");
            let plan = frame.clone().into_optimized_plan().expect("an optimized plan").to_string();
            (plan, frame.collect().await.expect("rows"))
        });
        for name in ["text_hash(", "texts("] {
            assert_eq!(plan.contains(name), function == Some(name), "{name}: {plan}");
        }
        let shown = pretty_format_batches(&batches).expect("a table").to_string();
        let lines: Vec<&str> = shown.lines().skip(1).filter(|line| line.starts_with('|')).collect();
        assert_eq!(lines.join("\n"), expected);
    }

    #[test]
    fn counts_are_the_same_and_names_stay() {
        let rows = "(VALUES ('a', 'x', 1), ('a', 'y', 1), ('a', 'x', 2), ('b', NULL, 3), ('b', 'x', 3))";
        let texts =
            format!("(SELECT column1 AS who, arrow_cast(column2, 'Utf8View') AS what, column3 AS n FROM {rows})");
        check(
            &format!(
                "SELECT who, count(DISTINCT what) AS kinds, count(*) AS all FROM {texts} GROUP BY who \
                 HAVING count(DISTINCT what) >= 1 ORDER BY count(DISTINCT what) DESC"
            ),
            "| who | kinds | all |\n| a   | 2     | 3   |\n| b   | 1     | 2   |",
            Some("text_hash("),
        );
        check(&format!("SELECT count(DISTINCT n) FROM {texts}"), "| count(DISTINCT n) |\n| 3                 |", None);
        for distinct in ["", "DISTINCT "] {
            check(
                &format!(
                    "SELECT who, array_agg({distinct}what) FILTER (WHERE n < 3) AS whats FROM {texts} GROUP BY who ORDER BY who"
                ),
                "| who | whats  |\n| a   | [x, y] |\n| b   |        |",
                Some("texts("),
            );
            check(
                &format!("SELECT array_agg({distinct}what) AS whats FROM {texts}"),
                "| whats  |\n| [x, y] |",
                Some("texts("),
            );
        }
        check(
            &format!("SELECT array_agg(what ORDER BY n DESC, what) AS whats FROM {texts}"),
            "| whats          |\n| [x, , x, x, y] |",
            None,
        );
    }
}
