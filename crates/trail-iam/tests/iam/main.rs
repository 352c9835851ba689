//! Tests of what IAM text means: tables of cases, one `check` for each topic.

mod actions;
mod arns;
mod callers;
mod denials;
mod diffs;
mod documents;
mod grants;
mod hostile;
mod powers;
