//! An ordinary day: sessions of machines, services, people and pipelines.

use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use super::actions::{Action, Actions, Place};
use super::record::{BASE32, Event, Record, identity, letters, uuid};
use super::world::{Account, Person, REGIONS, World};

const CONSOLE: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/134.0.0.0 Safari/537.36";
const CLI: &str = "aws-cli/2.24.7 md/awscrt#0.23.8 ua/2.0 os/linux#6.8.0 md/arch#x86_64 lang/python#3.12.9 md/pyimpl#CPython cfg/retry-mode#standard";
const TERRAFORM: &str = "APN/1.0 HashiCorp/1.0 Terraform/1.11.2 (+https://www.terraform.io) terraform-provider-aws/5.90.0 aws-sdk-go-v2/1.36.3 os/linux lang/go#1.23.7";
const BOTO: &str = "Boto3/1.37.12 md/Botocore#1.37.12 ua/2.0 os/linux#6.1.129 md/arch#aarch64 lang/python#3.13.2 exec-env/AWS_Lambda_python3.13";
const JAVA: &str = "aws-sdk-java/2.30.36 Linux/6.1.129 OpenJDK_64-Bit_Server_VM/21.0.6 Java/21.0.6 vendor/Amazon.com_Inc. io/sync http/Apache";
const GO: &str = "aws-sdk-go-v2/1.36.3 os/linux lang/go#1.24.1 md/GOOS#linux md/GOARCH#amd64 api/cloudwatch#1.44.1";

/// Who begins a session, with its share by day (UTC, Monday to Friday) and at other times.
const CALLERS: [(&str, u32, u32); 9] = [
    ("app", 340, 340),
    ("lambda", 220, 220),
    ("service", 700, 700),
    ("monitor", 60, 60),
    ("person", 120, 6),
    ("operator", 8, 1),
    ("ci", 40, 6),
    ("terraform", 24, 3),
    ("audit", 10, 10),
];

/// One caller's session: who it is in every record, and how it goes about its work.
struct Session<'a> {
    account: &'a Account,
    identity: String,
    arn: String,
    address: String,
    agent: &'a str,
    console: bool,
    role: Option<&'a str>,
    instance: Option<&'a str>,
    actions: &'a [Action],
    calls: usize,
    /// Seconds between calls, on average.
    pace: f64,
    /// The chance that a call is denied.
    denied: f64,
}

/// Exactly `count` events that begin between two times.
pub(super) fn events(
    world: &World,
    actions: &Actions,
    rng: &mut StdRng,
    span: std::ops::Range<i64>,
    count: usize,
) -> Vec<Event> {
    let mut events = Vec::with_capacity(count + 64);
    while events.len() < count {
        session(world, actions, rng, &span, &mut events);
    }
    events.truncate(count);
    events
}

fn session(world: &World, actions: &Actions, rng: &mut StdRng, span: &std::ops::Range<i64>, events: &mut Vec<Event>) {
    let start = rng.random_range(span.clone());
    let account = world.account(rng);
    let kind = CALLERS.choose_weighted(rng, |(_, day, night)| if working_hours(start) { *day } else { *night });
    let kind = kind.expect("weights are above 0").0;
    let session = match kind {
        "app" => app(account, rng, start),
        "lambda" => lambda(account, rng, start),
        "service" => return events.push(service(account, &actions["service"], rng, start)),
        "monitor" | "ci" => machine_user(account, rng, kind),
        "person" => person(account, world.people.choose(rng).expect("there are people"), rng, start, events),
        "operator" => operator(account, rng, start, events),
        "terraform" => terraform(account, rng, start, events),
        _ => audit(world, account, rng, start, events),
    };
    let by = if kind == "operator" { "person" } else { kind };
    play(&Session { actions: &actions[by], ..session }, rng, start, events);
}

