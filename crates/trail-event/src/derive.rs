//! The columns that Trailwarden adds to a record: who, what sort of caller, denied or not, from where, with what.
//!
//! Neighbouring records tend to come from one caller, so the last answer is kept beside the text that it was made from.

use std::hash::Hash;
use std::io::Write;
use std::net::IpAddr;

use trail_iam::{Caller, Identity, Request};

use crate::columns::Columns;
use crate::fields::Plan;
use crate::walk::Text;

/// Where the derived columns stand and what they are made from, by text column.
struct Places {
    kind: usize,
    arn: usize,
    account: usize,
    principal_id: usize,
    user_name: usize,
    invoked_by: usize,
    issuer_arn: usize,
    federated_provider: usize,
    ec2_role_delivery: usize,
    on_behalf_of: usize,
    in_scope_of: usize,
    user_agent: usize,
    event_type: usize,
    from_console: usize,
    error_code: usize,
    error_message: usize,
    address: usize,
    principal: usize,
    caller: usize,
    network: usize,
    agent: usize,
    object: usize,
    extra: usize,
    /// The flag column `denied`.
    denied: usize,
}

/// How many answers are kept; a power of two.
const KEPT: usize = 256;

/// Answers kept by a 64-bit hash of what they were made from, with a secret of this process so that nobody can aim at one.
struct Answers<T> {
    state: ahash::RandomState,
    kept: Box<[(u64, Option<T>)]>,
}

impl<T: Copy> Answers<T> {
    fn new() -> Self {
        Self { state: ahash::RandomState::new(), kept: vec![(0, None); KEPT].into() }
    }

    #[inline]
    fn get_or(&mut self, from: impl Hash, make: impl FnOnce() -> T) -> T {
        let hash = self.state.hash_one(from);
        let place = &mut self.kept[hash as usize % KEPT];
        match place {
            (of, Some(answer)) if *of == hash => *answer,
            _ => {
                let answer = make();
                *place = (hash, Some(answer));
                answer
            }
        }
    }

    fn put(&mut self, from: impl Hash, answer: T) {
        let hash = self.state.hash_one(from);
        self.kept[hash as usize % KEPT] = (hash, Some(answer));
    }

    fn forget(&mut self) {
        self.kept.fill((0, None));
    }
}

/// Derives columns, remembering the last answers.
pub(crate) struct Memo {
    places: Places,
    callers: Answers<Caller>,
    networks: Answers<u128>,
    agents: Answers<u128>,
    last: Option<Last>,
}

/// The row before, while its views mean something.
#[derive(Clone, Copy)]
struct Last {
    row: usize,
    principal: Option<u128>,
    caller: Caller,
}

impl Memo {
    pub(crate) fn new(plan: &Plan) -> Self {
        let identity = |name: &str| plan.text(&format!("useridentity.{name}"));
        let places = Places {
            kind: identity("type"),
            arn: identity("arn"),
            account: identity("accountid"),
            principal_id: identity("principalid"),
            user_name: identity("username"),
            invoked_by: identity("invokedby"),
            issuer_arn: identity("sessioncontext.sessionissuer.arn"),
            federated_provider: identity("sessioncontext.webidfederationdata.federatedprovider"),
            ec2_role_delivery: identity("sessioncontext.ec2roledelivery"),
            on_behalf_of: identity("onbehalfof.userid"),
            in_scope_of: identity("inscopeof.issuertype"),
            user_agent: plan.text("useragent"),
            event_type: plan.text("eventtype"),
            from_console: plan.text("sessioncredentialfromconsole"),
            error_code: plan.text("errorcode"),
            extra: plan.text("_extra"),
            error_message: plan.text("errormessage"),
            address: plan.text("sourceipaddress"),
            principal: plan.text("principal"),
            caller: plan.text("caller"),
            network: plan.text("network"),
            agent: plan.text("agent"),
            object: plan.text("_object"),
            denied: plan.flags - 1,
        };
        Self { places, callers: Answers::new(), networks: Answers::new(), agents: Answers::new(), last: None }
    }

    pub(crate) fn object_column(&self) -> usize {
        self.places.object
    }

    /// A new batch begins: views into the old one's side block mean nothing in it.
    pub(crate) fn forget_views(&mut self) {
        self.networks.forget();
        self.agents.forget();
        self.last = None;
    }

