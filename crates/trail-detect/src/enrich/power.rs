//! `power`: keeps the rows whose policy gives its holder everything, IAM, or a way to more.
//!
//! A row has the column `document` (a policy document) or `policy_arn` (an AWS managed policy). The step adds `power` (in words)
//! and `actions` (the dangerous ones), and sets the severity; a column `severity` of the rule raises it, never lowers it.

use serde_json::Value;
use trail_iam::policy::{Document, Level, dangerous_managed_policy, document_power};

use super::Enrich;
use crate::row::Row;
use crate::severity::Severity;

/// Dangerous actions named in a finding; an administrator has them all, and listing those helps nobody.
const MAX_ACTIONS: usize = 20;

pub(super) struct PolicyPower;

impl Enrich for PolicyPower {
    fn enrich(&mut self, mut row: Row) -> Option<Row> {
        let text = |name: &str| row.details.get(name).and_then(Value::as_str);
        let (level, actions, conditional) = match (text("document"), text("policy_arn")) {
            (Some(document), _) => {
                let power = document_power(&Document::parse(document).ok()?);
                (power.level, power.actions, power.conditional)
            }
            (None, Some(arn)) => (dangerous_managed_policy(arn)?, Vec::new(), false),
            (None, None) => return None,
        };
        let (words, severity) = match level {
            Level::None => return None,
            Level::Escalation => ("a way to more power", Severity::Low),
            Level::Iam => ("all of IAM", Severity::High),
            Level::Admin => ("everything", Severity::High),
        };
        let severity = if conditional { Severity::Low.max(lower(severity)) } else { severity };
        if level == Level::Escalation && !actions.is_empty() {
            row.details.insert(
                "actions".to_owned(),
                actions.iter().take(MAX_ACTIONS).map(|action| Value::from(*action)).collect(),
            );
        }
        row.details.insert("power".to_owned(), words.into());
        row.severity =
            Some(if level == Level::Escalation { severity } else { row.severity.unwrap_or(severity).max(severity) });
        Some(row)
    }
}

fn lower(severity: Severity) -> Severity {
    match severity {
        Severity::Critical => Severity::High,
        Severity::High => Severity::Medium,
        Severity::Medium => Severity::Low,
        Severity::Low | Severity::Info => Severity::Info,
    }
}
