//! Detections: rules in SQL over CloudTrail events, and the findings that they make.
//!
//! A rule is a folder under `queries/detections/` with the SQL and the cases that prove it ([`Rule`]). Match rules are compiled
//! once and evaluated together over each Arrow batch; window and baseline rules set rows aside and run their SQL over them
//! ([`Detector`]). This crate knows nothing of mail, topics or buckets: it ends at a [`Finding`].

mod callers;
mod cases;
mod coverage;
mod detector;
mod enrich;
mod error;
mod exceptions;
mod explain;
mod finding;
mod finding_table;
mod forms;
mod fuse;
mod geo;
mod group;
mod history;
mod hits;
mod inspect;
mod leaves;
mod lint;
mod lists;
mod memo;
mod plan;
mod planned;
mod predicate;
mod replay;
mod rewrite;
mod row;
mod rows;
mod rule;
mod rules;
mod session;
mod settings;
mod severity;
mod sigma;
mod texts;
mod value;
mod watch;
mod windows;

pub use cases::{CaseResult, run_cases};
pub use coverage::{CisItem, Coverage, Covered, Event, Numbered, Technique, Topic, Topics};
pub use detector::{Detector, Outcome, Problem};
pub use error::{DetectError, ErrorKind};
pub use exceptions::{Exception, Globs, Until};
pub use explain::{Comparison, Explanation, Node, as_events, explain};
pub use finding::{Finding, MAX_EVENT_IDS, fingerprint};
pub use finding_table::{findings_from_batch, findings_to_batch};
pub use forms::{OCSF_VERSION, asff, ocsf};
pub use geo::{GeoSettings, Place};
pub use lint::{Remark, lint, lint_settings};
pub use lists::{List, ListKind, Refused};
pub use planned::Planned;
pub use replay::replay;
pub use rule::{Kind, Rule, RuleError};
pub use rules::Rules;
pub use session::access_keys_schema;
pub use settings::Settings;
pub use severity::Severity;
pub use sigma::{Document, Fate, Sigma};
pub use value::{text, time};
pub use watch::{Advanced, Watch};
