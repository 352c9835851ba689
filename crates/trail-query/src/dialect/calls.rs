//! Trino's calls in the engine's terms, where a name and its arguments are enough to know what is meant. What depends on types is
//! settled later (`meaning`).

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CastKind, DataType, DateTimeField, DuplicateTreatment, Expr, Function, FunctionArg,
    FunctionArgExpr, FunctionArguments, Ident, LambdaFunction, Query, SelectItem, SetExpr, TimezoneInfo, Value,
    ValueWithSpan, VisitMut, VisitorMut,
};

use super::syntax::{
    binary, call, case, cast, column, function, is_null, list_mut, name, nested, not, null, number, plain_args, text,
};
use super::{absent, aggregates};

/// Rewrites calls, those inside first.
pub(super) struct Calls;

impl VisitorMut for Calls {
    /// What has no equal here, and what to write.
    type Break = String;

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<String> {
        let found = match expr {
            Expr::Function(function) => of_function(function),
            Expr::Substring { expr: of, substring_from, substring_for, .. } => Ok(Some({
                let from = substring_from.as_deref().cloned().unwrap_or_else(|| number(1));
                let mut args = vec![(**of).clone(), from];
                args.extend(substring_for.as_deref().cloned());
                call("substr", args)
            })),
            Expr::Extract { field, expr: of, .. } => Ok(part(field).map(|part| call(part, vec![(**of).clone()]))),
            Expr::AtTimeZone { timestamp, time_zone } => {
                Ok(Some(call("at_timezone", vec![(**timestamp).clone(), (**time_zone).clone()])))
            }
            Expr::TypedString(typed) => Ok(typed_text(&typed.data_type, &typed.value)),
            Expr::InSubquery { expr: of, subquery, negated } => Ok(rows_in(of, subquery, *negated)),
            Expr::Ceil { expr: of, .. } => Ok(Some(call("ceil", vec![(**of).clone()]))),
            Expr::Floor { expr: of, .. } => Ok(Some(call("floor", vec![(**of).clone()]))),
            _ => Ok(None),
        };
        match found {
            Ok(Some(other)) => {
                *expr = other;
                ControlFlow::Continue(())
            }
            Ok(None) => ControlFlow::Continue(()),
            Err(reason) => ControlFlow::Break(reason),
        }
    }
}

/// `(a, b) IN (SELECT c, d …)`: rows are compared as such.
fn rows_in(of: &Expr, subquery: &Query, negated: bool) -> Option<Expr> {
    let Expr::Tuple(parts) = of else { return None };
    let mut subquery = subquery.clone();
    let SetExpr::Select(select) = &mut *subquery.body else { return None };
    let columns = select.projection.iter().map(|item| match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => Some(expr.clone()),
        _ => None,
    });
    let columns = columns.collect::<Option<Vec<_>>>()?;
    let alias = Ident::new("_row");
    select.projection = vec![SelectItem::ExprWithAlias { expr: call("struct", columns), alias }];
    Some(Expr::InSubquery { expr: Box::new(call("struct", parts.clone())), subquery: Box::new(subquery), negated })
}

/// `TIMESTAMP '2023-01-05 13:51:00 UTC'`: a literal with a zone is a moment. `JSON '[1]'` is read as such.
fn typed_text(kind: &DataType, written: &ValueWithSpan) -> Option<Expr> {
    if *kind == DataType::JSON {
        return Some(call("json_parse", vec![Expr::Value(written.clone())]));
    }
    let DataType::Timestamp(_, zone) = kind else { return None };
    let written = written.to_string();
    let value = written.trim_matches('\'');
    let zoned = value.len() > 10 && value[10..].contains(['Z', '+', '/', 'U', 'G']);
    let zoned = zoned || matches!(zone, TimezoneInfo::WithTimeZone | TimezoneInfo::Tz);
    if !zoned && value.matches(':').count() == 1 {
        // Without seconds, which the engine would miss.
        return Some(cast(text(&format!("{value}:00")), kind.clone()));
    }
    zoned.then(|| call("from_iso8601_timestamp", vec![text(value)]))
}

fn part(field: &DateTimeField) -> Option<&'static str> {
    Some(match field {
        DateTimeField::Year | DateTimeField::Years => "year",
        DateTimeField::Quarter => "quarter",
        DateTimeField::Month | DateTimeField::Months => "month",
        DateTimeField::Week(_) | DateTimeField::Weeks => "week",
        DateTimeField::Day | DateTimeField::Days => "day",
        DateTimeField::DayOfWeek | DateTimeField::Dow => "day_of_week",
        DateTimeField::DayOfYear | DateTimeField::Doy => "day_of_year",
        DateTimeField::Hour | DateTimeField::Hours => "hour",
        DateTimeField::Minute | DateTimeField::Minutes => "minute",
        DateTimeField::Second | DateTimeField::Seconds => "second",
        DateTimeField::TimezoneHour => "timezone_hour",
        DateTimeField::TimezoneMinute => "timezone_minute",
        DateTimeField::Custom(Ident { value, .. }) => match value.to_ascii_lowercase().as_str() {
            "day_of_week" => "day_of_week",
            "day_of_month" => "day",
            "day_of_year" => "day_of_year",
            "year_of_week" | "yow" => "year_of_week",
            _ => return None,
        },
        _ => return None,
    })
}

