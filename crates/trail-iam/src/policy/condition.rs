//! Condition tests: which of them limit a grant, and when one is at least as strict as another.
//!
//! Operators and keys are joined by AND, the values of one key by OR. A missing key fails a positive test, but passes a negated
//! one, an `...IfExists` one and a `ForAllValues:` one: those limit nobody who can leave the key out. (AWS, "IAM JSON policy
//! elements: Condition operators" and "Multivalued context keys".)

use std::fmt;

use ipnet::IpNet;

use crate::wildcard;

/// What an operator compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Test {
    /// `StringEquals`.
    Equals,
    /// `StringEqualsIgnoreCase`.
    EqualsIgnoreCase,
    /// `StringLike`.
    Like,
    /// `ArnLike` and `ArnEquals`, which are the same.
    Arn,
    /// `IpAddress`.
    Ip,
    /// `Bool`.
    Bool,
    /// `Null`: `true` asks for the key's absence.
    Null,
    /// Numbers, dates, binaries and operators that AWS does not have; told apart by the name.
    Other,
}

/// `ForAnyValue:` or `ForAllValues:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Quantifier {
    /// `ForAnyValue:`: at least one value of the request matches; false for none.
    Any,
    /// `ForAllValues:`: no value of the request fails to match; true for none.
    All,
}

/// A condition operator.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Operator {
    /// What it compares.
    pub test: Test,
    /// The `Not` form.
    pub negated: bool,
    /// The `...IfExists` form.
    pub if_exists: bool,
    /// The prefix, if it has one.
    pub quantifier: Option<Quantifier>,
    /// The name without prefix and `IfExists`, in AWS's spelling if it is one of AWS's.
    pub name: String,
}

impl Operator {
    /// Reads an operator; its case does not matter.
    pub fn parse(written: &str) -> Self {
        let lower = written.trim().to_ascii_lowercase();
        let (quantifier, rest) = if let Some(rest) = lower.strip_prefix("foranyvalue:") {
            (Some(Quantifier::Any), rest)
        } else if let Some(rest) = lower.strip_prefix("forallvalues:") {
            (Some(Quantifier::All), rest)
        } else {
            (None, lower.as_str())
        };
        let (rest, if_exists) = rest.strip_suffix("ifexists").map_or((rest, false), |rest| (rest, true));
        let (test, negated, name) = match rest {
            "stringequals" => (Test::Equals, false, "StringEquals"),
            "stringnotequals" => (Test::Equals, true, "StringNotEquals"),
            "stringequalsignorecase" => (Test::EqualsIgnoreCase, false, "StringEqualsIgnoreCase"),
            "stringnotequalsignorecase" => (Test::EqualsIgnoreCase, true, "StringNotEqualsIgnoreCase"),
            "stringlike" => (Test::Like, false, "StringLike"),
            "stringnotlike" => (Test::Like, true, "StringNotLike"),
            "arnequals" | "arnlike" => (Test::Arn, false, "ArnLike"),
            "arnnotequals" | "arnnotlike" => (Test::Arn, true, "ArnNotLike"),
            "ipaddress" => (Test::Ip, false, "IpAddress"),
            "notipaddress" => (Test::Ip, true, "NotIpAddress"),
            "bool" => (Test::Bool, false, "Bool"),
            "null" => (Test::Null, false, "Null"),
            "numericequals" => (Test::Other, false, "NumericEquals"),
            "numericnotequals" => (Test::Other, true, "NumericNotEquals"),
            "datenotequals" => (Test::Other, true, "DateNotEquals"),
            other => (Test::Other, false, other),
        };
        Self { test, negated, if_exists, quantifier, name: name.to_owned() }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.quantifier {
            Some(Quantifier::Any) => f.write_str("ForAnyValue:")?,
            Some(Quantifier::All) => f.write_str("ForAllValues:")?,
            None => {}
        }
        write!(f, "{}{}", self.name, if self.if_exists { "IfExists" } else { "" })
    }
}

/// One test: an operator, a key and the values of which one must match.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Condition {
    /// The key in lower case, as keys ignore case.
    pub key: String,
    /// The operator.
    pub operator: Operator,
    /// The values, sorted, each once.
    pub values: Vec<String>,
}

impl Condition {
    pub(super) fn new(operator: Operator, key: &str, mut values: Vec<String>) -> Self {
        if matches!(operator.test, Test::Bool | Test::Null) {
            values.iter_mut().for_each(|value| value.make_ascii_lowercase());
        }
        values.sort_unstable();
        values.dedup();
        Self { key: key.trim().to_ascii_lowercase(), operator, values }
    }

