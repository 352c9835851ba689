//! What is meant where it depends on types: text compared with a timestamp, a key of JSON text in brackets, a cast from JSON. AWS's
//! two services have the same fields in different types, and queries of both run over one table.

use std::sync::Arc;

use arrow::datatypes::{DataType, Fields, TimeUnit};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::functions::core::expr_fn::get_field;
use datafusion::functions::math::round;
use datafusion::logical_expr::expr::{Between, Cast, InList, Like, ScalarFunction, TryCast};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr, RawFieldAccessExpr};
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{
    BinaryExpr, Expr, ExprSchemable, GetFieldAccess, LogicalPlan, Operator, ScalarUDF, binary_expr, lit, when,
};
use datafusion::optimizer::AnalyzerRule;
use datafusion::sql::sqlparser::ast::BinaryOperator;

use super::patterns::in_backslashes;
use super::unnest::RESOURCES;
use crate::functions::collections::RowAs;
use crate::functions::function::{ADDRESS, JSON, moment};
use crate::functions::json::FromJson;
use crate::functions::time::parse_instant;

/// The functions of ours that a meaning is expressed with.
#[derive(Debug)]
pub(crate) struct Meaning {
    element_at: Arc<ScalarUDF>,
    to_json: Arc<ScalarUDF>,
    time_text: Arc<ScalarUDF>,
    ip_address: Arc<ScalarUDF>,
    ip_text: Arc<ScalarUDF>,
    from_iso: Arc<ScalarUDF>,
}

fn is_text(kind: &DataType) -> bool {
    matches!(kind, DataType::Utf8 | DataType::Utf8View)
}

fn is_time(kind: &DataType) -> bool {
    matches!(kind, DataType::Timestamp(..) | DataType::Date32)
}

/// The events' own time is told from other timestamps by its type: as text it is ISO 8601, as everywhere in CloudTrail.
fn is_event_time(kind: &DataType) -> bool {
    matches!(kind, DataType::Timestamp(TimeUnit::Microsecond, Some(_)))
}

fn literal(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Literal(value, _) => value.try_as_str().flatten(),
        Expr::Alias(alias) => literal(&alias.expr),
        _ => None,
    }
}

fn cast_to(expr: Expr, kind: DataType) -> Expr {
    Expr::Cast(Cast::new(Box::new(expr), kind))
}

fn plain_value(kind: &DataType) -> bool {
    kind.is_numeric() || is_time(kind) || *kind == DataType::Boolean
}

fn is_rounded(expr: &Expr) -> bool {
    matches!(expr, Expr::ScalarFunction(call) if call.func.name() == "round" && call.args.len() == 1)
}

/// `from_iso8601_timestamp(eventtime)` compares as `eventtime` does, by which files are skipped.
fn bare_time(expr: Expr, schema: &DFSchema) -> Result<Expr> {
    match expr {
        Expr::ScalarFunction(mut call) if call.func.name() == "from_iso8601_timestamp" && call.args.len() == 1 => {
            let is_time = is_event_time(&call.args[0].get_type(schema)?);
            Ok(if is_time { call.args.remove(0) } else { Expr::ScalarFunction(call) })
        }
        other => Ok(other),
    }
}

/// A literal of a time's type; `None` for text that is no time.
fn time_literal(text: &str, kind: &DataType) -> Option<Expr> {
    let us = parse_instant(text)?;
    let value = match kind {
        DataType::Date32 if text.trim().len() == 10 => {
            ScalarValue::Date32(Some(i32::try_from(us.div_euclid(86_400_000_000)).ok()?))
        }
        DataType::Date32 | DataType::Timestamp(_, None) => ScalarValue::TimestampMicrosecond(Some(us), None),
        _ => ScalarValue::TimestampMicrosecond(Some(us), Some("UTC".into())),
    };
    Some(Expr::Literal(value, None))
}

impl Meaning {
    pub(crate) fn new(functions: &[ScalarUDF]) -> Option<Self> {
        let find = |name: &str| functions.iter().find(|udf| udf.name() == name).cloned().map(Arc::new);
        Some(Self {
            element_at: find("element_at")?,
            to_json: find("to_json")?,
            time_text: find("time_text")?,
            ip_address: find("ip_address")?,
            ip_text: find("ip_text")?,
            from_iso: find("from_iso8601_timestamp")?,
        })
    }