/// Calls that have another name here, and nothing else about them differs.
const RENAMED: [(&str, &str); 25] = [
    ("transform", "array_transform"),
    ("filter", "array_filter"),
    ("arbitrary", "any_value"),
    ("every", "bool_and"),
    ("set_agg", "array_agg"),
    ("bitwise_and_agg", "bit_and"),
    ("bitwise_or_agg", "bit_or"),
    ("variance", "var_samp"),
    ("array_remove", "array_remove_all"),
    ("arrays_overlap", "array_has_any"),
    ("repeat", "array_repeat"),
    ("zip", "arrays_zip"),
    ("levenshtein_distance", "levenshtein"),
    ("codepoint", "ascii"),
    ("pow", "power"),
    ("ceiling", "ceil"),
    ("truncate", "trunc"),
    ("sign", "signum"),
    ("rand", "random"),
    ("is_nan", "isnan"),
    ("row", "struct"),
    ("char_length", "character_length"),
    ("length", "character_length"),
    ("array_join", "array_to_string"),
    ("stddev", "stddev_samp"),
];

fn of_function(of: &mut Function) -> Result<Option<Expr>, String> {
    let written = of.name.to_string();
    let lower = written.trim_matches('"').to_ascii_lowercase();
    if let FunctionArguments::None = of.args {
        return Ok(match lower.as_str() {
            // The parser takes some names for functions without parentheses that are none in Trino.
            "user" | "current_catalog" | "session_user" => Some(column(&lower)),
            "localtimestamp" => Some(cast(call("now", Vec::new()), DataType::Timestamp(None, TimezoneInfo::None))),
            _ => None,
        });
    }
    if let Some(aggregate) = aggregates::rewrite(&lower, of)? {
        return Ok(Some(aggregate));
    }
    if lower == "repeat" && of.over.is_none() && plain_args(of).is_some_and(|args| is_literal_text(args.first())) {
        // A text many times is DataFusion's meaning, kept for what was written for it.
        return Ok(None);
    }
    if let Some((_, by)) = RENAMED.iter().find(|(from, _)| *from == lower) {
        of.name = name(by);
        if lower == "set_agg"
            && let Some(list) = list_mut(of)
        {
            list.duplicate_treatment = Some(DuplicateTreatment::Distinct);
        }
        return Ok(None);
    }
    let Some(args) = plain_args(of) else { return Ok(None) };
    scalar(&lower, args)
}

fn is_literal_text(arg: Option<&Expr>) -> bool {
    arg.is_some_and(|arg| matches!(arg, Expr::Value(value) if matches!(value.value, Value::SingleQuotedString(_))))
}

