//! Trino's aggregates in the engine's terms: filters, orders, and functions of `array_agg`.

use datafusion::sql::sqlparser::ast::{
    DuplicateTreatment, Expr, Function, FunctionArgumentClause, WindowFrame, WindowFrameBound, WindowFrameUnits,
    WindowSpec, WindowType,
};

use super::calls::count_all;
use super::syntax::{call, filtered, instead, is_not_null, list_mut, nested, number, order, ordered, plain_args, text};

/// The aggregate in other words; `None` if it needs none.
pub(super) fn rewrite(of: &str, written: &Function) -> Result<Option<Expr>, String> {
    let Some(args) = plain_args(written) else { return Ok(None) };
    let count = args.len();
    let arg = |at: usize| args[at].clone();
    let gathered = |value: Expr| instead(written, "array_agg", vec![value]);
    let known = |value: Expr| filtered(gathered(value.clone()), is_not_null(value));
    Ok(Some(match (of, count) {
        ("count_if", 1) => {
            let mut all = count_all();
            all.filter.clone_from(&written.filter);
            all.over.clone_from(&written.over);
            Expr::Function(filtered(all, nested(arg(0))))
        }
        // Exact, where Trino may be off by some percent.
        ("approx_distinct", 1 | 2) => {
            let mut distinct = instead(written, "count", vec![arg(0)]);
            if let Some(list) = list_mut(&mut distinct) {
                list.duplicate_treatment = Some(DuplicateTreatment::Distinct);
            }
            Expr::Function(distinct)
        }
        ("approx_percentile", 2) => call("percentile_of", vec![Expr::Function(known(arg(0))), arg(1)]),
        ("approx_percentile", 3) => {
            return Err(
                "`approx_percentile` with weights is not known here (write it without, over unnested rows)".to_owned()
            );
        }
        ("max_by" | "min_by", 2) if written.over.is_some() => return over(of, written, args).map(Some),
        ("max_by" | "min_by", 2 | 3) => {
            let asc = of == "min_by";
            let by = if count == 3 { "array_agg" } else { "first_value" };
            let first = ordered(instead(written, by, vec![arg(0)]), vec![(arg(1), asc)]);
            let first = Expr::Function(filtered(first, is_not_null(arg(1))));
            if count == 3 { call("slice", vec![first, number(1), arg(2)]) } else { first }
        }
        ("max" | "min", 2) => {
            let all = ordered(known(arg(0)), vec![(arg(0), of == "min")]);
            call("slice", vec![Expr::Function(all), number(1), arg(1)])
        }
        ("histogram", 1) => call("counts_of", vec![Expr::Function(known(arg(0)))]),
        ("approx_most_frequent", 2 | 3) => call("counts_of", vec![Expr::Function(known(arg(1))), arg(0)]),
        ("map_agg" | "multimap_agg", 2) => {
            let pair = call("named_struct", vec![text("key"), arg(0), text("value"), arg(1)]);
            let pairs = Expr::Function(filtered(gathered(pair), is_not_null(arg(0))));
            call(if of == "map_agg" { "map_of_pairs" } else { "multimap_of_pairs" }, vec![pairs])
        }
        ("set_union", 1) => call("array_distinct", vec![call("flatten", vec![Expr::Function(known(arg(0)))])]),
        ("geometric_mean", 1) => call("exp", vec![Expr::Function(instead(written, "avg", vec![call("ln", args)]))]),
        ("listagg", 1 | 2) => {
            let mut all = instead(written, "array_agg", vec![arg(0)]);
            if let Some(list) = list_mut(&mut all) {
                list.clauses.retain(|clause| !matches!(clause, FunctionArgumentClause::OnOverflow(_)));
                if !written.within_group.is_empty() {
                    list.clauses.push(FunctionArgumentClause::OrderBy(written.within_group.clone()));
                }
            }
            let separator = if count == 2 { arg(1) } else { text("") };
            call("array_to_string", vec![Expr::Function(filtered(all, is_not_null(arg(0)))), separator])
        }
        // Trino counts rows of values; here a list of them is counted.
        ("count", 1) => match &args[0] {
            Expr::Tuple(parts) => Expr::Function(instead(written, "count", vec![call("struct", parts.clone())])),
            _ => return Ok(None),
        },
        (
            "entropy" | "checksum" | "reduce_agg" | "numeric_histogram" | "map_union" | "tdigest_agg" | "approx_set",
            _,
        ) => {
            return Err(format!("`{of}` is not known here (write `array_agg`, and a function of the array)"));
        }
        _ => return Ok(None),
    }))
}

/// `max_by(x, y) OVER (PARTITION BY …)`: the first value of the whole partition in the order of `y`.
fn over(of: &str, written: &Function, args: Vec<Expr>) -> Result<Expr, String> {
    let mut args = args.into_iter();
    let (Some(value), Some(by), Some(WindowType::WindowSpec(spec))) = (args.next(), args.next(), &written.over) else {
        return Err(format!("`{of}` over a named window is not known here (write the window in its place)"));
    };
    if !spec.order_by.is_empty() || spec.window_frame.is_some() {
        return Err(format!(
            "`{of}` over a part of a window is not known here (write `first_value(x) OVER (… ORDER BY y)`)"
        ));
    }
    let mut first = instead(written, "first_value", vec![value]);
    let frame = WindowFrame {
        units: WindowFrameUnits::Rows,
        start_bound: WindowFrameBound::Preceding(None),
        end_bound: Some(WindowFrameBound::Following(None)),
    };
    let order_by = vec![order(by, of == "min_by")];
    first.over = Some(WindowType::WindowSpec(WindowSpec { order_by, window_frame: Some(frame), ..spec.clone() }));
    Ok(Expr::Function(first))
}
