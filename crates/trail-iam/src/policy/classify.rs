//! How far a grant reaches: inside the organization, to one outside account, to the world; and what it lacks.
//!
//! After IAM Access Analyzer's "zone of trust": only conditions that an outsider cannot satisfy at will count as limits.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::condition::{Condition, Test, network};
use super::{Patterns, Statement};
use crate::arn::{Arn, is_account_id};
use crate::principal::{Kind, Principal, is_unique_id};
use crate::wildcard;

/// Whom the organization trusts: the zone inside of which a grant is no news. Without any of it every account is external.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Trust {
    /// The account that owns the resource or role, as the event's `recipientAccountId` tells it.
    pub account: Option<String>,
    /// The organization's own accounts.
    pub home_accounts: BTreeSet<String>,
    /// The organization's id, `o-...`. Where it is not known, any one organization in a condition is taken for ours.
    pub organization: Option<String>,
    /// Accounts of others that are known and meant to have access.
    pub trusted_accounts: BTreeSet<String>,
}

/// How far a grant reaches, from near to far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// Nobody: the principal was deleted.
    Deleted,
    /// The account of the resource.
    SameAccount,
    /// Whoever the policy is attached to.
    Holder,
    /// Another account of the organization.
    Home,
    /// Every account of the organization.
    Organization,
    /// A trusted account.
    Trusted,
    /// An AWS service.
    Service,
    /// An identity provider.
    Federated,
    /// Anybody who comes by a certain network or resource, whose account cannot be told.
    Limited,
    /// One principal of an external account.
    ExternalPrincipal,
    /// A whole external account.
    ExternalAccount,
    /// Another organization.
    ExternalOrganization,
    /// Cannot be told.
    Unknown,
    /// Everybody.
    Public,
}

impl Class {
    /// A name for tables: `same_account`, `external_account`, ...
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deleted => "deleted",
            Self::SameAccount => "same_account",
            Self::Holder => "holder",
            Self::Home => "home",
            Self::Organization => "organization",
            Self::Trusted => "trusted",
            Self::Service => "service",
            Self::Federated => "federated",
            Self::Limited => "limited",
            Self::ExternalPrincipal => "external_principal",
            Self::ExternalAccount => "external_account",
            Self::ExternalOrganization => "external_organization",
            Self::Unknown => "unknown",
            Self::Public => "public",
        }
    }

    /// True if somebody outside of the zone of trust gets in, providers and services apart.
    pub const fn is_external(self) -> bool {
        matches!(self, Self::ExternalPrincipal | Self::ExternalAccount | Self::ExternalOrganization | Self::Public)
    }
}

/// What a grant lacks, or has and should not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Weakness {
    /// An external account may assume the role without `sts:ExternalId`: a confused deputy.
    NoExternalId,
    /// Everybody who knows the external id gets in.
    OnlyExternalId,
    /// The condition on the organization takes any organization.
    AnyOrganization,
    /// A web identity without a condition on its subject: every identity of the issuer.
    NoSubject,
    /// The condition on the subject does not even fix who owns it.
    WildcardSubject,
    /// A federated identity without a condition on its audience.
    NoAudience,
    /// Cognito's unauthenticated visitors get in, or nothing keeps them out.
    Unauthenticated,
    /// A service without a condition on whom it acts for: a confused deputy.
    NoSource,
    /// A service that acts for an external account.
    ExternalSource,
    /// `NotPrincipal` with `Allow`: everybody but a few.
    AllBut,
}

impl Weakness {
    /// A name for tables: `no_external_id`, `wildcard_subject`, ...
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoExternalId => "no_external_id",
            Self::OnlyExternalId => "only_external_id",
            Self::AnyOrganization => "any_organization",
            Self::NoSubject => "no_subject",
            Self::WildcardSubject => "wildcard_subject",
            Self::NoAudience => "no_audience",
            Self::Unauthenticated => "unauthenticated",
            Self::NoSource => "no_source",
            Self::ExternalSource => "external_source",
            Self::AllBut => "all_but",
        }
    }
}

/// How much a person should care.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// For the record.
    Info,
    /// Look when there is time.
    Low,
    /// Look today.
    Medium,
    /// Look now.
    High,
    /// Act now.
    Critical,
}

impl Severity {
    /// `info`, `low`, `medium`, `high` or `critical`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// The claim that IAM demands for issuers that many customers share (AWS, "Identity-provider controls for shared OIDC
/// providers"): without it anybody with an account there gets in. Policies written before the demand are not checked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RequiredClaim {
    /// `<issuer>:sub`.
    Subject,
    /// `<issuer>:aud`.
    Audience,
    /// `sts:RoleSessionName` (Microsoft Sentinel).
    SessionName,
}