    /// Fills the derived columns of a row whose record has been read; `same` says that its identity is word for word that of
    /// the row before.
    pub(crate) fn derive(&mut self, text: Text<'_>, columns: &mut Columns, row: usize, same: bool) {
        let last = self.last.filter(|last| same && last.row + 1 == row);
        let (principal, caller) = self.who(text, columns, row, last);
        self.last = Some(Last { row, principal, caller });
        if let Some(view) = principal {
            columns.set_text(self.places.principal, row, view);
        }
        let view = columns.made(caller.as_str().as_bytes());
        columns.set_text(self.places.caller, row, view);

        let places = &self.places;
        // No error has no code: everybody asks whether it is null. What was delivered is kept beside it.
        if columns.drop_empty(places.error_code, row) {
            keep_aside(r#""errorCode":"""#, places.extra, text, columns, row);
        }
        let error = columns.get(text, places.error_code, row);
        let denied = (error.is_some() || columns.view(places.error_message, row).is_some())
            && trail_iam::denied(error, columns.get(text, places.error_message, row));
        columns.set_flag(places.denied, row, denied);
        if let Some(view) = remembered(&mut self.networks, text, columns, (places.address, row), network) {
            columns.set_text(places.network, row, view);
        }
        if let Some(view) = remembered(&mut self.agents, text, columns, (places.user_agent, row), agent) {
            columns.set_text(places.agent, row, view);
        }
    }

    /// The view of the principal's key, if there is one, and what sort of caller it is.
    fn who(&mut self, text: Text<'_>, columns: &mut Columns, row: usize, last: Option<Last>) -> (Option<u128>, Caller) {
        let places = &self.places;
        let made_by = [places.user_agent, places.event_type, places.from_console];
        if let Some(last) = last
            && made_by.into_iter().all(|column| columns.get(text, column, row) == columns.get(text, column, last.row))
        {
            return (last.principal, last.caller);
        }
        let get = |column| columns.get(text, column, row);
        let identity = Identity {
            kind: get(places.kind),
            arn: get(places.arn),
            account: get(places.account),
            principal_id: get(places.principal_id),
            user_name: get(places.user_name),
            invoked_by: get(places.invoked_by),
            issuer_arn: get(places.issuer_arn),
            federated_provider: get(places.federated_provider),
            ec2_role_delivery: get(places.ec2_role_delivery),
            on_behalf_of: get(places.on_behalf_of),
            in_scope_of: get(places.in_scope_of),
        };
        let request = Request {
            user_agent: get(places.user_agent),
            event_type: get(places.event_type),
            from_console: get(places.from_console) == Some("true"),
        };
        let caller = self.callers.get_or((&identity, &request), || trail_iam::caller(&identity, &request));
        let principal = trail_iam::principal_key(&identity);
        let found = [places.issuer_arn, places.arn, places.invoked_by]
            .into_iter()
            .find(|&column| get(column).is_some_and(|found| std::ptr::eq(found, &*principal)));
        let principal = match found {
            Some(column) => columns.view(column, row),
            None if principal.is_empty() => None,
            None => {
                let principal = principal.into_owned();
                Some(columns.made(principal.as_bytes()))
            }
        };
        (principal, caller)
    }
}

fn remembered(
    answers: &mut Answers<u128>,
    text: Text<'_>,
    columns: &mut Columns,
    (column, row): (usize, usize),
    derive: fn(&str, &mut Vec<u8>),
) -> Option<u128> {
    let from = columns.get(text, column, row).filter(|from| !from.is_empty())?;
    let mut made = Vec::new();
    let view = answers.get_or(from, || {
        derive(from, &mut made);
        0
    });
    if made.is_empty() {
        return Some(view);
    }
    let view = columns.made(&made);
    let from = columns.get(text, column, row)?;
    answers.put(from, view);
    Some(view)
}

/// The network of an address: /24 of IPv4, /48 of IPv6, or the name that stands where an address would.
fn network(address: &str, out: &mut Vec<u8>) {
    let written = match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(v4)) => {
            let [a, b, c, _] = v4.octets();
            write!(out, "{a}.{b}.{c}.0/24")
        }
        Ok(IpAddr::V6(v6)) => {
            let [a, b, c, ..] = v6.segments();
            write!(out, "{}/48", std::net::Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
        }
        Err(_) => out.write_all(address.as_bytes()),
    };
    written.expect("a vector takes all that is written");
}

