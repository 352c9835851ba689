//! Findings in the forms that programs of others read: OCSF and ASFF.
//!
//! Each is a plain function from a finding, and its rule where that is known, to a JSON value. Strings from logs go in as they are:
//! JSON keeps them strings.

mod asff;
mod ocsf;
#[cfg(test)]
mod tests;

pub use asff::asff;
pub use ocsf::{OCSF_VERSION, ocsf};

use trail_iam::Arn;

use crate::finding::Finding;

/// The product's name in both forms.
const PRODUCT: &str = "Trailwarden";

/// The partition that a finding is in, by its region.
fn partition(finding: &Finding) -> &'static str {
    match finding.region.as_deref() {
        Some(region) if region.starts_with("cn-") => "aws-cn",
        Some(region) if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

/// Who did it.
enum Who<'a> {
    Role(&'a str),
    User(&'a str),
    Root,
    Other,
}

fn who(principal: &str) -> Who<'_> {
    let Some(arn) = Arn::parse(principal) else { return Who::Other };
    match (arn.role(), arn.user()) {
        (Some(role), _) => Who::Role(role.name),
        (_, Some(user)) => Who::User(user.name),
        _ if arn.is_root() => Who::Root,
        _ => Who::Other,
    }
}

/// At most `max` characters, and never nothing.
fn cut(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        Some((at, _)) => text[..at].to_owned(),
        None if text.trim().is_empty() => "-".to_owned(),
        None => text.to_owned(),
    }
}