pub(super) fn required_claim(issuer: &str) -> Option<RequiredClaim> {
    match issuer {
        "token.actions.githubusercontent.com"
        | "vstoken.actions.githubusercontent.com"
        | "oidc-configuration.audit-log.githubusercontent.com"
        | "gitlab.com"
        | "app.terraform.io"
        | "agent.buildkite.com"
        | "oidc.codefresh.io"
        | "scalr.io"
        | "proidc.upbound.io"
        | "studio.datachain.ai/api"
        | "tokens.cloud.shisho.dev" => Some(RequiredClaim::Subject),
        "cognito-identity.amazonaws.com"
        | "www.amazon.com"
        | "graph.facebook.com"
        | "accounts.google.com"
        | "api.pulumi.com/oidc"
        | "oidc.vercel.com"
        | "sandboxes.cloud" => Some(RequiredClaim::Audience),
        _ if issuer.starts_with("sts.windows.net/33e01921-") => Some(RequiredClaim::SessionName),
        _ => None,
    }
}

/// Class and weaknesses of an allowing statement for one of its principals.
pub(super) fn classify(statement: &Statement, principal: &Principal, trust: &Trust) -> (Class, Vec<Weakness>) {
    let conditions = &statement.conditions;
    let limits: Vec<&Condition> = conditions.iter().filter(|test| test.limits(conditions)).collect();
    let bounds: Vec<Class> = limits.iter().filter_map(|test| bound(test, trust)).collect();
    let mut weak = Vec::new();
    let class = match principal.kind {
        Kind::Holder => Class::Holder,
        Kind::Deleted => Class::Deleted,
        Kind::Service => {
            service(statement, principal, &limits, trust, &mut weak);
            Class::Service
        }
        Kind::SamlProvider | Kind::OidcProvider | Kind::BuiltInFederation => {
            federated(principal, conditions, &limits, &mut weak);
            let open = principal.kind == Kind::BuiltInFederation && weak.contains(&Weakness::Unauthenticated);
            if open { Class::Public } else { Class::Federated }
        }
        Kind::Everyone => narrowed(Class::Public, &bounds),
        Kind::Account => narrowed(account_class(&principal.id, true, trust), &bounds),
        Kind::User | Kind::Role | Kind::Session | Kind::FederatedUser => {
            let account = principal.account.as_deref().unwrap_or_default();
            narrowed(account_class(account, false, trust), &bounds)
        }
        Kind::CloudFrontOai => Class::Limited,
        Kind::CanonicalUser | Kind::Unknown => narrowed(Class::Unknown, &bounds),
    };
    let external_id = limits.iter().any(|test| test.key == "sts:externalid");
    let from_account = !matches!(principal.kind, Kind::Service | Kind::BuiltInFederation);
    if class.is_external() && from_account && statement.assumes_role() {
        match (class, external_id) {
            (Class::Public, true) => weak.push(Weakness::OnlyExternalId),
            (Class::Public, false) | (_, true) => {}
            (_, false) => weak.push(Weakness::NoExternalId),
        }
    }
    let any_organization = |test: &Condition| {
        ORGANIZATION_KEYS.contains(&test.key.as_str()) && !test.operator.negated && !test.passes_by_absence()
    };
    if class == Class::Public && conditions.iter().any(any_organization) {
        weak.push(Weakness::AnyOrganization);
    }
    weak.sort_unstable();
    weak.dedup();
    (class, weak)
}

/// The nearest of the class and its bounds; a network or a nameless source narrows only what is open to everybody.
fn narrowed(class: Class, bounds: &[Class]) -> Class {
    let nearest = bounds.iter().copied().filter(|bound| *bound != Class::Limited).fold(class, Class::min);
    if nearest == Class::Public && bounds.contains(&Class::Limited) { Class::Limited } else { nearest }
}

fn account_class(account: &str, whole: bool, trust: &Trust) -> Class {
    if trust.account.as_deref() == Some(account) {
        Class::SameAccount
    } else if trust.home_accounts.contains(account) {
        Class::Home
    } else if trust.trusted_accounts.contains(account) {
        Class::Trusted
    } else if whole {
        Class::ExternalAccount
    } else {
        Class::ExternalPrincipal
    }
}

const ORGANIZATION_KEYS: [&str; 6] = [
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:vpceorgid",
    "aws:vpceorgpaths",
];

const ACCOUNT_KEYS: [&str; 6] = [
    "aws:principalaccount",
    "aws:sourceaccount",
    "aws:sourceowner",
    "aws:vpceaccount",
    "kms:calleraccount",
    "s3:dataaccesspointaccount",
];

