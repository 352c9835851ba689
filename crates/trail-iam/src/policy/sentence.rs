//! Grants in words, one line each, for mails and tables.

use super::{Class, Effect, Grant, Patterns, Weakness};
use crate::arn::Arn;
use crate::principal::{Kind, Principal};

/// The most names listed in one sentence.
const MAX_NAMES: usize = 3;

/// Text of a policy made safe to show: one line, not long. Whoever wrote the policy chose it.
fn shown(text: &str) -> String {
    const MAX_CHARS: usize = 120;
    let mut out: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_CHARS).collect();
    if text.chars().nth(MAX_CHARS).is_some() {
        out.push('…');
    }
    out
}

impl Principal {
    /// Who that is, in words: `account 111122223333`, `role deploy of account 111122223333`, `everyone`.
    pub fn describe(&self) -> String {
        let arn = Arn::parse(&self.id);
        let of = |what: &str, name: &str| {
            format!("{what} {} of account {}", shown(name), self.account.as_deref().unwrap_or("unknown"))
        };
        let resource_name =
            || arn.and_then(|arn| arn.resource.split_once('/')).map_or(self.id.as_str(), |(_, name)| name);
        match self.kind {
            Kind::Everyone => "everyone".to_owned(),
            Kind::Account => format!("account {}", self.id),
            Kind::User => of("user", arn.and_then(|arn| arn.user()).map_or(&self.id, |user| user.name)),
            Kind::Role => of("role", arn.and_then(|arn| arn.role()).map_or(&self.id, |role| role.name)),
            Kind::Session => of("role session", resource_name()),
            Kind::FederatedUser => of("federated user", resource_name()),
            Kind::Service => format!("service {}", shown(&self.id)),
            Kind::CanonicalUser => format!("canonical user {}", shown(&self.id)),
            Kind::Deleted => format!("deleted principal {}", shown(&self.id)),
            Kind::SamlProvider => of("SAML provider", resource_name()),
            Kind::OidcProvider => format!("OIDC provider {}", shown(resource_name())),
            Kind::BuiltInFederation => format!("identity provider {}", shown(&self.id)),
            Kind::CloudFrontOai => "a CloudFront origin access identity".to_owned(),
            Kind::Holder => "the holder of this policy".to_owned(),
            Kind::Unknown => format!("principal `{}`", shown(&self.id)),
        }
    }
}

impl Weakness {
    const fn words(self) -> &'static str {
        match self {
            Self::NoExternalId => "without an ExternalId",
            Self::OnlyExternalId => "limited only by an ExternalId",
            Self::AnyOrganization => "from any organization",
            Self::NoSubject => "without a condition on the subject",
            Self::WildcardSubject => "with a condition on the subject that leaves its owner open",
            Self::NoAudience => "without a condition on the audience",
            Self::Unauthenticated => "unauthenticated visitors included",
            Self::NoSource => "without a condition on whom it acts for",
            Self::ExternalSource => "on behalf of an external account",
            Self::AllBut => "but for those left out by NotPrincipal",
        }
    }
}

/// `account 111122223333 (external)`.
pub(super) fn who(grant: &Grant<'_>) -> String {
    let reach = match grant.class {
        Class::Public => " (public)",
        Class::ExternalPrincipal | Class::ExternalAccount => " (external)",
        Class::ExternalOrganization => " (of another organization)",
        Class::Organization => " (inside the organization)",
        Class::Home => " (own)",
        Class::SameAccount if grant.principal.kind == Kind::Everyone => " (of this account)",
        Class::SameAccount => " (same account)",
        Class::Trusted => " (trusted)",
        Class::Limited => " (limited by network or source)",
        Class::Deleted | Class::Holder | Class::Service | Class::Federated | Class::Unknown => "",
    };
    format!("{}{reach}", grant.principal.describe())
}

/// `assume this role`, `call s3:GetObject and 2 more on this resource`.
pub(super) fn what(grant: &Grant<'_>, actions: &[String]) -> String {
    if grant.statement.assumes_role() {
        return "assume this role".to_owned();
    }
    let not = match grant.statement.actions {
        Patterns::Only(_) => "",
        Patterns::AllBut(_) => "everything but ",
    };
    let on = match &grant.statement.resources {
        Some(Patterns::Only(list)) => format!(" on {}", names(list)),
        Some(Patterns::AllBut(list)) => format!(" on everything but {}", names(list)),
        None => " on this resource".to_owned(),
    };
    format!("call {not}{}{on}", names(actions))
}

/// `, without an ExternalId, with a deny beside it`.
pub(super) fn remarks(grant: &Grant<'_>) -> String {
    let mut out = String::new();
    for weakness in &grant.weaknesses {
        out.push_str(", ");
        out.push_str(weakness.words());
    }
    if grant.weaknesses.is_empty() && !grant.statement.conditions.is_empty() {
        let mut keys: Vec<String> = grant.statement.conditions.iter().map(|test| test.key.clone()).collect();
        keys.dedup();
        out.push_str(", if ");
        out.push_str(&names(&keys));
        out.push_str(if keys.len() == 1 { " matches" } else { " match" });
    }
    if grant.with_deny {
        out.push_str(", with a deny beside it");
    }
    out
}

fn names(list: &[String]) -> String {
    let shown: Vec<String> = list.iter().take(MAX_NAMES).map(|name| shown(name)).collect();
    match list.len() {
        0 => "nothing".to_owned(),
        n if n > MAX_NAMES => format!("{} and {} more", shown.join(", "), n - MAX_NAMES),
        _ => shown.join(", "),
    }
}

impl Grant<'_> {
    /// The grant as one line: `account 111122223333 (external) may assume this role, without an ExternalId`.
    pub fn sentence(&self) -> String {
        let actions = self.statement.actions.list();
        match self.statement.effect {
            Effect::Allow => format!("{} may {}{}", who(self), what(self, actions), remarks(self)),
            Effect::Deny => format!("{} may not {}{}", who(self), what(self, actions), remarks(self)),
        }
    }
}
