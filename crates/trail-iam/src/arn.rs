//! Amazon Resource Names: the six parts, and the IAM and STS forms that say who somebody is.

use std::fmt;

/// The longest text taken for an ARN, in bytes; IAM itself allows 2,048 characters.
pub const MAX_BYTES: usize = 2048;

/// An ARN in parts, borrowed from its text. Parts may hold wildcards, as policies write them; region and account may be
/// empty, as for S3 buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn`, `aws-us-gov`, ...
    pub partition: &'a str,
    /// `iam`, `s3`, ...
    pub service: &'a str,
    /// The region, empty for global resources.
    pub region: &'a str,
    /// The account, empty for S3 buckets, `cloudfront` for legacy origin access identities, `aws` for managed policies.
    pub account: &'a str,
    /// Everything after the fifth colon, colons included.
    pub resource: &'a str,
}

/// A role named by an ARN: `arn:aws:iam::111122223333:role/team/deploy` has the path `/team/` and the name `deploy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named<'a> {
    /// The path with its slashes, `/` if there is none.
    pub path: &'a str,
    /// The name, never empty.
    pub name: &'a str,
}

/// A role session: `arn:aws:sts::111122223333:assumed-role/deploy/build-7`. STS drops the role's path here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AssumedRole<'a> {
    /// The role's name without its path.
    pub role: &'a str,
    /// The session's name, chosen by whoever assumed the role.
    pub session: &'a str,
}

impl<'a> Arn<'a> {
    /// The parts of `text`, or `None` if it is no ARN: other prefix, too few parts, empty partition, service or resource,
    /// control characters anywhere, white space before the resource, or longer than [`MAX_BYTES`].
    pub fn parse(text: &'a str) -> Option<Self> {
        if text.len() > MAX_BYTES || text.bytes().any(|b| b.is_ascii_control()) {
            return None;
        }
        let mut parts = text.strip_prefix("arn:")?.splitn(5, ':');
        let mut next = || parts.next();
        let arn = Self { partition: next()?, service: next()?, region: next()?, account: next()?, resource: next()? };
        let blank = |part: &str| part.contains(char::is_whitespace);
        let wrong = arn.partition.is_empty()
            || arn.service.is_empty()
            || arn.resource.is_empty()
            || blank(arn.partition)
            || blank(arn.service)
            || blank(arn.region)
            || blank(arn.account);
        (!wrong).then_some(arn)
    }

    /// The part before the resource's first `/` or `:`: `role`, `key`, `function`; `None` where there is no separator.
    pub fn resource_type(&self) -> Option<&'a str> {
        self.resource.split_once(['/', ':']).map(|(kind, _)| kind)
    }

    /// What follows the resource's first `/` or `:`, or the whole resource.
    pub fn resource_id(&self) -> &'a str {
        self.resource.split_once(['/', ':']).map_or(self.resource, |(_, id)| id)
    }

    /// True for `arn:aws:iam::111122223333:root`.
    pub fn is_root(&self) -> bool {
        self.service == "iam" && self.resource == "root"
    }

    /// The role that this ARN names.
    pub fn role(&self) -> Option<Named<'a>> {
        self.iam_named("role")
    }

    /// The user that this ARN names.
    pub fn user(&self) -> Option<Named<'a>> {
        self.iam_named("user")
    }

    /// The role session that this ARN names.
    pub fn assumed_role(&self) -> Option<AssumedRole<'a>> {
        let rest = (self.service == "sts").then(|| self.resource.strip_prefix("assumed-role/")).flatten()?;
        let (role, session) = rest.split_once('/')?;
        (!role.is_empty() && !session.is_empty()).then_some(AssumedRole { role, session })
    }

    /// The name given to `GetFederationToken`.
    pub fn federated_user(&self) -> Option<&'a str> {
        let name = (self.service == "sts").then(|| self.resource.strip_prefix("federated-user/")).flatten()?;
        (!name.is_empty()).then_some(name)
    }

    /// A part by the name that SQL users give it: `partition`, `service`, `region`, `account`, `resource`,
    /// `resource_type`, `resource_id`, `path`, `name` (of a role or user), `role`, `user`, `session`. `None` for other names
    /// and for parts that this ARN does not have.
    pub fn part(&self, name: &str) -> Option<&'a str> {
        match name {
            "partition" => Some(self.partition),
            "service" => Some(self.service),
            "region" => Some(self.region),
            "account" => Some(self.account),
            "resource" => Some(self.resource),
            "resource_type" => self.resource_type(),
            "resource_id" => Some(self.resource_id()),
            "path" => self.role().or_else(|| self.user()).map(|named| named.path),
            "name" => self.role().or_else(|| self.user()).map(|named| named.name),
            "role" => self.role().map(|role| role.name).or_else(|| self.assumed_role().map(|session| session.role)),
            "user" => self.user().map(|user| user.name),
            "session" => self.assumed_role().map(|session| session.session),
            _ => None,
        }
    }

    fn iam_named(&self, kind: &str) -> Option<Named<'a>> {
        let path_and_name = (self.service == "iam").then(|| self.resource.strip_prefix(kind)).flatten()?;
        if !path_and_name.starts_with('/') {
            return None;
        }
        let (path, name) = path_and_name.split_at(path_and_name.rfind('/')? + 1);
        (!name.is_empty()).then_some(Named { path, name })
    }
}

impl fmt::Display for Arn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partition, service, region, account, resource } = self;
        write!(f, "arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}

/// The role's ARN for the ARN of one of its sessions, or `None` if `text` is no session's ARN. The role's path is lost in a
/// session's ARN: a role with a path gets another ARN than its own here.
pub fn role_of_session(text: &str) -> Option<String> {
    let arn = Arn::parse(text)?;
    let AssumedRole { role, .. } = arn.assumed_role()?;
    Some(format!("arn:{}:iam::{}:role/{role}", arn.partition, arn.account))
}

/// True for twelve ASCII digits.
pub fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}