    fn call(function: &Arc<ScalarUDF>, args: Vec<Expr>) -> Expr {
        Expr::ScalarFunction(ScalarFunction::new_udf(function.clone(), args))
    }

    fn from_json(expr: Expr, kind: DataType, safe: bool) -> Expr {
        Self::call(&Arc::new(FromJson::udf(kind, safe)), vec![expr])
    }

    /// Two sides of a comparison as it is meant.
    fn compared(&self, left: Expr, right: Expr, schema: &DFSchema) -> Result<(Expr, Expr)> {
        let (left, right) = (bare_time(left, schema)?, bare_time(right, schema)?);
        let (of_left, of_right) = (left.get_type(schema)?, right.get_type(schema)?);
        if let Some((left, right)) = self.one_side(&left, &of_left, &right, &of_right) {
            return Ok((left, right));
        }
        if let Some((right, left)) = self.one_side(&right, &of_right, &left, &of_left) {
            return Ok((left, right));
        }
        Ok((left, right))
    }

    fn one_side(&self, left: &Expr, kind: &DataType, right: &Expr, other: &DataType) -> Option<(Expr, Expr)> {
        if is_time(kind) && is_text(other) {
            return Some(match literal(right).and_then(|text| time_literal(text, kind)) {
                Some(time) => (left.clone(), time),
                // Not a time, or not known yet: compared as the text that it is in Athena.
                None => (self.time_as_text(left.clone(), kind), right.clone()),
            });
        }
        if *kind == DataType::Boolean && is_text(other) {
            return Some(match literal(right).map(str::to_ascii_lowercase).as_deref() {
                Some("true") => (left.clone(), lit(true)),
                Some("false") => (left.clone(), lit(false)),
                _ => (cast_to(left.clone(), DataType::Utf8View), right.clone()),
            });
        }
        if is_text(kind) && other.is_integer() && matches!(right, Expr::Literal(..)) {
            return Some((left.clone(), cast_to(right.clone(), DataType::Utf8View)));
        }
        if *kind == JSON && *other != JSON && *other != DataType::Null {
            let plain = if is_text(other) { DataType::Utf8View } else { other.clone() };
            return Some((Self::from_json(left.clone(), plain, true), right.clone()));
        }
        if *kind == ADDRESS && is_text(other) {
            return Some((left.clone(), Self::call(&self.ip_address, vec![right.clone()])));
        }
        None
    }

    /// The events' own time compared with a text that is computed: as a time, if the text turns out to be one. What is the same for
    /// all rows is known before files are listed, and skips them.
    fn compared_as_times(&self, left: &Expr, op: Operator, right: &Expr, schema: &DFSchema) -> Result<Option<Expr>> {
        let (of_left, of_right) = (left.get_type(schema)?, right.get_type(schema)?);
        let computed = |expr: &Expr| literal(expr).is_none() && !matches!(expr, Expr::Placeholder(_));
        let (is_left, text) = match (is_event_time(&of_left), is_event_time(&of_right)) {
            (true, false) if is_text(&of_right) && computed(right) => (true, right),
            (false, true) if is_text(&of_left) && computed(left) => (false, left),
            _ => return Ok(None),
        };
        let time = Self::call(&self.from_iso, vec![text.clone()]);
        let shown = |expr: &Expr| cast_to(expr.clone(), DataType::Utf8View);
        let (as_times, as_texts) = match is_left {
            true => (binary_expr(left.clone(), op, time.clone()), binary_expr(shown(left), op, right.clone())),
            false => (binary_expr(time.clone(), op, right.clone()), binary_expr(left.clone(), op, shown(right))),
        };
        Ok(Some(when(time.is_not_null(), as_times).otherwise(as_texts)?))
    }

    fn time_as_text(&self, expr: Expr, kind: &DataType) -> Expr {
        if is_event_time(kind) || *kind == DataType::Date32 {
            cast_to(expr, DataType::Utf8View)
        } else {
            Self::call(&self.time_text, vec![expr])
        }
    }

