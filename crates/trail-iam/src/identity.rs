//! Who made an event: the stable principal key of a CloudTrail identity, and the sort of caller behind it.
//!
//! Both run once per event while logs are decoded, so they work on borrowed text and allocate only where a key must be put
//! together. Facts: AWS, "CloudTrail userIdentity element".

use std::borrow::Cow;

use crate::arn::{self, Arn};
use crate::principal::is_unique_id;

/// The fields of `userIdentity` that tell who it is. A missing and an empty field mean the same.
#[derive(Clone, Copy, Debug, Default, Hash)]
pub struct Identity<'a> {
    /// `type`: `IAMUser`, `AssumedRole`, `Root`, `AWSService`, ...
    pub kind: Option<&'a str>,
    /// `arn`.
    pub arn: Option<&'a str>,
    /// `accountId`.
    pub account: Option<&'a str>,
    /// `principalId`.
    pub principal_id: Option<&'a str>,
    /// `userName`.
    pub user_name: Option<&'a str>,
    /// `invokedBy`.
    pub invoked_by: Option<&'a str>,
    /// `sessionContext.sessionIssuer.arn`.
    pub issuer_arn: Option<&'a str>,
    /// `sessionContext.webIdFederationData.federatedProvider`.
    pub federated_provider: Option<&'a str>,
    /// `sessionContext.ec2RoleDelivery`, set for credentials of an instance profile.
    pub ec2_role_delivery: Option<&'a str>,
    /// `onBehalfOf.userId`, an Identity Center user.
    pub on_behalf_of: Option<&'a str>,
    /// `inScopeOf.issuerType`, such as `AWS::Lambda::Function`.
    pub in_scope_of: Option<&'a str>,
}

/// The fields of the event around the identity that help to tell the caller.
#[derive(Clone, Copy, Debug, Default, Hash)]
pub struct Request<'a> {
    /// `userAgent`.
    pub user_agent: Option<&'a str>,
    /// `eventType`.
    pub event_type: Option<&'a str>,
    /// `sessionCredentialFromConsole` is true.
    pub from_console: bool,
}

/// What CloudTrail writes where a name was mistyped at sign-in, since people type passwords there.
const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

fn given(field: Option<&str>) -> Option<&str> {
    field.filter(|text| !text.is_empty())
}

/// The stable key of a principal: the role's ARN for a role session, the user's or root's ARN, the service's name; never a role
/// session's ARN, whose name changes with every use. Empty if the identity says nothing.
///
/// In order: root; an IAM user's ARN (or one put together of account and name, as failed sign-ins need it); the session
/// issuer; the ARN, turned into the role's where it is a session's (the role's path is then lost); an Identity Center user's
/// id; the unique id without the session; for a caller of another account its id or account; the service; name; account.
pub fn principal_key<'a>(identity: &Identity<'a>) -> Cow<'a, str> {
    let kind = given(identity.kind).unwrap_or_default();
    let arn = given(identity.arn);
    let account = given(identity.account);
    let name = given(identity.user_name).filter(|name| *name != HIDDEN);
    match kind {
        "Root" => {
            if let Some(arn) = arn {
                return Cow::Borrowed(arn);
            }
            if let Some(account) = account {
                return Cow::Owned(format!("arn:aws:iam::{account}:root"));
            }
        }
        "IAMUser" => {
            if let Some(arn) = arn {
                return without_session(arn);
            }
            // A failed sign-in carries no ARN; with this it joins the user's other events (but for users with a path).
            if let (Some(account), Some(name)) = (account, name) {
                return Cow::Owned(format!("arn:aws:iam::{account}:user/{name}"));
            }
        }
        "AWSService" => {
            if let Some(service) = given(identity.invoked_by) {
                return Cow::Borrowed(service);
            }
        }
        _ => {}
    }
    if let Some(arn) = given(identity.issuer_arn).or(arn) {
        return without_session(arn);
    }
    if let Some(user) = given(identity.on_behalf_of) {
        return Cow::Borrowed(user);
    }
    let id = given(identity.principal_id);
    let unique = id.map(|id| id.split_once(':').map_or(id, |(id, _)| id)).filter(|id| is_unique_id(id));
    let federated = id.filter(|_| matches!(kind, "SAMLUser" | "WebIdentityUser"));
    let other_account = account.filter(|_| kind == "AWSAccount");
    let key = unique.or(federated).or(other_account).or(given(identity.invoked_by)).or(name).or(account).or(id);
    Cow::Borrowed(key.unwrap_or_default())
}

/// The ARN, or its role's if it is a role session's.
fn without_session(arn: &str) -> Cow<'_, str> {
    // `arn:aws:iam::...` is what nearly always comes: told apart by one look at a fixed place.
    if arn.get(8..12) == Some("iam:") {
        return Cow::Borrowed(arn);
    }
    arn::role_of_session(arn).map_or(Cow::Borrowed(arn), Cow::Owned)
}

/// The sort of caller behind an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Caller {
    /// A person, at a console, a browser or a shell.
    Human,
    /// A program: an instance, a function, a task, a pipeline.
    Workload,
    /// AWS itself, for its own ends or on somebody's behalf.
    AwsService,
    /// Infrastructure as code.
    Iac,
    /// Cannot be told.
    Unknown,
}

impl Caller {
    /// The value of the `caller` column.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Workload => "workload",
            Self::AwsService => "aws_service",
            Self::Iac => "iac",
            Self::Unknown => "unknown",
        }
    }
}

/// What older records name as invoker where a person worked in the console.
const CONSOLE: &str = "signin.amazonaws.com";