const ARN_KEYS: [&str; 7] = [
    "aws:principalarn",
    "aws:sourcearn",
    "aws:sourcevpcarn",
    "aws:federatedprovider",
    "ec2:sourceinstancearn",
    "lambda:sourcefunctionarn",
    "s3:dataaccesspointarn",
];

/// The keys that say whom a service acts for.
const SOURCE_KEYS: [&str; 6] = [
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourceowner",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "lambda:eventsourcetoken",
];

/// How far a limiting test lets people in, or `None` if outsiders can satisfy it. The farthest of its values counts.
fn bound(test: &Condition, trust: &Trust) -> Option<Class> {
    let key = test.key.as_str();
    let value_bound: &dyn Fn(&str) -> Option<Class> = if ORGANIZATION_KEYS.contains(&key) {
        &|value| organization_bound(value.split('/').next().unwrap_or_default(), trust)
    } else if ACCOUNT_KEYS.contains(&key) {
        &|value| (!wildcard::open(value)).then(|| account_class(value, true, trust))
    } else if ARN_KEYS.contains(&key) {
        &|value| arn_bound(value, test.has_wildcards(), trust)
    } else {
        match key {
            "aws:userid" => &|value| user_id_bound(value, trust),
            "aws:sourceip" => &|value| wide_enough_network(value).then_some(Class::Limited),
            "aws:sourcevpc" | "aws:sourcevpce" | "kms:viaservice" | "lambda:eventsourcetoken" => {
                &|value| (!wildcard::open(value) || !test.has_wildcards()).then_some(Class::Limited)
            }
            "aws:principalisawsservice" | "elasticfilesystem:accessedviamounttarget" => {
                &|value| (test.operator.test == Test::Bool && value == "true").then_some(Class::Limited)
            }
            "aws:principalservicename" | "aws:principalservicenameslist" => &|_| Some(Class::Service),
            _ => &|_| None,
        }
    };
    test.values.iter().map(|value| value_bound(value)).try_fold(Class::Deleted, |far, one| Some(far.max(one?)))
}

fn organization_bound(id: &str, trust: &Trust) -> Option<Class> {
    if wildcard::open(id) {
        return None;
    }
    match &trust.organization {
        Some(own) if own != id => Some(Class::ExternalOrganization),
        _ => Some(Class::Organization),
    }
}

/// An ARN limits by its account; one without an account (a bucket) by its whole name.
fn arn_bound(value: &str, wildcards: bool, trust: &Trust) -> Option<Class> {
    let open = wildcards && wildcard::open(value);
    let Some(arn) = Arn::parse(value) else { return (!open).then_some(Class::Limited) };
    if is_account_id(arn.account) {
        // With `StringLike` a star before the account may swallow other colons, and put the digits elsewhere.
        let head = [arn.partition, arn.service].iter().any(|part| wildcard::open(part));
        return (!(open && head)).then(|| account_class(arn.account, arn.is_root(), trust));
    }
    if wildcards && wildcard::open(arn.account) {
        return None;
    }
    let fixed = !open || wildcard::literal_prefix(arn.resource).contains('/');
    (fixed && arn.account.is_empty() || !open).then_some(Class::Limited)
}

/// `aws:userid` is `AROA...:session`, `AIDA...`, or the account for root.
fn user_id_bound(value: &str, trust: &Trust) -> Option<Class> {
    let id = value.split(':').next().unwrap_or_default();
    if is_account_id(id) {
        return Some(account_class(id, false, trust));
    }
    is_unique_id(id).then_some(Class::Limited)
}

/// Half the internet is no limit.
fn wide_enough_network(value: &str) -> bool {
    network(value).is_some_and(|net| match net {
        ipnet::IpNet::V4(net) => net.prefix_len() >= 8,
        ipnet::IpNet::V6(net) => net.prefix_len() >= 16,
    })
}

/// Services whose documentation asks for a source condition in the trust policy of their role. For the others (EC2, Lambda)
/// the role is named by a resource of the same account, and a condition would add nothing or break it.
const SOURCE_IN_TRUST: [&str; 16] = [
    "apidestinations.events.amazonaws.com",
    "bedrock-agentcore.amazonaws.com",
    "bedrock.amazonaws.com",
    "cloudtrail.amazonaws.com",
    "codebuild.amazonaws.com",
    "datasync.amazonaws.com",
    "ecs-tasks.amazonaws.com",
    "events.amazonaws.com",
    "glue.amazonaws.com",
    "iot.amazonaws.com",
    "logs.amazonaws.com",
    "pipes.amazonaws.com",
    "scheduler.amazonaws.com",
    "ssm.amazonaws.com",
    "states.amazonaws.com",
    "vpc-flow-logs.amazonaws.com",
];

