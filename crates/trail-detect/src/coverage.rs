//! What the rules cover: topics, ATT&CK techniques, CIS items and single events, each with the detections for it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use trail_query::Library;

use crate::error::DetectError;
use crate::inspect::{Inspected, inspect};
use crate::leaves::Leaves;
use crate::plan::EVENTS;
use crate::rule::{Rule, RuleError};
use crate::rules::Rules;
use crate::session::Outside;
use crate::settings::Settings;

/// The list of topics, in the library of queries.
const TOPICS: &str = "detections/topics.yaml";

/// The list of what detections over CloudTrail look for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topics {
    /// By number.
    pub topics: BTreeMap<i32, Topic>,
    unclaimed: Vec<Unclaimed>,
    cis: BTreeMap<String, String>,
}

/// One behaviour that a detection may look for.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    /// What it is, in a few words.
    pub title: String,
    /// Where it belongs.
    pub area: String,
    /// Whether it concerns identities, credentials, rights or grants.
    #[serde(default)]
    pub iam: bool,
    /// Whether the catalogue has to cover it.
    #[serde(default)]
    pub must: bool,
    /// Why it is not covered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_out: Option<String>,
}

/// Events that have to be covered, topic or not.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Unclaimed {
    area: String,
    source: String,
    events: Vec<String>,
}

impl Topics {
    /// The list of the library.
    ///
    /// # Errors
    /// When it is not there or cannot be read.
    pub fn load(library: &Library) -> Result<Topics, RuleError> {
        let wrong = |line, reason: String| RuleError { file: TOPICS.to_owned(), line, reason };
        let text = library.text(TOPICS).ok_or_else(|| wrong(1, "the list of topics is not there".to_owned()))?;
        yaml_serde::from_str(text).map_err(|error| wrong(error.location().map_or(1, |at| at.line()), error.to_string()))
    }

    /// Whether there is a CIS item of that number.
    pub(crate) fn has_cis(&self, item: &str) -> bool {
        self.cis.contains_key(item)
    }
}

/// Something that can be covered, and the detections for it.
#[derive(Clone, Debug, Serialize)]
pub struct Covered<T> {
    /// What.
    #[serde(flatten)]
    pub what: T,
    /// The ids of the detections.
    pub detections: Vec<String>,
}

/// A topic with its number.
#[derive(Clone, Debug, Serialize)]
pub struct Numbered {
    /// Its number.
    pub number: i32,
    /// The topic.
    #[serde(flatten)]
    pub topic: Topic,
}

/// An item of the CIS benchmark.
#[derive(Clone, Debug, Serialize)]
pub struct CisItem {
    /// Its number.
    pub item: String,
    /// What it is about.
    pub title: String,
}

/// A technique of ATT&CK.
#[derive(Clone, Debug, Serialize)]
pub struct Technique {
    /// Its id.
    pub technique: String,
}

/// An event that has to be covered.
#[derive(Clone, Debug, Serialize)]
pub struct Event {
    /// Where it belongs.
    pub area: String,
    /// Its source.
    pub source: String,
    /// Its name.
    pub event: String,
}

/// The matrix.
#[derive(Clone, Debug, Serialize)]
pub struct Coverage {
    /// Topics by number.
    pub topics: Vec<Covered<Numbered>>,
    /// CIS items in their order.
    pub cis: Vec<Covered<CisItem>>,
    /// Techniques that any detection names.
    pub mitre: Vec<Covered<Technique>>,
    /// Events that have to be covered.
    pub events: Vec<Covered<Event>>,
}

impl Coverage {
    /// Puts the rules that run beside what they cover.
    ///
    /// # Errors
    /// When a rule cannot be planned.
    pub async fn of(rules: &Rules, topics: &Topics) -> Result<Coverage, DetectError> {
        let rules: Vec<&Rule> = rules.iter().filter(|rule| rule.enabled).collect();
        let mut looked: Vec<(&Rule, Inspected)> = Vec::new();
        let planner = Planner::new(&Settings::default())?;
        for rule in &rules {
            looked.push((rule, planner.inspect(rule).await?));
        }
        let with = |covers: &dyn Fn(&Rule) -> bool| {
            rules.iter().filter(|rule| covers(rule)).map(|rule| rule.id.clone()).collect::<Vec<_>>()
        };
        let techniques: BTreeSet<&String> = rules.iter().flat_map(|rule| &rule.mitre).collect();
        let mut cis: Vec<(&String, &String)> = topics.cis.iter().collect();
        cis.sort_by_key(|(item, _)| item.split('.').map(|part| part.parse().unwrap_or(0)).collect::<Vec<u32>>());
        let events = topics.unclaimed.iter().flat_map(|group| group.events.iter().map(move |event| (group, event)));
        Ok(Coverage {
            topics: topics
                .topics
                .iter()
                .map(|(number, topic)| Covered {
                    what: Numbered { number: *number, topic: topic.clone() },
                    detections: with(&|rule| rule.topics.contains(number)),
                })
                .collect(),
            cis: cis
                .into_iter()
                .map(|(item, title)| Covered {
                    what: CisItem { item: item.clone(), title: title.clone() },
                    detections: with(&|rule| rule.cis.contains(item)),
                })
                .collect(),
            mitre: techniques
                .into_iter()
                .map(|technique| Covered {
                    what: Technique { technique: technique.clone() },
                    detections: with(&|rule| rule.mitre.contains(technique)),
                })
                .collect(),
            events: events
                .map(|(group, event)| {
                    let covering = looked.iter().filter(|(_, found)| found.looks_for(&group.source, event));
                    Covered {
                        what: Event { area: group.area.clone(), source: group.source.clone(), event: event.clone() },
                        detections: covering.map(|(rule, _)| rule.id.clone()).collect(),
                    }
                })
                .collect(),
        })
    }

