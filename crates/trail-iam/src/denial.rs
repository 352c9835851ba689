//! Denied calls: whether an event is one, and what its message says about why.
//!
//! Codes and message forms: AWS, "Troubleshoot access denied error messages", and what CloudTrail is seen to log.

/// Codes that mean a denial without saying `AccessDenied` or `Unauthorized`.
const OTHER_CODES: [&str; 6] =
    ["AuthFailure", "AuthorizationError", "Forbidden", "ForbiddenException", "NotAuthorized", "NotAuthorizedException"];

/// The words that lead to the action in a denial's message.
const NOT_AUTHORIZED: &str = "is not authorized to perform";

/// True if the event's error is a denial: its code holds `AccessDenied` or `Unauthorized` in any case or is one of a few
/// others, or its message says `is not authorized to perform`. A dry run that would have succeeded is none.
pub fn denied(error_code: Option<&str>, error_message: Option<&str>) -> bool {
    if let Some(code) = error_code {
        if code == "Client.DryRunOperation" || code == "DryRunOperation" {
            return false;
        }
        let by_code = holds(code, b"accessdenied") || holds(code, b"unauthorized") || OTHER_CODES.contains(&code);
        if by_code {
            return true;
        }
    }
    error_message.is_some_and(|message| holds(message, NOT_AUTHORIZED.as_bytes()))
}

/// True if `text` holds `needle` (lower case) in any case; no allocation, for it runs on every event.
fn holds(text: &str, needle: &[u8]) -> bool {
    let text = text.as_bytes();
    text.len() >= needle.len()
        && text
            .windows(needle.len())
            .any(|window| window[0].eq_ignore_ascii_case(&needle[0]) && window.eq_ignore_ascii_case(needle))
}

/// The sort of policy that denied, as the message names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PolicyType {
    /// A policy of the caller.
    IdentityBased,
    /// A policy of the resource.
    ResourceBased,
    /// A permissions boundary.
    PermissionsBoundary,
    /// A session policy.
    Session,
    /// A service control policy of the organization.
    ServiceControl,
    /// A resource control policy of the organization.
    ResourceControl,
    /// A VPC endpoint policy.
    VpcEndpoint,
    /// The trust policy of a role.
    RoleTrust,
}

/// The policy types by the words of the message.
const POLICY_TYPES: [(&str, PolicyType); 8] = [
    ("identity-based policy", PolicyType::IdentityBased),
    ("resource-based policy", PolicyType::ResourceBased),
    ("permissions boundary", PolicyType::PermissionsBoundary),
    ("session policy", PolicyType::Session),
    ("service control policy", PolicyType::ServiceControl),
    ("resource control policy", PolicyType::ResourceControl),
    ("VPC endpoint policy", PolicyType::VpcEndpoint),
    ("role trust policy", PolicyType::RoleTrust),
];

impl PolicyType {
    /// A name for tables: `identity_based`, `service_control`, ...
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::IdentityBased => "identity_based",
            Self::ResourceBased => "resource_based",
            Self::PermissionsBoundary => "permissions_boundary",
            Self::Session => "session",
            Self::ServiceControl => "service_control",
            Self::ResourceControl => "resource_control",
            Self::VpcEndpoint => "vpc_endpoint",
            Self::RoleTrust => "role_trust",
        }
    }
}

/// What a denial's message says, borrowed from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Denial<'a> {
    /// The ARN of the denied caller, where the message has it.
    pub user: Option<&'a str>,
    /// The true IAM action, such as `iam:PassRole`; it may differ from the event's name.
    pub action: &'a str,
    /// The resource.
    pub resource: Option<&'a str>,
    /// The policy type that denied; only one is named even if several deny, and older messages name none.
    pub policy_type: Option<PolicyType>,
    /// True for an explicit deny, false where nothing allowed or the message does not say.
    pub explicit: bool,
    /// The policy that denied; newer messages only.
    pub policy_arn: Option<&'a str>,
}

/// Reads a denial's message (`User: ... is not authorized to perform: svc:Action on resource: ... because ...`). `None` if it
/// names no action, as S3's `Access Denied`.
pub fn parse(message: &str) -> Option<Denial<'_>> {
    let at = message.find(NOT_AUTHORIZED)?;
    let (before, after) = (&message[..at], &message[at + NOT_AUTHORIZED.len()..]);
    let user = before.rfind("User: ").map(|start| before[start + 6..].trim()).filter(|user| !user.is_empty());

    let (action, rest) = action(after.trim_start_matches([':', ' ', '[']))?;
    let (body, context, explicit) = split_context(rest);
    let resource = body
        .split_once("on resource:")
        .map(|(_, resource)| resource.trim().trim_matches('"').trim_end_matches(['.', ',']))
        .filter(|resource| !resource.is_empty());
    let policy_type =
        POLICY_TYPES.iter().filter_map(|(words, kind)| context.find(words).map(|at| (at, *kind))).min_by_key(|x| x.0);
    // The ARN stands right after the type: `... in a service control policy: arn:...`.
    let policy_arn = context
        .split_once(": arn:")
        .map(|(head, _)| &context[head.len() + 2..])
        .and_then(|arn| arn.split_whitespace().next())
        .map(|arn| arn.trim_end_matches(['.', ',', '"']));
    Some(Denial { user, action, resource, policy_type: policy_type.map(|(_, kind)| kind), explicit, policy_arn })
}

/// Splits `svc:Action` off the front.
fn action(text: &str) -> Option<(&str, &str)> {
    let end =
        text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, ':' | '-' | '_' | '*'))).unwrap_or(text.len());
    let (action, rest) = text.split_at(end);
    let action = action.trim_end_matches(':');
    let (service, name) = action.split_once(':')?;
    (!service.is_empty() && !name.is_empty() && !name.contains(':')).then_some((action, rest))
}

/// The resource's part, the reason's part, and whether the reason is an explicit deny.
fn split_context(text: &str) -> (&str, &str, bool) {
    if let Some((body, context)) = text.split_once("with an explicit deny in ") {
        (body, context, true)
    } else if let Some((body, context)) = text.split_once("because no ") {
        (body, context, false)
    } else {
        // EC2 adds the encoded details; they are no part of the resource.
        (text.split_once(" Encoded authorization").map_or(text, |(body, _)| body), "", false)
    }
}