/// CloudTrail encrypts under its trail's ARN, so that a key policy may name the trail this way. An outside caller could write
/// there what he likes; the service does not.
fn trail_bound(test: &Condition, trust: &Trust) -> Option<Class> {
    let values = test.values.iter().map(|value| arn_bound(value, test.has_wildcards(), trust));
    let named = test.key == "kms:encryptioncontext:aws:cloudtrail:arn";
    named.then(|| values.into_iter().try_fold(Class::Deleted, |far, one| Some(far.max(one?)))).flatten()
}

fn service(
    statement: &Statement,
    principal: &Principal,
    limits: &[&Condition],
    trust: &Trust,
    weak: &mut Vec<Weakness>,
) {
    let sources: Vec<Class> = limits
        .iter()
        .filter_map(|test| {
            if SOURCE_KEYS.contains(&test.key.as_str()) { bound(test, trust) } else { trail_bound(test, trust) }
        })
        .collect();
    let nearest = sources.iter().copied().filter(|class| *class != Class::Limited).min();
    if nearest.is_some_and(Class::is_external) {
        weak.push(Weakness::ExternalSource);
    }
    let wanted = !statement.assumes_role() || SOURCE_IN_TRUST.contains(&principal.id.as_str());
    if sources.is_empty() && wanted {
        weak.push(Weakness::NoSource);
    }
}

fn federated(principal: &Principal, conditions: &[Condition], limits: &[&Condition], weak: &mut Vec<Weakness>) {
    let issuer = principal.issuer().unwrap_or_default();
    let claim =
        |test: &Condition| -> Option<String> { test.key.strip_prefix(&issuer)?.strip_prefix(':').map(str::to_owned) };
    let limited_by =
        |names: &[&str]| limits.iter().any(|test| claim(test).is_some_and(|claim| names.contains(&claim.as_str())));
    if principal.kind == Kind::SamlProvider {
        if !limits.iter().any(|test| claim(test).is_some()) {
            weak.push(Weakness::NoAudience);
        }
        return;
    }
    if !limited_by(&["aud", "app_id", "oaud", "azp"]) {
        weak.push(Weakness::NoAudience);
    }
    if issuer == "cognito-identity.amazonaws.com" {
        // `amr` tells signed-in users from visitors; without it both get in.
        let signed_in = limits.iter().any(|test| {
            claim(test).as_deref() == Some("amr")
                && !test.values.iter().any(|value| wildcard::covers(value, "unauthenticated", false))
        });
        if !signed_in {
            weak.push(Weakness::Unauthenticated);
        }
        return;
    }
    let required = required_claim(&issuer);
    if required == Some(RequiredClaim::Audience) {
        return;
    }
    // Any claim but the audience says who it is: `sub`, `repository_id`, `job_workflow_ref`, ...
    let about_subject = |test: &Condition| {
        let named =
            claim(test).is_some_and(|claim| !matches!(claim.as_str(), "aud" | "amr" | "azp" | "oaud" | "app_id"));
        named || (required == Some(RequiredClaim::SessionName) && test.key == "sts:rolesessionname")
    };
    let fixes_owner = |test: &&&Condition| {
        let open = |value: &String| test.has_wildcards() && open_subject(value);
        about_subject(test) && !test.values.iter().any(open)
    };
    if limits.iter().any(|test| fixes_owner(&test)) {
        return;
    }
    let tried = conditions.iter().any(|test| about_subject(test) && !test.operator.negated);
    weak.push(if tried { Weakness::WildcardSubject } else { Weakness::NoSubject });
}

/// True for a subject pattern that leaves its owner open: `repo:*`, `repo:my-org*`, `system:serviceaccount:*:app`. Closed are
/// `repo:my-org/*`, `organization:my-org:*`, `system:serviceaccount:build:*`.
fn open_subject(pattern: &str) -> bool {
    if !wildcard::open(pattern) {
        return false;
    }
    let fixed = wildcard::literal_prefix(pattern);
    let fixed = fixed.strip_prefix("system:serviceaccount:").map_or(fixed, |namespace| {
        // The name space takes the owner's place, so give it the form of the others.
        if namespace.contains(':') { "namespace:fixed/" } else { "" }
    });
    match fixed.split_once(':') {
        Some((_, owner)) => owner.find(['/', ':']).is_none_or(|end| end == 0),
        None => true,
    }
}

/// True if the actions may include what `denied` takes away.
pub(super) fn touches(allowed: &Patterns, denied: &Patterns) -> bool {
    allowed.overlaps(denied, true)
}
