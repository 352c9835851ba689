//! What a Sigma rule says of itself, as a rule of ours.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rsigma_parser::{CorrelationRule, Level, SigmaRule};

use super::{Correlation, Source, Translation};
use crate::rule::{Kind, Rule};
use crate::severity::Severity;

/// What detection rules and correlations alike say.
struct About<'a> {
    title: &'a str,
    level: Option<Level>,
    description: Option<&'a str>,
    tags: &'a [String],
    false_positives: &'a [String],
    references: &'a [String],
}

/// A detection rule.
pub(super) fn detection(id: &str, source: &Source, rule: &SigmaRule, translation: Translation) -> Rule {
    let about = About {
        title: &rule.title,
        level: rule.level,
        description: rule.description.as_deref(),
        tags: &rule.tags,
        false_positives: &rule.falsepositives,
        references: &rule.references,
    };
    made(id, source, &about, translation)
}

/// A correlation.
pub(super) fn correlation(id: &str, source: &Source, rule: &CorrelationRule, correlation: &Arc<Correlation>) -> Rule {
    let about = About {
        title: &rule.title,
        level: rule.level,
        description: rule.description.as_deref(),
        tags: &rule.tags,
        false_positives: &rule.falsepositives,
        references: &rule.references,
    };
    made(id, source, &about, Translation::Correlation(correlation.clone()))
}

fn made(id: &str, source: &Source, about: &About<'_>, translation: Translation) -> Rule {
    let (kind, window, group_by) = match &translation {
        Translation::Match(_) => (Kind::Match, None, vec!["account".to_owned(), "principal".to_owned()]),
        Translation::Correlation(correlation) => {
            (Kind::Window, Some(correlation.span()), correlation.groups().to_vec())
        }
    };
    Rule {
        id: id.to_owned(),
        service: "sigma".to_owned(),
        file: source.path.display().to_string(),
        // Braces would stand for columns.
        title: about.title.replace('{', "(").replace('}', ")"),
        kind,
        severity: severity(about.level),
        topics: Vec::new(),
        mitre: about.tags.iter().filter_map(|tag| technique(tag)).collect(),
        cis: Vec::new(),
        why: about.description.unwrap_or_default().trim().to_owned(),
        action: String::new(),
        false_positives: about.false_positives.join("; "),
        references: about.references.to_vec(),
        group_by,
        window,
        every: None,
        watermark: Duration::from_secs(15 * 60),
        lookback: None,
        thresholds: BTreeMap::new(),
        enrich: None,
        runbook: None,
        enabled: true,
        accept: BTreeMap::new(),
        sql: String::new(),
        line: 1,
        cases: None,
        sigma: Some(translation),
    }
}

fn severity(level: Option<Level>) -> Severity {
    match level {
        Some(Level::Informational) => Severity::Info,
        Some(Level::Low) => Severity::Low,
        Some(Level::Medium) | None => Severity::Medium,
        Some(Level::High) => Severity::High,
        Some(Level::Critical) => Severity::Critical,
    }
}

/// The ATT&CK technique of a tag: `attack.t1078.004`.
fn technique(tag: &str) -> Option<String> {
    let number = tag.to_ascii_lowercase().strip_prefix("attack.t")?.to_owned();
    number.starts_with(|first: char| first.is_ascii_digit()).then(|| format!("T{number}"))
}

#[cfg(test)]
mod tests {
    use super::technique;

    #[test]
    fn tags_name_techniques() {
        for (tag, expected) in [
            ("attack.t1078.004", Some("T1078.004")),
            ("attack.T1098", Some("T1098")),
            ("attack.tools", None),
            ("cve.2021-1", None),
        ] {
            assert_eq!(technique(tag).as_deref(), expected);
        }
    }
}