fn play(session: &Session<'_>, rng: &mut StdRng, start: i64, events: &mut Vec<Event>) {
    let mut at = start as f64;
    // Machines stand where they stand.
    let usual = if session.role.is_some() || rng.random_bool(0.75) {
        session.account.home
    } else {
        REGIONS[rng.random_range(0..REGIONS.len())]
    };
    for _ in 0..session.calls {
        at += -session.pace * (1.0 - rng.random::<f64>()).ln();
        let action = session.actions.choose_weighted(rng, |action| action.weight).expect("weights are above 0");
        let region = if action.global { REGIONS[0] } else { usual };
        let time = at as i64;
        let place = Place { account: session.account, region, time, role: session.role, instance: session.instance };
        let filled = action.fill(rng, &place);
        let mut record = Record {
            identity: session.identity.clone(),
            address: session.address.clone(),
            agent: session.agent.to_owned(),
            parameters: filled.parameters,
            response: filled.response,
            extra: filled.extra,
            resources: filled.resources,
            read_only: action.read_only,
            data: action.data,
            console: session.console,
            ..Record::call(time, &session.account.id, region, &action.source, &action.name)
        };
        if rng.random_bool(session.denied) {
            record.error = Some(denial(&session.arn, &action.source, &action.name));
            record.response = "null".to_owned();
        } else if let Some(error) = action.error.as_ref().filter(|_| rng.random_bool(0.05)) {
            record.error = Some(error.clone());
            record.response = "null".to_owned();
        }
        events.push(record.event(rng));
    }
}

/// The code and the words with which a service refuses.
pub(super) fn denial(arn: &str, source: &str, name: &str) -> (String, String) {
    let action = name.trim_end_matches(|last: char| last.is_ascii_digit() || last == 'v').trim_end_matches("2015033");
    match source {
        "s3" => ("AccessDenied".to_owned(), "Access Denied".to_owned()),
        "ec2" => (
            "Client.UnauthorizedOperation".to_owned(),
            format!(
                "You are not authorized to perform this operation. User: {arn} is not authorized to perform: ec2:{action} because no identity-based policy allows the ec2:{action} action"
            ),
        ),
        source => (
            if ["iam", "sts", "kms", "organizations"].contains(&source) {
                "AccessDenied"
            } else {
                "AccessDeniedException"
            }
            .to_owned(),
            format!(
                "User: {arn} is not authorized to perform: {source}:{action} because no identity-based policy allows the {source}:{action} action"
            ),
        ),
    }
}

fn working_hours(time: i64) -> bool {
    let (day, hour) = (time.div_euclid(86_400), time.rem_euclid(86_400) / 3600);
    // 1970-01-01 was a Thursday.
    (day + 3).rem_euclid(7) < 5 && (7..18).contains(&hour)
}

fn session_key(rng: &mut StdRng) -> String {
    format!("ASIA{}", letters(rng, BASE32, 16))
}

impl<'a> Session<'a> {
    fn new(account: &'a Account, identity: String, arn: String, address: String, agent: &'a str) -> Session<'a> {
        Session {
            account,
            identity,
            arn,
            address,
            agent,
            console: false,
            role: None,
            instance: None,
            actions: &[],
            calls: 1,
            pace: 1.0,
            denied: 0.0,
        }
    }
}

fn app<'a>(account: &'a Account, rng: &mut StdRng, start: i64) -> Session<'a> {
    let number = rng.random_range(0..account.instances.len());
    let (role, instance) = (&account.roles[number % account.roles.len()], &account.instances[number]);
    let more = (r#","ec2RoleDelivery":"2.0""#, "");
    let identity =
        identity::role(&account.id, (&role.1, &role.0), instance, &session_key(rng), start / 21_600 * 21_600, more);
    let arn = format!("arn:aws:sts::{}:assumed-role/{}/{instance}", account.id, role.0);
    let address = format!("{}.{}", account.network, number + 10);
    // One role's policy lacks one bucket, and nobody has noticed.
    let denied = if role.0 == "batch-worker" { 0.01 } else { 0.0005 };
    let calls = rng.random_range(1..24);
    Session {
        role: Some(&role.0),
        instance: Some(instance),
        calls,
        pace: 4.0,
        denied,
        ..Session::new(account, identity, arn, address, JAVA)
    }
}

