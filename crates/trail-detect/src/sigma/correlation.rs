//! A correlation of Sigma, as a window that slides over the events of the rules that it names.

use std::sync::Arc;
use std::time::Duration;

use datafusion::logical_expr::Expr;
use rsigma_parser::{
    ConditionExpr, ConditionOperator, CorrelationCondition, CorrelationRule, CorrelationType, Quantifier, WindowMode,
};

use super::collection::{Base, is_named};
use super::condition::Translator;
use super::function;

/// A correlation, translated.
#[derive(Debug)]
pub(crate) struct Correlation {
    pub(super) kind: CorrelationType,
    span: Duration,
    /// The rules that it correlates, in their order.
    pub(super) parts: Vec<Part>,
    /// The names of the fields whose values make a group.
    groups: Vec<String>,
    pub(super) threshold: Vec<(ConditionOperator, f64)>,
    pub(super) percentile: f64,
    /// What must have been seen of the rules; without it, all of them.
    pub(super) seen: Option<ConditionExpr>,
}

/// One of the rules that are correlated.
#[derive(Debug)]
pub(super) struct Part {
    /// As the correlation calls it.
    pub(super) name: String,
    pub(super) condition: Expr,
    /// The text of each field of the group, in the order of [`Correlation::groups`].
    pub(super) groups: Vec<Expr>,
    /// The text of the fields that are counted or added up.
    pub(super) values: Vec<Expr>,
}

impl Correlation {
    /// The length of its window.
    pub(crate) fn span(&self) -> Duration {
        self.span
    }

    /// The names of the fields whose values make a group.
    pub(crate) fn groups(&self) -> &[String] {
        &self.groups
    }

    /// Events that none of the rules wants do not matter.
    pub(crate) fn condition(&self) -> Option<Expr> {
        self.parts.iter().map(|part| part.condition.clone()).reduce(Expr::or)
    }

    /// Whether what has been seen of the rules is what it wants.
    pub(super) fn has_seen(&self, seen: &[bool]) -> bool {
        match &self.seen {
            Some(condition) => self.told(condition, seen),
            None if self.is_default() => seen.iter().all(|seen| *seen),
            None => self.reached(seen.iter().filter(|seen| **seen).count() as f64),
        }
    }

    /// The parser writes "at least one" where a temporal correlation has no condition, and all rules are meant.
    fn is_default(&self) -> bool {
        self.threshold == [(ConditionOperator::Gte, 1.0)]
    }

    fn told(&self, condition: &ConditionExpr, seen: &[bool]) -> bool {
        let named = |name: &str| self.parts.iter().zip(seen).any(|(part, seen)| part.name == name && *seen);
        match condition {
            ConditionExpr::And(parts) => parts.iter().all(|part| self.told(part, seen)),
            ConditionExpr::Or(parts) => parts.iter().any(|part| self.told(part, seen)),
            ConditionExpr::Not(part) => !self.told(part, seen),
            ConditionExpr::Identifier(name) => named(name),
            ConditionExpr::Selector { quantifier, pattern } => {
                let chosen = self.parts.iter().filter(|part| pattern.matches_detection_name(&part.name));
                let (all, met) = chosen.fold((0, 0), |(all, met), part| (all + 1, met + u64::from(named(&part.name))));
                match quantifier {
                    Quantifier::All => all == met,
                    Quantifier::Any => met > 0,
                    Quantifier::Count(least) => met >= *least,
                }
            }
        }
    }

    /// Whether a number is what the condition wants.
    pub(super) fn reached(&self, value: f64) -> bool {
        self.threshold.iter().all(|(operator, threshold)| match operator {
            ConditionOperator::Lt => value < *threshold,
            ConditionOperator::Lte => value <= *threshold,
            ConditionOperator::Gt => value > *threshold,
            ConditionOperator::Gte => value >= *threshold,
            ConditionOperator::Eq => value == *threshold,
            ConditionOperator::Neq => value != *threshold,
        })
    }
}