    /// True if the test can fail for somebody who brings what he likes: positive, not `IfExists`, not `ForAllValues` (unless a
    /// `Null` test among `all` asks for the key), with no bare wildcard among its values. A bare `*` counts as one even under
    /// `StringEquals`, where it is literal: whoever wrote it meant everybody.
    pub fn limits(&self, all: &[Self]) -> bool {
        let operator = &self.operator;
        let key_is_there = !self.passes_by_absence() || all.iter().any(|other| other.demands(&self.key));
        key_is_there
            && !operator.negated
            && operator.test != Test::Null
            && !self.values.is_empty()
            && !self.values.iter().any(|value| wildcard::only_wildcards(value) || self.is_itself(value))
    }

    /// True if a positive test holds for a request without the key.
    pub(super) fn passes_by_absence(&self) -> bool {
        self.operator.if_exists || self.operator.quantifier == Some(Quantifier::All)
    }

    /// A `Null` test that demands the key.
    fn demands(&self, key: &str) -> bool {
        self.operator.test == Test::Null && self.key == key && self.values == ["false"]
    }

    /// `${aws:PrincipalOrgID}` compared with aws:PrincipalOrgID holds for everybody.
    fn is_itself(&self, value: &str) -> bool {
        value
            .strip_prefix("${")
            .and_then(|value| value.strip_suffix('}'))
            .is_some_and(|name| name.trim().eq_ignore_ascii_case(&self.key))
    }

    /// True if wildcards in the values work as such.
    pub fn has_wildcards(&self) -> bool {
        matches!(self.operator.test, Test::Like | Test::Arn)
    }

    /// True if whatever passes this test passes `other` too. Says false where it cannot tell.
    fn implies(&self, other: &Self) -> bool {
        if self == other {
            return true;
        }
        let (mine, theirs) = (&self.operator, &other.operator);
        if self.key != other.key {
            return false;
        }
        // A positive test without a way out needs the key.
        let needs_key = !mine.negated && !self.passes_by_absence();
        if theirs.test == Test::Null {
            return mine.test != Test::Null && needs_key && other.values == ["false"];
        }
        let quantifier = mine.quantifier == theirs.quantifier
            || (mine.quantifier.is_none() && theirs.quantifier == Some(Quantifier::All));
        let way_out = theirs.if_exists || !mine.if_exists || mine.negated;
        if mine.negated != theirs.negated || !quantifier || !way_out || mine.test == Test::Null {
            return false;
        }
        if mine.negated {
            // Must keep out all that the other keeps out.
            other.values.iter().all(|out| self.values.iter().any(|own| matches(mine, own, theirs, out)))
        } else {
            self.values.iter().all(|own| other.values.iter().any(|wide| matches(theirs, wide, mine, own)))
        }
    }

    /// True if whatever passes all of `strict` passes all of `wide` too.
    pub(super) fn all_imply(strict: &[Self], wide: &[Self]) -> bool {
        wide.iter().all(|wide| strict.iter().any(|strict| strict.implies(wide)))
    }
}

/// True if the value `wide` under its operator matches all that `narrow` matches under its own.
fn matches(wide_operator: &Operator, wide: &str, narrow_operator: &Operator, narrow: &str) -> bool {
    use Test::{Arn, Bool, Equals, EqualsIgnoreCase, Ip, Like};
    match (wide_operator.test, narrow_operator.test) {
        (Equals, Equals) | (Bool, Bool) => wide == narrow,
        (Equals, Like) => wide == narrow && !wildcard::open(narrow),
        (EqualsIgnoreCase, Equals | EqualsIgnoreCase) => wide.eq_ignore_ascii_case(narrow),
        // A literal star is matched by a star only, so a literal value is as good as a pattern here.
        (Like, Equals | Like) | (Arn, Arn | Equals) => wildcard::covers(wide, narrow, false),
        (Ip, Ip) => match (network(wide), network(narrow)) {
            (Some(wide), Some(narrow)) => wide.contains(&narrow),
            _ => wide == narrow,
        },
        _ => wide_operator.name == narrow_operator.name && wide == narrow,
    }
}

/// An address range; a single address is one too.
pub(super) fn network(text: &str) -> Option<IpNet> {
    text.parse::<IpNet>().ok().or_else(|| text.parse::<std::net::IpAddr>().ok().map(IpNet::from))
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} [{}]", self.operator, self.key, self.values.join(", "))
    }
}