fn lambda<'a>(account: &'a Account, rng: &mut StdRng, start: i64) -> Session<'a> {
    let function = &account.functions[rng.random_range(0..account.functions.len())];
    let name = account.home;
    let more = format!(
        r#","inScopeOf":{{"issuerType":"AWS::Lambda::Function","credentialsIssuedTo":"arn:aws:lambda:{name}:{}:function:{function}"}}"#,
        account.id
    );
    let role_id = format!("AROA{:0>17}", function.to_uppercase().replace('-', ""));
    let identity =
        identity::role(&account.id, (&role_id, function), function, &session_key(rng), start - 60, ("", &more));
    let arn = format!("arn:aws:sts::{}:assumed-role/{function}/{function}", account.id);
    let address = format!("{}.{}", account.network, rng.random_range(100..200));
    let calls = rng.random_range(1..8);
    Session {
        role: Some(function),
        calls,
        pace: 0.4,
        denied: 0.0005,
        ..Session::new(account, identity, arn, address, BOTO)
    }
}

fn machine_user<'a>(account: &'a Account, rng: &mut StdRng, kind: &str) -> Session<'a> {
    let (user, address, agent, calls) = match kind {
        "ci" => (&account.ci, format!("198.18.200.{}", rng.random_range(10..40)), CLI, rng.random_range(4..30)),
        _ => (&account.monitor, "198.18.210.7".to_owned(), GO, rng.random_range(2..10)),
    };
    let arn = format!("arn:aws:iam::{}:user/{}", account.id, user.name);
    let identity = identity::user(&account.id, (&user.id, &user.name), &user.key, None);
    Session { calls, pace: 2.0, ..Session::new(account, identity, arn, address, agent) }
}

fn service(account: &Account, actions: &[Action], rng: &mut StdRng, time: i64) -> Event {
    let action = actions.choose_weighted(rng, |action| action.weight).expect("weights are above 0");
    let invoked = action.invoked.as_deref().expect("a service's call says which service");
    let region = account.home;
    let filled = action.fill(rng, &Place { account, region, time, role: None, instance: None });
    let mut record = Record {
        identity: identity::service(invoked),
        address: invoked.to_owned(),
        agent: invoked.to_owned(),
        parameters: filled.parameters,
        response: filled.response,
        extra: filled.extra,
        resources: filled.resources,
        read_only: action.read_only,
        data: action.data,
        shared: Some(uuid(rng)),
        ..Record::call(time, &account.id, region, &action.source, &action.name)
    };
    // A bucket that log delivery may not write to: the commonest denial there is, and nobody's attack.
    if invoked == "delivery.logs.amazonaws.com" && rng.random_bool(0.05) {
        record.error = Some(denial("", "s3", ""));
    }
    record.event(rng)
}

