//! Detections: rules in SQL over CloudTrail events, and the findings that they make.
//!
//! A rule is a folder under `queries/detections/` with the SQL and the cases that prove it ([`Rule`]). Match rules are compiled
//! once and evaluated together over each Arrow batch; window and baseline rules set rows aside and run their SQL over them
//! ([`Detector`]). This crate knows nothing of mail, topics or buckets: it ends at a [`Finding`].

mod cases;
mod detector;
mod enrich;
mod error;
mod finding;
mod finding_table;
mod fuse;
mod group;
mod history;
mod hits;
mod leaves;
mod memo;
mod plan;
mod planned;
mod predicate;
mod rewrite;
mod row;
mod rows;
mod rule;
mod rules;
mod session;
mod settings;
mod severity;
mod texts;
mod value;
mod watch;
mod windows;

pub use cases::{CaseResult, run_cases};
pub use detector::{Detector, Outcome, Problem};
pub use error::{DetectError, ErrorKind};
pub use finding::{Finding, MAX_EVENT_IDS, fingerprint};
pub use finding_table::{findings_from_batch, findings_to_batch};
pub use planned::Planned;
pub use rule::{Kind, Rule, RuleError};
pub use rules::Rules;
pub use session::access_keys_schema;
pub use settings::Settings;
pub use severity::Severity;
pub use watch::{Advanced, Watch};
