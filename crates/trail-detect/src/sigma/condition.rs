//! The detections and the condition of a Sigma rule as one expression over the table `cloudtrail`.

use datafusion::logical_expr::{Expr, cast, lit};
use rsigma_parser::{
    ConditionExpr, Detection, DetectionItem, Detections, FieldSpec, Quantifier, SelectorPattern, SigmaValue,
};

use super::field::{Form, Place};
use super::function;
use super::values::{Modifiers, Placeholders, references};
use crate::leaves::Leaves;

/// What a translation needs to know, and what it notes.
pub(super) struct Translator<'a> {
    pub(super) leaves: &'a Leaves,
    pub(super) placeholders: &'a Placeholders,
    /// Fields that are looked for, but that CloudTrail is not known to have.
    pub(super) unknown: Vec<String>,
}

impl Translator<'_> {
    /// The condition of a rule. One with several conditions matches where any of them does.
    pub(super) fn rule(&mut self, detections: &Detections) -> Result<Expr, String> {
        let conditions: Vec<Expr> = detections
            .conditions
            .iter()
            .map(|condition| self.condition(condition, detections))
            .collect::<Result<_, _>>()?;
        any(conditions).ok_or_else(|| "there is no condition".to_owned())
    }

    fn condition(&mut self, condition: &ConditionExpr, detections: &Detections) -> Result<Expr, String> {
        match condition {
            ConditionExpr::And(parts) => {
                let parts = parts.iter().map(|part| self.condition(part, detections)).collect::<Result<Vec<_>, _>>()?;
                all(parts).ok_or_else(|| "an empty condition".to_owned())
            }
            ConditionExpr::Or(parts) => {
                let parts = parts.iter().map(|part| self.condition(part, detections)).collect::<Result<Vec<_>, _>>()?;
                any(parts).ok_or_else(|| "an empty condition".to_owned())
            }
            ConditionExpr::Not(part) => Ok(Expr::Not(Box::new(self.condition(part, detections)?))),
            ConditionExpr::Identifier(name) => match detections.named.get(name) {
                Some(detection) => self.detection(detection),
                None => Err(format!("the condition names `{name}`, which the detection does not have")),
            },
            ConditionExpr::Selector { quantifier, pattern } => self.several(quantifier, pattern, detections),
        }
    }

    /// `1 of selection_*`, `all of them`.
    fn several(
        &mut self,
        quantifier: &Quantifier,
        pattern: &SelectorPattern,
        detections: &Detections,
    ) -> Result<Expr, String> {
        let mut names: Vec<&String> =
            detections.named.keys().filter(|name| pattern.matches_detection_name(name)).collect();
        names.sort_unstable();
        let parts: Vec<Expr> =
            names.iter().map(|name| self.detection(&detections.named[*name])).collect::<Result<_, _>>()?;
        let none = format!("the condition names `{pattern}`, and no part of the detection is called so");
        match quantifier {
            Quantifier::All => all(parts),
            Quantifier::Any | Quantifier::Count(1) => any(parts),
            Quantifier::Count(least) => {
                let ones = parts.into_iter().map(|part| cast(part, arrow::datatypes::DataType::Int64));
                ones.reduce(|sum, one| sum + one).map(|sum| sum.gt_eq(lit(i64::try_from(*least).unwrap_or(i64::MAX))))
            }
        }
        .ok_or(none)
    }

    fn detection(&mut self, detection: &Detection) -> Result<Expr, String> {
        match detection {
            Detection::AllOf(items) => {
                let items: Vec<Expr> = items.iter().map(|item| self.item(item)).collect::<Result<_, _>>()?;
                all(items).ok_or_else(|| "a part of the detection is empty".to_owned())
            }
            Detection::AnyOf(parts) => {
                let parts: Vec<Expr> = parts.iter().map(|part| self.detection(part)).collect::<Result<_, _>>()?;
                any(parts).ok_or_else(|| "a part of the detection is empty".to_owned())
            }
            Detection::And(parts) => {
                let parts: Vec<Expr> = parts.iter().map(|part| self.detection(part)).collect::<Result<_, _>>()?;
                all(parts).ok_or_else(|| "a part of the detection is empty".to_owned())
            }
            Detection::Keywords(values) => self.keywords(&FieldSpec::new(None, Vec::new()), values),
            Detection::ArrayMatch { field, quantifier, .. } => {
                Err(format!("`{field}[{quantifier}]` is of Sigma 3, which is not a standard yet"))
            }
            Detection::Conditional { .. } => Err("a condition inside a detection is of Sigma 3".to_owned()),
        }
    }

    fn keywords(&mut self, field: &FieldSpec, values: &[SigmaValue]) -> Result<Expr, String> {
        let modifiers = Modifiers::read(&field.modifiers)?.anywhere();
        if modifiers.refers {
            return Err("`fieldref` without a field".to_owned());
        }
        let item = modifiers.item(values, self.placeholders).map_err(|reason| format!("keywords: {reason}"))?;
        Ok(function::keywords(&everything(self.leaves), item))
    }

    fn item(&mut self, item: &DetectionItem) -> Result<Expr, String> {
        let Some(name) = &item.field.name else { return self.keywords(&item.field, &item.values) };
        let named = |reason: String| format!("`{name}`: {reason}");
        let modifiers = Modifiers::read(&item.field.modifiers).map_err(named)?;
        let place = self.place(name)?;
        if !modifiers.refers {
            let item = modifiers.item(&item.values, self.placeholders).map_err(named)?;
            return Ok(function::line(&place, item));
        }
        let mut parts = Vec::new();
        for other in references(item).map_err(named)? {
            let other = self.place(&other)?;
            let part =
                function::refers_to(place.clone(), other, modifiers.place(), modifiers.cased, modifiers.negated());
            parts.push(part);
        }
        let joined = if modifiers.all() || modifiers.negated() { all(parts) } else { any(parts) };
        joined.ok_or_else(|| named("there are no fields to compare with".to_owned()))
    }

    /// What users of the rule should know.
    pub(super) fn remarks(&self) -> Vec<String> {
        self.unknown.iter().map(|field| format!("`{field}` is no field of CloudTrail that we know")).collect()
    }

    /// Where a field stands.
    pub(super) fn place(&mut self, name: &str) -> Result<Place, String> {
        let place = Place::find(name, self.leaves)?;
        if !place.known && !self.unknown.contains(&place.path) {
            self.unknown.push(place.path.clone());
        }
        Ok(place)
    }
}

/// Every column that comes from the event itself.
fn everything(leaves: &Leaves) -> Vec<Place> {
    const OURS: [&str; 8] = ["principal", "caller", "denied", "network", "agent", "_object", "_record", "_ingested"];
    let names = (0..leaves.len()).map(|leaf| leaves.field(leaf).name());
    let names = names.filter(|name| !OURS.contains(&name.as_str()));
    let places = names.filter_map(|name| Place::find(name, leaves).ok());
    // A struct's fields are there as well, each for itself.
    places.filter(|place| place.form != Form::Typed || !is_struct(&place.column, leaves)).collect()
}

fn is_struct(column: &str, leaves: &Leaves) -> bool {
    let leaf = leaves.get(column).map(|leaf| leaves.field(leaf).data_type());
    matches!(leaf, Some(arrow::datatypes::DataType::Struct(_)))
}

fn all(parts: Vec<Expr>) -> Option<Expr> {
    parts.into_iter().reduce(Expr::and)
}

fn any(parts: Vec<Expr>) -> Option<Expr> {
    parts.into_iter().reduce(Expr::or)
}
