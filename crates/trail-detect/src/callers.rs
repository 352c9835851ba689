//! Who is what: callers that the settings call human, a workload or infrastructure as code, whatever the decoder took them for.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringViewBuilder};
use arrow::error::ArrowError;
use globset::GlobSet;

use crate::error::DetectError;
use crate::exceptions::{Globs, globs};

/// The classes that may be given.
const CLASSES: [&str; 3] = ["human", "workload", "iac"];

/// Globs of principals and of agents, by class.
#[derive(Debug, Default)]
pub(crate) struct Callers {
    classes: Vec<(String, GlobSet)>,
}

impl Callers {
    pub(crate) fn new(settings: &BTreeMap<String, Globs>) -> Result<Callers, DetectError> {
        let mut classes = Vec::new();
        for (class, patterns) in settings {
            let wrong = |reason: String| DetectError::Setting(format!("`callers.{class}`: {reason}"));
            if !CLASSES.contains(&class.as_str()) {
                return Err(wrong(format!("no class of callers (one of {})", CLASSES.join(", "))));
            }
            let matcher = globs(&patterns.0).map_err(|error| wrong(error.to_string()))?;
            classes.extend(matcher.map(|matcher| (class.clone(), matcher)));
        }
        Ok(Callers { classes })
    }

    /// The same batch with `caller` as the settings have it; it has the columns `principal` and `agent`, or stays as it is.
    pub(crate) fn relabel(&self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let texts = |name: &str| batch.column_by_name(name).and_then(|column| column.as_string_view_opt());
        let (false, Some(callers)) = (self.classes.is_empty(), texts("caller")) else { return Ok(batch.clone()) };
        let of = [texts("principal"), texts("agent")];
        let mut known: HashMap<[Option<&str>; 2], Option<&str>> = HashMap::new();
        let mut column = StringViewBuilder::with_capacity(callers.len());
        for row in 0..callers.len() {
            let who = of.map(|texts| texts.filter(|texts| texts.is_valid(row)).map(|texts| texts.value(row)));
            let class = *known.entry(who).or_insert_with(|| {
                let meant = |matcher: &GlobSet| who.iter().flatten().any(|text| matcher.is_match(text));
                self.classes.iter().find(|(_, matcher)| meant(matcher)).map(|(class, _)| class.as_str())
            });
            column.append_option(class.or_else(|| callers.is_valid(row).then(|| callers.value(row))));
        }
        let schema = batch.schema();
        let mut columns = batch.columns().to_vec();
        columns[schema.index_of("caller")?] = Arc::new(column.finish()) as ArrayRef;
        RecordBatch::try_new(schema, columns)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::detector::Detector;
    use crate::rules::Rules;
    use crate::settings::Settings;

    /// What `caller` is for rules, where the settings say so and where they do not.
    async fn caller(settings: serde_json::Value) -> Result<String, String> {
        let settings: Settings = serde_json::from_value(settings).unwrap();
        let head = "title: t\nkind: match\nseverity: low\ntopics: []\nwhy: w\ndo: d\nfalse_positives: f\n".to_owned();
        let sql = "SELECT caller AS was FROM cloudtrail WHERE eventname = 'CreateUser'".to_owned();
        let query = trail_query::Query { id: "x/y".to_owned(), path: "y".to_owned(), head, sql, line: 8 };
        let mut rules = Rules::default();
        rules.insert(crate::Rule::parse(&query, None).unwrap()).unwrap();
        let mut detector = Detector::new(&rules, settings).await.map_err(|error| error.to_string())?;
        let events: Vec<_> = serde_json::from_value(json!([{"event": "iam:CreateUser", "as": "role/deploy"}])).unwrap();
        let records = json!({"Records": trail_query::case_events(&events).unwrap()}).to_string();
        let mut decoder = trail_event::Decoder::new(trail_event::Limits::default(), false);
        for batch in decoder.decode("t", 0, records.as_bytes()).batches {
            detector.observe(&batch).unwrap();
        }
        let outcome = detector.finish().await.unwrap();
        Ok(outcome.findings[0].details["was"].as_str().unwrap().to_owned())
    }

    #[tokio::test]
    async fn settings_say_who_is_what() {
        let plain = caller(json!({})).await.unwrap();
        assert_ne!(plain, "iac");
        assert_eq!(caller(json!({"callers": {"iac": "*:role/deploy"}})).await.unwrap(), "iac");
        assert_eq!(caller(json!({"callers": {"iac": ["aws-cli*"], "human": "*:role/x"}})).await.unwrap(), "iac");
        assert_eq!(caller(json!({"callers": {"iac": "*:role/other"}})).await.unwrap(), plain);
        let error = caller(json!({"callers": {"robot": "*"}})).await.unwrap_err();
        assert_eq!(error, "`callers.robot`: no class of callers (one of human, workload, iac)");
    }
}