/// A person by Identity Center: the sign-in, then clicks or commands.
fn person<'a>(
    account: &'a Account,
    person: &'a Person,
    rng: &mut StdRng,
    start: i64,
    events: &mut Vec<Event>,
) -> Session<'a> {
    let Person { email, addresses } = person;
    let id = &account.id;
    let (role_id, tail) = &account.people_role;
    let short = format!("AWSReservedSSO_Developer_{tail}");
    let path = format!("aws-reserved/sso.amazonaws.com/{short}");
    let key = session_key(rng);
    let address = addresses[usize::from(rng.random_bool(0.3))].clone();
    let arn = format!("arn:aws:sts::{id}:assumed-role/{short}/{email}");
    let provider = format!("arn:aws:iam::{id}:saml-provider/AWSSSO_{tail}_DO_NOT_DELETE");
    let signin = Record {
        identity: format!(
            r#"{{"type":"SAMLUser","principalId":"aW5zdGFuY2U=:{email}","userName":"{email}","identityProvider":"{provider}"}}"#
        ),
        address: address.clone(),
        agent: "aws-internal/3 aws-sdk-java/1.12.780 Linux/5.10 OpenJDK_64-Bit_Server_VM".to_owned(),
        parameters: format!(
            r#"{{"sAMLAssertionID":"_{}","roleSessionName":"{email}","roleArn":"arn:aws:iam::{id}:role/{path}","principalArn":"{provider}","durationSeconds":43200}}"#,
            uuid(rng)
        ),
        response: issued(&key, role_id, &arn, email),
        resources: Some(format!(
            r#"[{{"accountId":"{id}","type":"AWS::IAM::Role","ARN":"arn:aws:iam::{id}:role/{path}"}},{{"accountId":"{id}","type":"AWS::IAM::SAMLProvider","ARN":"{provider}"}}]"#
        )),
        read_only: true,
        ..Record::call(start, id, REGIONS[0], "sts", "AssumeRoleWithSAML")
    };
    events.push(signin.event(rng));
    let console = rng.random_bool(0.7);
    let calls = rng.random_range(2..22);
    // Short sessions may meet something that a developer may not; long ones are routine.
    let denied = if calls < 7 { 0.03 } else { 0.0 };
    let identity = identity::role(id, (role_id, &path), email, &key, start, ("", ""));
    Session {
        calls,
        pace: 25.0,
        denied,
        console,
        ..Session::new(account, identity, arn, address, if console { CONSOLE } else { CLI })
    }
}

/// The operator, an IAM user: signs in to the console with MFA.
fn operator<'a>(account: &'a Account, rng: &mut StdRng, start: i64, events: &mut Vec<Event>) -> Session<'a> {
    let user = &account.operator;
    let names = (user.id.as_str(), user.name.as_str());
    let address = "203.0.113.40".to_owned();
    events.push(
        console_login(account, identity::user(&account.id, names, "", None), start, &address, Ok(true)).event(rng),
    );
    let arn = format!("arn:aws:iam::{}:user/{}", account.id, user.name);
    let identity = identity::user(&account.id, names, &session_key(rng), Some((start, true)));
    Session {
        calls: rng.random_range(3..12),
        pace: 30.0,
        console: true,
        ..Session::new(account, identity, arn, address, CONSOLE)
    }
}