    /// Anything as plain text.
    fn as_text(&self, expr: Expr, kind: &DataType) -> Expr {
        match kind {
            kind if is_text(kind) || *kind == JSON || *kind == DataType::Null => expr,
            kind if *kind == ADDRESS => Self::call(&self.ip_text, vec![expr]),
            kind if is_time(kind) => self.time_as_text(expr, kind),
            _ => cast_to(expr, DataType::Utf8View),
        }
    }

    /// A cast as it is meant; `None` if it is the engine's own.
    fn cast(&self, expr: &Expr, to: &DataType, safe: bool, schema: &DFSchema) -> Result<Option<Expr>> {
        let from = expr.get_type(schema)?;
        Ok(match (&from, to) {
            (from, to) if from == to => None,
            (from, to) if *from == JSON => Some(Self::from_json(expr.clone(), to.clone(), safe)),
            (_, to) if *to == JSON => Some(Self::call(&self.to_json, vec![expr.clone()])),
            (from, to) if is_text(from) && *to == ADDRESS => Some(Self::call(&self.ip_address, vec![expr.clone()])),
            (from, to) if *from == ADDRESS && is_text(to) => Some(Self::call(&self.ip_text, vec![expr.clone()])),
            // Text of a log that is no such value gives NULL; text that somebody wrote into the query is an error.
            (from, to) if is_text(from) && plain_value(to) && !safe && literal(expr).is_none() => {
                Some(Expr::TryCast(TryCast::new(Box::new(expr.clone()), to.clone())))
            }
            // The nearest whole number, and not what is left when the rest is cut off.
            (from, to) if from.is_floating() && to.is_integer() && !is_rounded(expr) => {
                let nearest = round().call(vec![expr.clone()]);
                Some(match safe {
                    true => Expr::TryCast(TryCast::new(Box::new(nearest), to.clone())),
                    false => cast_to(nearest, to.clone()),
                })
            }
            (DataType::Struct(_), DataType::Struct(fields)) => {
                Some(Self::call(&Arc::new(RowAs::udf(fields.clone())), vec![expr.clone()]))
            }
            (from @ DataType::Timestamp(..), to) if is_text(to) && !is_event_time(from) => {
                Some(Self::call(&self.time_text, vec![expr.clone()]))
            }
            _ => None,
        })
    }

