//! What the day of a time tells: `date(eventtime)`, `year(eventtime)`, Athena's partitions. All events of a UTC day give one value,
//! so a file of a day has one, and a table by the day can tell it.

use arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::expr::{Cast, TryCast};

/// Functions of a time that no two times of a day differ in.
const OF_DAY: [&str; 13] = [
    "date",
    "year",
    "quarter",
    "month",
    "week",
    "week_of_year",
    "year_of_week",
    "yow",
    "day",
    "day_of_month",
    "day_of_week",
    "day_of_year",
    "last_day_of_month",
];

/// Units of `date_trunc` of a day and more.
const UNITS: [&str; 5] = ["day", "week", "month", "quarter", "year"];

/// Whether an expression is the time itself, as a timestamp of whatever precision that is read in UTC.
pub(crate) fn is_time(expr: &Expr, time: &str) -> bool {
    match expr {
        Expr::Column(column) => column.name() == time,
        Expr::Alias(alias) => is_time(&alias.expr, time),
        Expr::Cast(Cast { expr, field }) | Expr::TryCast(TryCast { expr, field }) => {
            let utc = |zone: &str| matches!(zone, "UTC" | "+00:00");
            matches!(field.data_type(), DataType::Timestamp(unit, zone)
                if *unit != TimeUnit::Nanosecond && zone.as_deref().is_none_or(utc))
                && is_time(expr, time)
        }
        _ => false,
    }
}

fn constant(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Literal(value, _) => value.try_as_str().flatten(),
        Expr::Cast(Cast { expr, .. }) => constant(expr),
        _ => None,
    }
}

/// Whether an expression is a function of the day of the column `time`, and of nothing else.
pub(crate) fn is_of_day(expr: &Expr, time: &str) -> bool {
    match expr {
        Expr::Cast(Cast { expr, field }) | Expr::TryCast(TryCast { expr, field }) => {
            *field.data_type() == DataType::Date32 && is_time(expr, time)
        }
        Expr::ScalarFunction(call) => match (call.func.name(), call.args.as_slice()) {
            ("event_partition", [of, part]) => is_time(of, time) && constant(part).is_some_and(|part| part != "hour"),
            ("date_trunc", [unit, of]) => {
                let unit = constant(unit).map(str::to_ascii_lowercase);
                is_time(of, time) && unit.is_some_and(|unit| UNITS.contains(&unit.as_str()))
            }
            (name, [of]) => OF_DAY.contains(&name) && is_time(of, time),
            _ => false,
        },
        _ => false,
    }
}

/// Puts something else in the place of each part of an expression that is of the day of `time`.
pub(crate) fn replace_of_day(
    expr: Expr,
    time: &str,
    mut by: impl FnMut(Expr) -> Result<Expr>,
) -> Result<Transformed<Expr>> {
    expr.transform_down(|part| match is_of_day(&part, time) {
        true => Ok(Transformed::new(by(part)?, true, TreeNodeRecursion::Jump)),
        false => Ok(Transformed::no(part)),
    })
}

/// A literal of a timestamp that is the first moment of a day: days since 1970.
pub(crate) fn midnight(value: &ScalarValue) -> Option<i32> {
    let us = match value.cast_to(&DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))).ok()? {
        ScalarValue::TimestampMicrosecond(Some(us), _) => us,
        _ => return None,
    };
    let whole = match value {
        ScalarValue::TimestampNanosecond(Some(ns), _) => ns % 1_000 == 0,
        _ => true,
    };
    if whole && us % crate::files::DAY_US == 0 { i32::try_from(us / crate::files::DAY_US).ok() } else { None }
}