    /// What has to be covered and is not, in words.
    pub fn missing(&self) -> Vec<String> {
        let topics = self.topics.iter().filter(|line| line.what.topic.must && line.detections.is_empty());
        let cis = self.cis.iter().filter(|line| line.detections.is_empty());
        let events = self.events.iter().filter(|line| line.detections.is_empty());
        topics
            .map(|line| format!("topic {}: {}", line.what.number, line.what.topic.title))
            .chain(cis.map(|line| format!("CIS {}: {}", line.what.item, line.what.title)))
            .chain(events.map(|line| format!("event {} of {}", line.what.event, line.what.source)))
            .collect()
    }

    /// The techniques as a layer for the ATT&CK Navigator: the more detections, the darker.
    pub fn navigator(&self) -> Value {
        let most = self.mitre.iter().map(|line| line.detections.len()).max().unwrap_or(1);
        let techniques: Vec<Value> = self
            .mitre
            .iter()
            .map(|line| {
                json!({
                    "techniqueID": line.what.technique,
                    "score": line.detections.len(),
                    "comment": line.detections.join(", "),
                    "enabled": true,
                    // A technique whose parts alone are covered is unfolded to show them.
                    "showSubtechniques": !line.what.technique.contains('.'),
                })
            })
            .collect();
        json!({
            "name": "Trailwarden",
            "versions": {"navigator": "5.1.0", "layer": "4.5"},
            "domain": "enterprise-attack",
            "description": "How many detections look for each technique in CloudTrail logs.",
            "filters": {"platforms": ["IaaS", "Identity Provider", "SaaS"]},
            "sorting": 3,
            "hideDisabled": false,
            "techniques": techniques,
            "gradient": {"colors": ["#ffffff", "#2f6f4f"], "minValue": 0, "maxValue": most},
            "legendItems": [],
            "metadata": [],
        })
    }
}

/// Looks at rules in a session that has the tables' shapes.
pub(crate) struct Planner {
    pub(crate) leaves: Leaves,
    pub(crate) state: datafusion::execution::SessionState,
}

impl Planner {
    pub(crate) fn new(settings: &Settings) -> Result<Planner, DetectError> {
        Planner::over(settings, &Outside::default())
    }

    pub(crate) fn over(settings: &Settings, outside: &Outside) -> Result<Planner, DetectError> {
        let context = crate::session::context(settings, outside);
        crate::session::register_shapes(&context).map_err(|error| DetectError::sql(EVENTS, error))?;
        Ok(Planner { leaves: Leaves::new(&trail_event::schema()), state: context.state() })
    }

    pub(crate) async fn inspect(&self, rule: &Rule) -> Result<Inspected, DetectError> {
        let sql = rule.sql(None)?;
        inspect(rule, &sql, &self.leaves, &self.state).await.map_err(|error| DetectError::sql(&rule.file, error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn embedded() -> Coverage {
        let library = Library::embedded().unwrap();
        let (rules, topics) = (Rules::load(&library).unwrap(), Topics::load(&library).unwrap());
        assert_eq!(topics.topics.len(), 572);
        Coverage::of(&rules, &topics).await.unwrap()
    }

    #[tokio::test]
    async fn nothing_that_must_be_covered_is_missing() {
        let coverage = embedded().await;
        assert_eq!(coverage.missing(), Vec::<String>::new());
        let identity = |must: bool| {
            let all = coverage.topics.iter().filter(|line| line.what.topic.iam && line.what.topic.must == must);
            all.filter(|line| line.what.number < 384).map(|line| line.what.number).collect::<Vec<_>>()
        };
        assert_eq!((identity(true).len(), identity(false)), (177, vec![22, 26]));
        assert_eq!((coverage.cis.len(), coverage.events.len()), (15, 50));
        // What is left out says why, and is not covered after all.
        for line in coverage.topics.iter().filter(|line| line.what.number < 384) {
            let topic = &line.what.topic;
            assert_eq!(line.detections.is_empty(), topic.left_out.is_some(), "topic {}", line.what.number);
            assert!(!topic.must || topic.left_out.is_none(), "topic {}", line.what.number);
        }
    }

    #[tokio::test]
    async fn what_is_missing_is_named() {
        let library = Library::embedded().unwrap();
        let rules = Rules::load(&library).unwrap();
        let (_, without) = rules.split(|rule| rule.topics.contains(&187) || rule.id == "grants-changed");
        let missing = Coverage::of(&without, &Topics::load(&library).unwrap()).await.unwrap().missing();
        for expected in ["topic 187: ", "CIS 4.7: ", "event RetireGrant of kms.amazonaws.com"] {
            assert!(missing.iter().any(|line| line.starts_with(expected)), "{expected}: {missing:?}");
        }
    }

    #[tokio::test]
    async fn the_layer_is_one() {
        let layer = embedded().await.navigator();
        assert_eq!(layer["versions"]["layer"], "4.5");
        let techniques = layer["techniques"].as_array().unwrap();
        assert!(techniques.len() > 80);
        for technique in techniques {
            let id = technique["techniqueID"].as_str().unwrap();
            let (number, part) = id.split_once('.').unwrap_or((id, "000"));
            let digits = |text: &str, count| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
            assert!(number.starts_with('T') && digits(&number[1..], 4) && digits(part, 3), "{id}");
            assert!(technique["score"].as_u64() > Some(0) && technique["comment"].is_string(), "{technique}");
        }
    }
}
