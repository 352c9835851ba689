//! What a policy's principal entry means. The same account is written as twelve digits or as its root's ARN, a deleted user as
//! a bare unique id, and the whole world as a star.

use crate::arn::{Arn, is_account_id};

/// The sort of principal that an entry names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// `*`: everybody, outside AWS too.
    Everyone,
    /// A whole account, written as twelve digits or `...:root`.
    Account,
    /// An IAM user.
    User,
    /// A role.
    Role,
    /// One session of a role.
    Session,
    /// A user federated by `GetFederationToken`.
    FederatedUser,
    /// An AWS service.
    Service,
    /// An S3 canonical user id: some account, which one cannot be told from the id.
    CanonicalUser,
    /// A unique id (`AIDA...`, `AROA...`) where an ARN stood: the user or role was deleted, so nobody can be it any more.
    Deleted,
    /// A SAML provider of an account.
    SamlProvider,
    /// An OpenID Connect provider of an account.
    OidcProvider,
    /// A provider built into STS: Cognito, Amazon, Facebook, Google.
    BuiltInFederation,
    /// The legacy CloudFront origin access identity.
    CloudFrontOai,
    /// Nobody is named: an identity policy, that speaks of whoever it is attached to.
    Holder,
    /// None of these; not valid in AWS.
    Unknown,
}

impl Kind {
    /// A name for tables: `everyone`, `account`, `oidc_provider`, ...
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Everyone => "everyone",
            Self::Account => "account",
            Self::User => "user",
            Self::Role => "role",
            Self::Session => "session",
            Self::FederatedUser => "federated_user",
            Self::Service => "service",
            Self::CanonicalUser => "canonical_user",
            Self::Deleted => "deleted",
            Self::SamlProvider => "saml_provider",
            Self::OidcProvider => "oidc_provider",
            Self::BuiltInFederation => "built_in_federation",
            Self::CloudFrontOai => "cloudfront_oai",
            Self::Holder => "holder",
            Self::Unknown => "unknown",
        }
    }
}

/// The keys of a `Principal` element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    /// `AWS`, and the bare `"*"`.
    Aws,
    /// `Federated`.
    Federated,
    /// `Service`.
    Service,
    /// `CanonicalUser`.
    CanonicalUser,
    /// Any other key.
    Other,
}

/// One principal of a policy. Two entries that mean the same are equal: `111122223333` and `arn:aws:iam::111122223333:root`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Principal {
    /// What it is.
    pub kind: Kind,
    /// `*` for everyone, twelve digits for an account, a lower-case name for a service, the entry as written for the rest, empty
    /// for the holder of a policy.
    pub id: String,
    /// The account it belongs to, where the entry tells.
    pub account: Option<String>,
}

/// The providers that STS knows without an IAM provider resource (AWS, "AWS JSON policy elements: Principal").
const BUILT_IN: [&str; 4] =
    ["cognito-identity.amazonaws.com", "www.amazon.com", "graph.facebook.com", "accounts.google.com"];

impl Principal {
    /// The principal of an entry `value` under the key `block`.
    pub fn parse(block: Block, value: &str) -> Self {
        let value = value.trim();
        match block {
            Block::Aws => Self::aws(value),
            Block::Federated => Self::federated(value),
            Block::Service if value != "*" => Self::new(Kind::Service, value.to_ascii_lowercase(), None),
            Block::CanonicalUser => Self::new(Kind::CanonicalUser, value.to_owned(), None),
            Block::Service | Block::Other => Self::new(Kind::Unknown, value.to_owned(), None),
        }
    }

    /// The principal of an identity policy, that names none.
    pub fn holder() -> Self {
        Self::new(Kind::Holder, String::new(), None)
    }

    /// The issuer in condition keys of a federated principal, in lower case: `token.actions.githubusercontent.com` in
    /// `token.actions.githubusercontent.com:sub`, the path kept; `saml` for SAML providers.
    pub fn issuer(&self) -> Option<String> {
        match self.kind {
            Kind::SamlProvider => Some("saml".to_owned()),
            Kind::BuiltInFederation => Some(self.id.to_ascii_lowercase()),
            Kind::OidcProvider => {
                Arn::parse(&self.id)?.resource.strip_prefix("oidc-provider/").map(str::to_ascii_lowercase)
            }
            _ => None,
        }
    }

    fn new(kind: Kind, id: String, account: Option<&str>) -> Self {
        Self { kind, id, account: account.map(str::to_owned) }
    }

    fn aws(value: &str) -> Self {
        if value == "*" {
            return Self::new(Kind::Everyone, "*".to_owned(), None);
        }
        if is_account_id(value) {
            return Self::new(Kind::Account, value.to_owned(), Some(value));
        }
        if is_unique_id(value) {
            return Self::new(Kind::Deleted, value.to_owned(), None);
        }
        let Some(arn) = Arn::parse(value) else { return Self::new(Kind::Unknown, value.to_owned(), None) };
        if arn.service == "iam" && arn.account == "cloudfront" && arn.user().is_some() {
            return Self::new(Kind::CloudFrontOai, value.to_owned(), None);
        }
        // AWS takes no wildcards inside a principal, so an account that is no account names nobody.
        if !is_account_id(arn.account) {
            return Self::new(Kind::Unknown, value.to_owned(), None);
        }
        let account = Some(arn.account);
        let kind = if arn.is_root() {
            return Self::new(Kind::Account, arn.account.to_owned(), account);
        } else if arn.user().is_some() {
            Kind::User
        } else if arn.role().is_some() {
            Kind::Role
        } else if arn.assumed_role().is_some() {
            Kind::Session
        } else if arn.federated_user().is_some() {
            Kind::FederatedUser
        } else {
            Kind::Unknown
        };
        Self::new(kind, value.to_owned(), account)
    }

    fn federated(value: &str) -> Self {
        if BUILT_IN.iter().any(|name| name.eq_ignore_ascii_case(value)) {
            return Self::new(Kind::BuiltInFederation, value.to_ascii_lowercase(), None);
        }
        if value == "*" {
            return Self::new(Kind::Everyone, "*".to_owned(), None);
        }
        let arn = Arn::parse(value).filter(|arn| arn.service == "iam");
        match arn {
            Some(arn) if arn.resource.starts_with("saml-provider/") => {
                Self::new(Kind::SamlProvider, value.to_owned(), Some(arn.account))
            }
            Some(arn) if arn.resource.starts_with("oidc-provider/") => {
                Self::new(Kind::OidcProvider, value.to_owned(), Some(arn.account))
            }
            _ => Self::new(Kind::Unknown, value.to_owned(), None),
        }
    }
}

/// True for the unique id of a user or role (AWS, "IAM identifiers"): `AIDA` or `AROA` and upper-case letters and digits.
pub(crate) fn is_unique_id(text: &str) -> bool {
    (text.starts_with("AIDA") || text.starts_with("AROA"))
        && (16..=128).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}