    fn rewrite(&self, expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
        Ok(match expr {
            Expr::Cast(Cast { ref expr, ref field }) => match self.cast(expr, field.data_type(), false, schema)? {
                Some(other) => Transformed::yes(other),
                None => Transformed::no(Expr::Cast(Cast { expr: expr.clone(), field: field.clone() })),
            },
            Expr::TryCast(TryCast { ref expr, ref field }) => match self.cast(expr, field.data_type(), true, schema)? {
                Some(other) => Transformed::yes(other),
                None => Transformed::no(Expr::TryCast(TryCast { expr: expr.clone(), field: field.clone() })),
            },
            Expr::Like(like) => Transformed::yes(Expr::Like(self.like(like, schema)?)),
            Expr::SimilarTo(like) => Transformed::yes(Expr::SimilarTo(self.like(like, schema)?)),
            Expr::Between(Between { expr, negated, low, high }) if self.is_computed(&expr, &low, &high, schema)? => {
                let bound = |op, bound: Expr| -> Result<Expr> {
                    let time = bare_time((*expr).clone(), schema)?;
                    match self.compared_as_times(&time, op, &bound, schema)? {
                        Some(compared) => Ok(compared),
                        None => {
                            let (time, bound) = self.compared(time, bound, schema)?;
                            Ok(binary_expr(time, op, bound))
                        }
                    }
                };
                let within = bound(Operator::GtEq, *low)?.and(bound(Operator::LtEq, *high)?);
                Transformed::yes(if negated { !within } else { within })
            }
            Expr::Between(Between { expr, negated, low, high }) => {
                let (of_low, new_low) = self.compared((*expr).clone(), (*low).clone(), schema)?;
                let (of_high, new_high) = self.compared((*expr).clone(), (*high).clone(), schema)?;
                let same = of_low == of_high;
                let between = match same {
                    true => Between::new(Box::new(of_low), negated, Box::new(new_low), Box::new(new_high)),
                    // One bound is a time and the other is not: all of them are text.
                    false => {
                        let kind = expr.get_type(schema)?;
                        Between::new(Box::new(self.as_text(*expr, &kind)), negated, low, high)
                    }
                };
                Transformed::yes(Expr::Between(between))
            }
            Expr::InList(InList { expr, list, negated }) => {
                let pairs = list
                    .iter()
                    .map(|item| self.compared((*expr).clone(), item.clone(), schema))
                    .collect::<Result<Vec<_>>>()?;
                let same = pairs.windows(2).all(|pair| pair[0].0 == pair[1].0);
                let found = match (pairs.first(), same) {
                    (Some((first, _)), true) => {
                        let first = Box::new(first.clone());
                        InList::new(first, pairs.into_iter().map(|(_, item)| item).collect(), negated)
                    }
                    _ => {
                        let kind = expr.get_type(schema)?;
                        InList::new(Box::new(self.as_text(*expr, &kind)), list, negated)
                    }
                };
                Transformed::yes(Expr::InList(found))
            }
            Expr::BinaryExpr(BinaryExpr { left, op: Operator::StringConcat, right }) => {
                let (of_left, of_right) = (left.get_type(schema)?, right.get_type(schema)?);
                let lists = matches!(of_left, DataType::List(_)) || matches!(of_right, DataType::List(_));
                let (left, right) = if lists {
                    (*left, *right)
                } else {
                    (self.as_text(*left, &of_left), self.as_text(*right, &of_right))
                };
                Transformed::yes(Expr::BinaryExpr(BinaryExpr::new(
                    Box::new(left),
                    Operator::StringConcat,
                    Box::new(right),
                )))
            }
            Expr::ScalarFunction(call) if call.func.name() == "from_iso8601_timestamp" => {
                match call.args.first().map(|arg| arg.get_type(schema)) {
                    Some(Ok(kind)) if is_time(&kind) => Transformed::yes(cast_to(call.args[0].clone(), moment())),
                    _ => Transformed::no(Expr::ScalarFunction(call)),
                }
            }
            other => Transformed::no(other),
        })
    }

    /// Whether the events' own time is compared with bounds of which one is a text that is computed.
    fn is_computed(&self, expr: &Expr, low: &Expr, high: &Expr, schema: &DFSchema) -> Result<bool> {
        let time = bare_time(expr.clone(), schema)?;
        let as_times = |bound| self.compared_as_times(&time, Operator::GtEq, bound, schema);
        Ok(as_times(low)?.is_some() || as_times(high)?.is_some())
    }

    fn like(&self, like: Like, schema: &DFSchema) -> Result<Like> {
        let (of_expr, of_pattern) = (like.expr.get_type(schema)?, like.pattern.get_type(schema)?);
        let expr = Box::new(self.as_text(*like.expr, &of_expr));
        let pattern = self.as_text(*like.pattern, &of_pattern);
        Ok(match literal(&pattern).and_then(|text| in_backslashes(text, like.escape_char)) {
            Some(text) => Like { expr, pattern: Box::new(lit(text)), escape_char: Some('\\'), ..like },
            None if literal(&pattern).is_some() && like.escape_char.is_some() => {
                Like { expr, pattern: Box::new(pattern), escape_char: Some('\\'), ..like }
            }
            None => Like { expr, pattern: Box::new(pattern), ..like },
        })
    }
}

/// The name of a row's field by its place, from 1. A resource has its fields in the order of Athena's tables.
fn field_at(fields: &Fields, place: &Expr) -> Option<String> {
    let Expr::Literal(place, _) = place else { return None };
    let ScalarValue::Int64(Some(place)) = place.cast_to(&DataType::Int64).ok()? else { return None };
    let place = usize::try_from(place).ok()?.checked_sub(1)?;
    match fields.find("arnprefix") {
        Some(_) => RESOURCES[0].get(place).map(|name| (*name).to_owned()),
        None => fields.get(place).map(|field| field.name().clone()),
    }
}