fn scalar(of: &str, args: Vec<Expr>) -> Result<Option<Expr>, String> {
    let count = args.len();
    let mut args = args.into_iter();
    let mut next = || args.next().unwrap_or_else(null);
    Ok(Some(match (of, count) {
        ("if", 2 | 3) => case(next(), next(), (count == 3).then(&mut next)),
        ("try", 1) => attempt(next()),
        ("concat", 2..) => {
            let first = nested(next());
            nested(args.fold(first, |left, right| binary(left, BinaryOperator::StringConcat, nested(right))))
        }
        ("greatest" | "least", 2..) => {
            let all: Vec<Expr> = args.collect();
            let missing = all.iter().cloned().map(is_null).reduce(|a, b| binary(a, BinaryOperator::Or, b));
            case(missing.unwrap_or_else(null), null(), Some(call(of, all)))
        }
        ("to_hex", 1) => call("upper", vec![call("encode", vec![next(), text("hex")])]),
        ("from_hex", 1) => call("decode", vec![call("lower", vec![next()]), text("hex")]),
        ("to_base64", 1) => call("encode", vec![next(), text("base64pad")]),
        ("from_base64", 1) => call("decode", vec![next(), text("base64")]),
        ("to_utf8", 1) => call("arrow_cast", vec![next(), text("Binary")]),
        ("from_utf8", 1) => call("arrow_cast", vec![next(), text("Utf8View")]),
        // DataFusion's `md5` of text is the digest's hexadecimal text; Trino's is of bytes alone, and gives bytes.
        ("md5", 1) => match next() {
            Expr::Function(inner) if matches!(inner.name.to_string().as_str(), "arrow_cast" | "decode" | "digest") => {
                call("digest", vec![Expr::Function(inner), text(of)])
            }
            _ => return Ok(None),
        },
        ("sha256" | "sha512" | "sha224" | "sha384", 1) => call("digest", vec![next(), text(of)]),
        ("mod", 2) => nested(binary(nested(next()), BinaryOperator::Modulo, nested(next()))),
        ("bitwise_and", 2) => nested(binary(nested(next()), BinaryOperator::BitwiseAnd, nested(next()))),
        ("bitwise_or", 2) => nested(binary(nested(next()), BinaryOperator::BitwiseOr, nested(next()))),
        ("bitwise_xor", 2) => nested(binary(nested(next()), BinaryOperator::BitwiseXor, nested(next()))),
        ("bitwise_left_shift", 2) => nested(binary(nested(next()), BinaryOperator::PGBitwiseShiftLeft, nested(next()))),
        ("bitwise_right_shift", 2) => {
            nested(binary(nested(next()), BinaryOperator::PGBitwiseShiftRight, nested(next())))
        }
        ("random", 1) => {
            let scaled = binary(call("random", Vec::new()), BinaryOperator::Multiply, nested(next()));
            cast(call("floor", vec![scaled]), DataType::BigInt(None))
        }
        ("replace", 2) => call("replace", vec![next(), next(), text("")]),
        ("lpad" | "rpad", 2) => call(of, vec![next(), next(), text(" ")]),
        ("current_timezone", 0) => text("UTC"),
        ("e", 0) => call("exp", vec![number(1)]),
        ("infinity", 0) => {
            cast(text("Infinity"), DataType::Double(datafusion::sql::sqlparser::ast::ExactNumberInfo::None))
        }
        ("nan", 0) => cast(text("NaN"), DataType::Double(datafusion::sql::sqlparser::ast::ExactNumberInfo::None)),
        ("array_sort", 1) => call("array_sort", vec![next(), text("ASC"), text("NULLS LAST")]),
        ("array_sort", 2) => match (next(), next()) {
            (_, Expr::Lambda(_)) => {
                return Err("`array_sort` with a comparison is not known here (unnest the array, and write \
                            `array_agg(x ORDER BY …)`)"
                    .to_owned());
            }
            _ => return Ok(None),
        },
        ("all_match", 2) => not(match_any(next(), next(), true)),
        ("none_match", 2) => not(match_any(next(), next(), false)),
        ("any_match", 2) => match_any(next(), next(), false),
        ("map_filter" | "transform_values" | "transform_keys", 2) => {
            let map = call("text_map", vec![next()]);
            call(of, vec![map, next()])
        }
        _ if args.any(|arg| matches!(arg, Expr::Lambda(_))) && !WITH_LAMBDA.contains(&of) => {
            return Err(format!("`{of}` takes no lambda here (those that do are {})", WITH_LAMBDA.join(", ")));
        }
        _ => match absent::way(of) {
            Some(way) => return Err(format!("there is no function `{of}` ({way})")),
            None => return Ok(None),
        },
    }))
}

/// Calls whose arguments may be lambdas: Trino's, and DataFusion's own.
const WITH_LAMBDA: [&str; 14] = [
    "transform",
    "filter",
    "any_match",
    "all_match",
    "none_match",
    "reduce",
    "zip_with",
    "map_filter",
    "transform_keys",
    "transform_values",
    "array_transform",
    "array_filter",
    "array_any_match",
    "list_transform",
];

fn match_any(array: Expr, lambda: Expr, negated: bool) -> Expr {
    let lambda = match lambda {
        Expr::Lambda(LambdaFunction { params, body, syntax }) if negated => {
            Expr::Lambda(LambdaFunction { params, body: Box::new(not(*body)), syntax })
        }
        other => other,
    };
    call("array_any_match", vec![array, lambda])
}

/// `TRY(…)`: casts and divisions in it give NULL instead of an error; all else gives NULL anyway.
fn attempt(mut expr: Expr) -> Expr {
    struct Tame;
    impl VisitorMut for Tame {
        type Break = ();

        fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
            match expr {
                Expr::Cast { kind, .. } => *kind = CastKind::TryCast,
                Expr::BinaryOp { op: BinaryOperator::Divide | BinaryOperator::Modulo, right, .. } => {
                    let divisor = std::mem::replace(&mut **right, null());
                    **right = call("nullif", vec![divisor, number(0)]);
                }
                _ => {}
            }
            ControlFlow::Continue(())
        }
    }
    let _ = expr.visit(&mut Tame);
    nested(expr)
}

/// `f(*)`, as `count` has it.
pub(super) fn count_all() -> Function {
    let mut count = function("count", Vec::new());
    if let Some(list) = list_mut(&mut count) {
        list.args = vec![FunctionArg::Unnamed(FunctionArgExpr::Wildcard)];
    }
    count
}
