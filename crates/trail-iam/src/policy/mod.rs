//! Policy documents: parse, list what they grant to whom, compare two, and judge what a statement gives.
//!
//! Grammar and semantics: AWS, "IAM JSON policy element reference". Trust policies of roles, resource policies (buckets, keys,
//! queues, ...), identity policies and organization policies are one grammar; what differs is which elements are there.

mod classify;
mod condition;
mod diff;
mod grant;
mod parse;
mod power;
mod sentence;

use std::sync::Arc;

use crate::principal::Principal;
use crate::wildcard;

pub use classify::{Class, Severity, Trust, Weakness};
pub use condition::{Condition, Operator, Quantifier, Test};
pub use diff::{Change, ChangeKind, diff};
pub use grant::Grant;
pub use parse::{MAX_BYTES, MAX_ENTRIES, PolicyError};
pub use power::{
    DANGEROUS_MANAGED_POLICIES, ESCALATION_ACTIONS, Level, Power, dangerous_managed_policy, document_power,
    statement_power,
};

/// A policy document. Lists and single values, the order of elements, and spellings of one principal are all the same here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// `Version` as written: `2012-10-17`, `2008-10-17`, or absent.
    pub version: Option<String>,
    /// `Id` as written.
    pub id: Option<String>,
    /// The statements in the document's order.
    pub statements: Vec<Statement>,
}

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// `Sid` as written.
    pub sid: Option<String>,
    /// `Effect`.
    pub effect: Effect,
    /// `Principal` or `NotPrincipal`.
    pub principals: Principals,
    /// `Action` or `NotAction`, sorted without case, each once.
    pub actions: Patterns,
    /// `Resource` or `NotResource`, sorted, each once; `None` where there is none, as in trust policies.
    pub resources: Option<Patterns>,
    /// The condition tests, all of which must hold, sorted by key.
    pub conditions: Vec<Condition>,
}

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Effect {
    /// It allows.
    Allow,
    /// It denies, whatever else allows.
    Deny,
}

impl Effect {
    /// `Allow` or `Deny`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "Allow",
            Self::Deny => "Deny",
        }
    }
}

/// Whom a statement speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principals {
    /// Nobody is named: whoever the policy is attached to.
    Holder,
    /// These (`Principal`), sorted, each once.
    Only(Vec<Principal>),
    /// Everybody but these (`NotPrincipal`).
    AllBut(Vec<Principal>),
}

/// Actions or resources with wildcards: these, or all but these.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Patterns {
    /// `Action`, `Resource`. Shared, since every principal of a statement has the same list.
    Only(Arc<[String]>),
    /// `NotAction`, `NotResource`.
    AllBut(Arc<[String]>),
}

impl Patterns {
    /// The entries as written.
    pub fn list(&self) -> &Arc<[String]> {
        match self {
            Self::Only(list) | Self::AllBut(list) => list,
        }
    }

    /// True if all that `pattern` matches is among these. Actions ignore case, resources do not.
    pub fn covers(&self, pattern: &str, ignore_case: bool) -> bool {
        match self {
            Self::Only(list) => list.iter().any(|own| wildcard::covers(own, pattern, ignore_case)),
            Self::AllBut(list) => !list.iter().any(|own| wildcard::overlap(own, pattern, ignore_case)),
        }
    }

    /// True if something may be among both.
    pub fn overlaps(&self, other: &Self, ignore_case: bool) -> bool {
        match (self, other) {
            (Self::Only(mine), Self::Only(theirs)) => {
                mine.iter().any(|a| theirs.iter().any(|b| wildcard::overlap(a, b, ignore_case)))
            }
            (Self::Only(some), Self::AllBut(rest)) | (Self::AllBut(rest), Self::Only(some)) => {
                some.iter().any(|a| !rest.iter().any(|b| wildcard::covers(b, a, ignore_case)))
            }
            (Self::AllBut(_), Self::AllBut(_)) => true,
        }
    }
}

impl Statement {
    /// True for a statement of a role's trust policy: it has no resource and its actions include an `sts:AssumeRole...`.
    pub fn assumes_role(&self) -> bool {
        const ASSUME: [&str; 3] = ["sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"];
        self.resources.is_none()
            && self.principals != Principals::Holder
            && ASSUME.iter().any(|action| self.actions.covers(action, true))
    }
}