/// The sort of caller, by the first rule that holds:
///
/// 1. `aws_service`: type `AWSService`, or the role is service-linked.
/// 2. `iac`: invoked by CloudFormation, or the user agent is that of an infrastructure tool.
/// 3. `aws_service`: invoked by any other service, or no type at all and nobody else named.
/// 4. `human`: root, an Identity Center, SAML or directory user, a console sign-in or action, a session of the console, invoked by
///    the console's own host.
/// 5. Of role sessions: `human` for Identity Center roles (their path, or `AWSReservedSSO_`); `workload` with a mark of a machine (instance,
///    container, function, web identity); `human` with a browser or an e-mail address as session name; `unknown` with
///    a shell's agent, which people and scripts share; else `workload`.
/// 6. Of IAM users: `human` with a browser, a console or a shell; else `unknown`.
/// 7. `workload` for web identities, `human` for anybody else with a browser, else `unknown`.
pub fn caller(identity: &Identity<'_>, request: &Request<'_>) -> Caller {
    let kind = given(identity.kind).unwrap_or_default();
    let arn = given(identity.arn).unwrap_or_default();
    let issuer = given(identity.issuer_arn).unwrap_or_default();
    let agent = given(request.user_agent).unwrap_or_default();
    let agent = agent.strip_prefix('[').unwrap_or(agent);
    if kind == "AWSService"
        || issuer.contains(":role/aws-service-role/")
        || arn.contains(":assumed-role/AWSServiceRoleFor")
    {
        return Caller::AwsService;
    }
    let by_console = given(identity.invoked_by) == Some(CONSOLE);
    let invoked_by = given(identity.invoked_by).filter(|_| !by_console);
    if invoked_by == Some("cloudformation.amazonaws.com") || is_iac(agent) {
        return Caller::Iac;
    }
    if invoked_by.is_some_and(|by| by.ends_with(".amazonaws.com") || by.starts_with("AWS Internal")) {
        return Caller::AwsService;
    }
    if kind.is_empty() && invoked_by.is_some() && arn.is_empty() {
        return Caller::AwsService;
    }
    let person = matches!(kind, "Root" | "IdentityCenterUser" | "SAMLUser" | "Directory")
        || given(identity.on_behalf_of).is_some()
        || request.from_console
        || by_console
        || matches!(request.event_type, Some("AwsConsoleSignIn" | "AwsConsoleSignin" | "AwsConsoleAction"));
    if person {
        return Caller::Human;
    }
    match kind {
        "AssumedRole" | "Role" => role_caller(identity, issuer, arn, agent),
        "IAMUser" if is_browser(agent) || is_shell(agent) => Caller::Human,
        "IAMUser" => Caller::Unknown,
        "WebIdentityUser" => Caller::Workload,
        _ if is_browser(agent) => Caller::Human,
        _ => Caller::Unknown,
    }
}

fn role_caller(identity: &Identity<'_>, issuer: &str, arn: &str, agent: &str) -> Caller {
    let assumed = Arn::parse(arn).and_then(|arn| arn.assumed_role());
    let role = Arn::parse(issuer).and_then(|arn| arn.role()).map(|role| role.name).or(assumed.map(|it| it.role));
    let session = assumed.map_or("", |it| it.session);
    let identity_center = issuer.contains(":role/aws-reserved/sso.amazonaws.com/");
    if identity_center || role.is_some_and(|role| role.starts_with("AWSReservedSSO_")) {
        return Caller::Human;
    }
    // A SAML provider is told apart by its ARN; other providers are web identities: pods, pipelines, apps.
    let provider = given(identity.federated_provider);
    if provider.is_some_and(|provider| provider.contains(":saml-provider/")) {
        return Caller::Human;
    }
    let machine = provider.is_some()
        || given(identity.ec2_role_delivery).is_some()
        || given(identity.in_scope_of).is_some()
        || is_instance_id(session)
        || agent.contains("exec-env/");
    if machine {
        Caller::Workload
    } else if is_browser(agent) || session.contains('@') {
        Caller::Human
    } else if is_shell(agent) {
        Caller::Unknown
    } else {
        Caller::Workload
    }
}

/// True for the names that EC2 gives the sessions of an instance profile: `i-` and 8 or 17 hexadecimal digits.
fn is_instance_id(session: &str) -> bool {
    session
        .strip_prefix("i-")
        .is_some_and(|digits| matches!(digits.len(), 8 | 17) && digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// A browser, or a console that calls for the person before it.
fn is_browser(agent: &str) -> bool {
    agent.starts_with("Mozilla/")
        || agent.starts_with("signin.amazonaws.com")
        || agent.contains("console.")
        || agent.contains("Console")
}

/// A tool that people type into, though scripts use it too.
fn is_shell(agent: &str) -> bool {
    agent.starts_with("aws-cli/") || agent.starts_with("AWSPowerShell") || agent.starts_with("aws-sdk-powershell")
}

/// True for user agents of infrastructure as code. One pass over the text, as it runs on every event.
pub fn is_iac(agent: &str) -> bool {
    const TOOLS: [&[u8]; 8] = [
        b"terraform",
        b"opentofu",
        b"pulumi",
        b"cloudformation",
        b"aws-cdk",
        b"ansible",
        b"crossplane",
        b"aws-sam-cli",
    ];
    let bytes = agent.as_bytes();
    bytes.iter().enumerate().any(|(at, first)| {
        matches!(first | 0x20, b't' | b'o' | b'p' | b'c' | b'a')
            && TOOLS
                .iter()
                .any(|tool| bytes[at..].len() >= tool.len() && bytes[at..at + tool.len()].eq_ignore_ascii_case(tool))
    })
}
