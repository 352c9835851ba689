//! What a document grants: one [`Grant`] for each statement and principal.

use super::classify::{RequiredClaim, classify, required_claim, touches};
use super::power::{Level, statement_power};
use super::{Class, Document, Effect, Principals, Severity, Statement, Trust, Weakness};
use crate::principal::{Kind, Principal};

/// One principal's part in one statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant<'d> {
    /// The statement; its effect, actions, resources and conditions are the grant's.
    pub statement: &'d Statement,
    /// The statement's place in the document, from 0.
    pub index: usize,
    /// Who; everyone where the statement says all but some.
    pub principal: Principal,
    /// Whom `NotPrincipal` leaves out.
    pub except: &'d [Principal],
    /// How far it reaches.
    pub class: Class,
    /// What it lacks, sorted; empty for a deny.
    pub weaknesses: Vec<Weakness>,
    /// Another statement of the document denies some of it: "allowed, with deny". The deny is not worked out, since what it
    /// leaves depends on the request.
    pub with_deny: bool,
}

impl Document {
    /// All grants and denies, in the order of the statements. A statement with an empty principal list grants nothing.
    pub fn grants(&self, trust: &Trust) -> Vec<Grant<'_>> {
        let mut grants = Vec::new();
        for (index, statement) in self.statements.iter().enumerate() {
            let with_deny = statement.effect == Effect::Allow && self.is_touched_by_deny(statement);
            let mut push = |principal: Principal, except| {
                let (class, mut weaknesses) = classify(statement, &principal, trust);
                if statement.effect == Effect::Deny {
                    weaknesses.clear();
                } else if matches!(statement.principals, Principals::AllBut(_)) {
                    weaknesses.push(Weakness::AllBut);
                }
                grants.push(Grant { statement, index, principal, except, class, weaknesses, with_deny });
            };
            match &statement.principals {
                Principals::Holder => push(Principal::holder(), &[]),
                Principals::Only(principals) => principals.iter().for_each(|one| push(one.clone(), &[])),
                Principals::AllBut(except) => push(everyone(), except),
            }
        }
        grants
    }

    fn is_touched_by_deny(&self, allow: &Statement) -> bool {
        self.statements.iter().any(|deny| deny.effect == Effect::Deny && touches(&allow.actions, &deny.actions))
    }
}

pub(super) fn everyone() -> Principal {
    Principal { kind: Kind::Everyone, id: "*".to_owned(), account: None }
}

impl Grant<'_> {
    /// The conditions as one text, the same for the same conditions in any order and spelling of keys: what tells two grants of
    /// one principal apart. Empty for none.
    pub fn condition_fingerprint(&self) -> String {
        let tests: Vec<String> = self.statement.conditions.iter().map(ToString::to_string).collect();
        tests.join(" and ")
    }

    /// What a person should make of it, if it is new.
    pub fn severity(&self) -> Severity {
        if self.statement.effect == Effect::Deny {
            return Severity::Info;
        }
        let role = self.statement.assumes_role();
        let has = |weakness| self.weaknesses.contains(&weakness);
        match self.class {
            Class::Deleted | Class::SameAccount => Severity::Info,
            Class::Home | Class::Trusted => Severity::Low,
            Class::Organization if role => Severity::Medium,
            Class::Organization => Severity::Low,
            Class::Limited | Class::Unknown => Severity::Medium,
            Class::Holder => match statement_power(self.statement).level {
                Level::Admin | Level::Iam => Severity::High,
                Level::Escalation => Severity::Medium,
                Level::None => Severity::Info,
            },
            Class::Service if has(Weakness::ExternalSource) => Severity::Medium,
            // Worth mending, but AWS's own consoles wrote such policies for years.
            Class::Service if has(Weakness::NoSource) => Severity::Low,
            Class::Service => Severity::Info,
            Class::Federated => self.federated_severity(),
            Class::ExternalPrincipal | Class::ExternalAccount | Class::ExternalOrganization if role => {
                if has(Weakness::NoExternalId) { Severity::High } else { Severity::Medium }
            }
            Class::ExternalPrincipal => Severity::Medium,
            Class::ExternalAccount | Class::ExternalOrganization => Severity::High,
            // Cognito's visitors are often meant, on a role made for them.
            Class::Public if has(Weakness::OnlyExternalId) || has(Weakness::Unauthenticated) => Severity::High,
            Class::Public if role => Severity::Critical,
            Class::Public => Severity::High,
        }
    }

    fn federated_severity(&self) -> Severity {
        let has = |weakness| self.weaknesses.contains(&weakness);
        let no_subject = has(Weakness::NoSubject) || has(Weakness::WildcardSubject);
        match self.principal.issuer().and_then(|issuer| required_claim(&issuer)) {
            // Anybody with an account at the issuer.
            Some(RequiredClaim::Subject | RequiredClaim::SessionName) if no_subject => Severity::Critical,
            Some(RequiredClaim::Audience) if has(Weakness::NoAudience) => Severity::Critical,
            _ if self.weaknesses.is_empty() => Severity::Low,
            _ => Severity::Medium,
        }
    }
}