impl ExprPlanner for Meaning {
    fn plan_binary_op(&self, expr: RawBinaryExpr, schema: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
        let op = match expr.op {
            BinaryOperator::Eq => Operator::Eq,
            BinaryOperator::NotEq => Operator::NotEq,
            BinaryOperator::Lt => Operator::Lt,
            BinaryOperator::LtEq => Operator::LtEq,
            BinaryOperator::Gt => Operator::Gt,
            BinaryOperator::GtEq => Operator::GtEq,
            _ => return Ok(PlannerResult::Original(expr)),
        };
        let expr =
            RawBinaryExpr { op: expr.op, left: bare_time(expr.left, schema)?, right: bare_time(expr.right, schema)? };
        if let Some(found) = self.compared_as_times(&expr.left, op, &expr.right, schema)? {
            return Ok(PlannerResult::Planned(found));
        }
        let (left, right) = self.compared(expr.left, expr.right, schema)?;
        Ok(PlannerResult::Original(RawBinaryExpr { op: expr.op, left, right }))
    }

    /// `requestparameters['key']`: maps, and JSON text as a map. Of a row, `r[1]` is the first field. Arrays are the engine's own.
    fn plan_field_access(
        &self,
        expr: RawFieldAccessExpr,
        schema: &DFSchema,
    ) -> Result<PlannerResult<RawFieldAccessExpr>> {
        let kind = expr.expr.get_type(schema)?;
        if let (DataType::Struct(fields), GetFieldAccess::ListIndex { key }) = (&kind, &expr.field_access) {
            return Ok(match field_at(fields, key) {
                Some(name) => PlannerResult::Planned(get_field(expr.expr, name)),
                None => PlannerResult::Original(expr),
            });
        }
        if !(is_text(&kind) || kind == JSON || matches!(kind, DataType::Map(..))) {
            return Ok(PlannerResult::Original(expr));
        }
        let key = match &expr.field_access {
            GetFieldAccess::NamedStructField { name } => Expr::Literal(name.clone(), None),
            GetFieldAccess::ListIndex { key } => (**key).clone(),
            GetFieldAccess::ListRange { .. } => return Ok(PlannerResult::Original(expr)),
        };
        Ok(PlannerResult::Planned(Self::call(&self.element_at, vec![expr.expr, key])))
    }
}

impl AnalyzerRule for Meaning {
    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        let found = plan.transform_up_with_subqueries(|plan| {
            let schema = merge_schema(&plan.inputs());
            let names = NamePreserver::new(&plan);
            let changed = plan.map_expressions(|expr| {
                let name = names.save(&expr);
                let found = expr.transform_up(|expr| match self.rewrite(expr.clone(), &schema) {
                    Ok(found) => Ok(found),
                    // Types that cannot be told here are told of where they are needed.
                    Err(_) => Ok(Transformed::no(expr)),
                })?;
                Ok(found.update_data(|expr| name.restore(expr)))
            })?;
            if changed.transformed { changed.map_data(LogicalPlan::recompute_schema) } else { Ok(changed) }
        })?;
        Ok(found.data)
    }

    fn name(&self) -> &str {
        "meaning"
    }
}

/// A plan whose output programs can read: addresses become text.
pub(crate) fn shown(plan: LogicalPlan) -> Result<LogicalPlan> {
    if !plan.schema().fields().iter().any(|field| *field.data_type() == ADDRESS) {
        return Ok(plan);
    }
    let text = Arc::new(crate::functions::address_text());
    let columns: Vec<Expr> = plan
        .schema()
        .iter()
        .map(|(qualifier, field)| {
            let column = Expr::from((qualifier, field));
            match *field.data_type() == ADDRESS {
                true => Meaning::call(&text, vec![column]).alias_qualified(qualifier.cloned(), field.name()),
                false => column,
            }
        })
        .collect();
    datafusion::logical_expr::LogicalPlanBuilder::from(plan).project(columns)?.build()
}