/// The longest family name kept, in bytes.
const LONGEST_FAMILY: usize = 64;

/// The family of a user agent: the first product's name without version, or the tool that is known to stand further in.
fn agent(text: &str, out: &mut Vec<u8>) {
    const INSIDE: [&str; 8] =
        ["Terraform", "OpenTofu", "Pulumi", "aws-cdk", "CloudFormation", "Ansible", "Crossplane", "TruffleHog"];
    let text = text.trim_start_matches(['[', '"', ' ']).trim_end_matches([']', '"', ' ']);
    if let Some(tool) = INSIDE.iter().find(|tool| text.contains(**tool)) {
        out.extend_from_slice(tool.as_bytes());
        return;
    }
    if text.starts_with("Mozilla/") {
        let browser = ["Edg", "OPR", "Firefox", "Chrome", "Safari"].into_iter().find(|name| text.contains(*name));
        let name = match browser {
            Some("Edg") => "Edge",
            Some("OPR") => "Opera",
            Some(name) => name,
            None => "Mozilla",
        };
        out.extend_from_slice(name.as_bytes());
        return;
    }
    let product = match text.find(['/', ',', ';', '(']) {
        // A name that has no version may have blanks in it, such as `AWS Internal`.
        None => text,
        Some(end) => text[..end].split(' ').next_back().unwrap_or_default(),
    };
    let product = without_id(product);
    let end = product.floor_char_boundary(LONGEST_FAMILY);
    out.extend_from_slice(&product.as_bytes()[..end]);
}

/// Cuts a trailing UUID, which some tools put behind their name to tell runs apart.
fn without_id(product: &str) -> &str {
    const UUID: usize = 36;
    let Some(at) = product.len().checked_sub(UUID).filter(|&at| product.is_char_boundary(at)) else { return product };
    let id = product[at..].bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    let name = product[..at].trim_end_matches(['_', '-']);
    if id && !name.is_empty() { name } else { product }
}

/// Adds a field to those of a row that have no column.
#[cold]
fn keep_aside(field: &str, extra: usize, text: Text<'_>, columns: &mut Columns, row: usize) {
    let fields = match columns.get(text, extra, row) {
        Some(others) => format!("{{{field},{}", &others[1..]),
        None => format!("{{{field}}}"),
    };
    let view = columns.made(fields.as_bytes());
    columns.set_text(extra, row, view);
}

#[cfg(test)]
mod tests {
    #[track_caller]
    fn check(derive: fn(&str, &mut Vec<u8>), from: &str, expected: &str) {
        let mut out = Vec::new();
        derive(from, &mut out);
        assert_eq!(String::from_utf8(out).expect("UTF-8"), expected, "{from}");
    }

    #[test]
    fn networks() {
        check(super::network, "3.238.12.183", "3.238.12.0/24");
        check(super::network, "2001:db8:1:2::5", "2001:db8:1::/48");
        check(super::network, "cloudformation.amazonaws.com", "cloudformation.amazonaws.com");
        check(super::network, "AWS Internal", "AWS Internal");
        check(super::network, "999.1.1.1", "999.1.1.1");
    }

    #[test]
    fn agents() {
        check(super::agent, "aws-cli/2.13.5 Python/3.11.4 Linux/5.10 exe/x86_64", "aws-cli");
        check(super::agent, "Boto3/1.26.1 Python/3.9", "Boto3");
        check(super::agent, "[S3Console/0.4, aws-internal/3 aws-sdk-java/1.11]", "S3Console");
        check(super::agent, "APN/1.0 HashiCorp/1.0 Terraform/1.5.0 (+https://www.terraform.io)", "Terraform");
        check(super::agent, "Mozilla/5.0 (X11) AppleWebKit/537.36 Chrome/115.0 Safari/537.36", "Chrome");
        check(super::agent, "AWS Internal", "AWS Internal");
        check(super::agent, "cloudformation.amazonaws.com", "cloudformation.amazonaws.com");
        check(super::agent, "stratus-red-team_5da4ea82-c8f9-4b84-9a4c-0a52a6f0ff8d", "stratus-red-team");
        check(super::agent, "", "");
    }
}