/// A console sign-in: with or without MFA, or with why it failed.
pub(super) fn console_login(
    account: &Account,
    identity: String,
    time: i64,
    address: &str,
    outcome: Result<bool, &str>,
) -> Record {
    let mfa = if outcome == Ok(true) { "Yes" } else { "No" };
    let result = if outcome.is_ok() { "Success" } else { "Failure" };
    Record {
        identity,
        address: address.to_owned(),
        agent: CONSOLE.to_owned(),
        // A failed sign-in bears a message and no code.
        error: outcome.err().map(|message| (String::new(), message.to_owned())),
        response: format!(r#"{{"ConsoleLogin":"{result}"}}"#),
        extra: Some(format!(
            r#"{{"LoginTo":"https://console.aws.amazon.com/console/home","MobileVersion":"No","MFAUsed":"{mfa}"}}"#
        )),
        kind: "AwsConsoleSignIn",
        ..Record::call(time, &account.id, REGIONS[0], "signin", "ConsoleLogin")
    }
}

/// A pipeline that signs in by GitHub's OIDC tokens and plans or applies.
fn terraform<'a>(account: &'a Account, rng: &mut StdRng, start: i64, events: &mut Vec<Event>) -> Session<'a> {
    let id = &account.id;
    let (key, name) = (session_key(rng), format!("GitHubActions-{}", rng.random_range(10_000_000..99_999_999_u32)));
    let address = format!("198.18.220.{}", rng.random_range(1..250));
    let arn = format!("arn:aws:sts::{id}:assumed-role/terraform/{name}");
    let provider = format!("arn:aws:iam::{id}:oidc-provider/token.actions.githubusercontent.com");
    let subject = "repo:acme/infrastructure:ref:refs/heads/main";
    let signin = Record {
        identity: format!(r#"{{"type":"WebIdentityUser","principalId":"{provider}:sts.amazonaws.com:{subject}","userName":"{subject}","identityProvider":"{provider}"}}"#),
        address: address.clone(),
        agent: "aws-sdk-js/3.768.0 ua/2.1 os/linux#6.8.0 lang/js md/nodejs#20.18.3 configure-aws-credentials-for-github-actions".to_owned(),
        parameters: format!(r#"{{"roleArn":"arn:aws:iam::{id}:role/terraform","roleSessionName":"{name}","durationSeconds":3600}}"#),
        response: issued(&key, &account.terraform_id, &arn, &name),
        resources: Some(format!(r#"[{{"accountId":"{id}","type":"AWS::IAM::Role","ARN":"arn:aws:iam::{id}:role/terraform"}}]"#)),
        read_only: true,
        ..Record::call(start, id, account.home, "sts", "AssumeRoleWithWebIdentity")
    };
    events.push(signin.event(rng));
    let context = format!(r#","webIdFederationData":{{"federatedProvider":"{provider}","attributes":{{}}}}"#);
    let identity = identity::role(id, (&account.terraform_id, "terraform"), &name, &key, start, (&context, ""));
    Session { calls: rng.random_range(15..60), pace: 1.2, ..Session::new(account, identity, arn, address, TERRAFORM) }
}

/// The security account looks into another: both get a record of the same AssumeRole.
fn audit<'a>(
    world: &'a World,
    account: &'a Account,
    rng: &mut StdRng,
    start: i64,
    events: &mut Vec<Event>,
) -> Session<'a> {
    let home = &world.accounts[0];
    let id = &account.id;
    let (key, shared) = (session_key(rng), uuid(rng));
    let address = format!("{}.20", home.network);
    let caller = identity::role(
        &home.id,
        (&home.audit_id, "security-scanner"),
        "i-0scan",
        &session_key(rng),
        start / 21_600 * 21_600,
        (r#","ec2RoleDelivery":"2.0""#, ""),
    );
    let arn = format!("arn:aws:sts::{id}:assumed-role/SecurityAudit/scan");
    let mut copies = vec![(&home.id, caller)];
    if home.id != *id {
        copies.push((
            id,
            format!(r#"{{"type":"AWSAccount","principalId":"{}:i-0scan","accountId":"{}"}}"#, home.audit_id, home.id),
        ));
    }
    for (recipient, identity) in copies {
        let record = Record {
            identity,
            address: address.clone(),
            agent: BOTO.to_owned(),
            parameters: format!(
                r#"{{"roleArn":"arn:aws:iam::{id}:role/SecurityAudit","roleSessionName":"scan","durationSeconds":3600}}"#
            ),
            response: issued(&key, &account.audit_id, &arn, "scan"),
            resources: Some(format!(
                r#"[{{"accountId":"{id}","type":"AWS::IAM::Role","ARN":"arn:aws:iam::{id}:role/SecurityAudit"}}]"#
            )),
            read_only: true,
            shared: Some(shared.clone()),
            ..Record::call(start, recipient, REGIONS[0], "sts", "AssumeRole")
        };
        events.push(record.event(rng));
    }
    let identity = identity::role(id, (&account.audit_id, "SecurityAudit"), "scan", &key, start, ("", ""));
    Session { calls: rng.random_range(6..20), pace: 1.5, ..Session::new(account, identity, arn, address, BOTO) }
}

/// The response of STS: a key for a session of a role.
fn issued(key: &str, role_id: &str, arn: &str, name: &str) -> String {
    format!(
        r#"{{"credentials":{{"accessKeyId":"{key}","sessionToken":"HIDDEN_DUE_TO_SECURITY_REASONS","expiration":"Mar 14, 2026, 6:12:43 PM"}},"assumedRoleUser":{{"assumedRoleId":"{role_id}:{name}","arn":"{arn}"}}}}"#
    )
}