/// Translates a correlation, and says which of the rules it is made of.
pub(super) fn translate(
    rule: &CorrelationRule,
    bases: &[Base<'_>],
    translator: &mut Translator<'_>,
) -> Result<(Arc<Correlation>, Vec<usize>), String> {
    if rule.window != WindowMode::Sliding {
        return Err(format!("its window is `{}`, where Sigma's slides", rule.window.as_str()));
    }
    if rule.rules.is_empty() {
        return Err("it names no rules".to_owned());
    }
    let (threshold, fields, percentile, seen) = match &rule.condition {
        CorrelationCondition::Threshold { predicates, field, percentile } => {
            let threshold = predicates.iter().map(|(operator, value)| (*operator, *value as f64)).collect();
            (threshold, field.clone().unwrap_or_default(), *percentile, None)
        }
        CorrelationCondition::Extended(condition) => (Vec::new(), Vec::new(), None, Some(condition.clone())),
    };
    use CorrelationType::{EventCount, Temporal, TemporalOrdered, ValueCount};
    match rule.correlation_type {
        EventCount | Temporal | TemporalOrdered if !fields.is_empty() => {
            return Err(format!("`{}` counts no field", rule.correlation_type.as_str()));
        }
        EventCount | Temporal | TemporalOrdered => {}
        ValueCount if fields.is_empty() => return Err("`value_count` needs the field that it counts".to_owned()),
        ValueCount => {}
        other if fields.len() != 1 => return Err(format!("`{}` needs one field", other.as_str())),
        _ => {}
    }
    if let Some(condition) = &seen {
        if !matches!(rule.correlation_type, Temporal | TemporalOrdered) {
            return Err(format!("`{}` needs a number to compare with", rule.correlation_type.as_str()));
        }
        known(condition, &rule.rules)?;
    }
    let percentile = percentile.unwrap_or(50);
    if percentile > 100 {
        return Err(format!("`{percentile}` is no percentile"));
    }
    let mut parts = Vec::new();
    let mut used = Vec::new();
    for name in &rule.rules {
        let number = bases.iter().position(|base| is_named(base.rule, name));
        let number =
            number.ok_or_else(|| format!("the rule `{name}` is not among the detection rules that were read"))?;
        let base = &bases[number];
        let condition = base.condition.clone().map_err(|reason| format!("of the rule `{name}`: {reason}"))?;
        let field_of = |group: &str| {
            let alias = rule.aliases.iter().find(|alias| alias.alias == group);
            let own = alias.and_then(|alias| {
                alias
                    .mapping
                    .iter()
                    .find(|(of, _)| *of == name || is_named(base.rule, of))
                    .map(|(_, field)| field.clone())
            });
            own.unwrap_or_else(|| group.to_owned())
        };
        let groups =
            rule.group_by.iter().map(|group| translator.place(&field_of(group)).map(|place| function::text_of(&place)));
        let groups = groups.collect::<Result<_, _>>()?;
        let values = fields
            .iter()
            .map(|field| translator.place(&field_of(field)).map(|place| function::text_of(&place)))
            .collect::<Result<_, _>>()?;
        parts.push(Part { name: name.clone(), condition, groups, values });
        used.push(number);
    }
    let correlation = Correlation {
        kind: rule.correlation_type,
        span: Duration::from_secs(rule.timespan.seconds),
        parts,
        groups: rule.group_by.clone(),
        threshold,
        percentile: percentile as f64,
        seen,
    };
    Ok((Arc::new(correlation), used))
}

/// Whether a condition over rules names only those that are correlated.
fn known(condition: &ConditionExpr, rules: &[String]) -> Result<(), String> {
    match condition {
        ConditionExpr::And(parts) | ConditionExpr::Or(parts) => parts.iter().try_for_each(|part| known(part, rules)),
        ConditionExpr::Not(part) => known(part, rules),
        ConditionExpr::Identifier(name) if !rules.contains(name) => {
            Err(format!("its condition names `{name}`, which is not among its rules"))
        }
        ConditionExpr::Identifier(_) | ConditionExpr::Selector { .. } => Ok(()),
    }
}
