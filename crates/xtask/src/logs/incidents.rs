//! What must be found: incidents planted among ordinary days, each with the truth about it.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use serde::Serialize;
use serde_json::json;

use super::DAY;
use super::record::{BASE32, Event, Record, identity, letters};
use super::traffic::{console_login, denial};
use super::world::{Account, REGIONS, User, World};

const CURL: &str = "aws-cli/2.22.1 md/awscrt#0.22.0 ua/2.0 os/linux#6.6.15-amd64 md/arch#x86_64 lang/python#3.12.8";
const PACU: &str = "Boto3/1.35.5 md/Botocore#1.35.5 ua/2.0 os/linux#6.6.15-amd64 md/arch#x86_64 lang/python#3.11.9";
const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";

/// An account outside of the organization.
const STRANGER: &str = "999988887777";

/// One planted incident.
#[derive(Serialize)]
pub(super) struct Incident {
    /// What it is, as one word for programs.
    pub(super) kind: &'static str,
    /// What happened, for people.
    about: &'static str,
    account: String,
    /// The stable key of who did it: the ARN of a user, of a role (not of its session), or of root.
    principal: String,
    /// Where the calls came from.
    address: String,
    first: String,
    last: String,
    /// The events that make it up; what led to it (a key's earlier life) is not among them.
    pub(super) event_ids: Vec<String>,
}

/// Where and when an incident happens, and what has happened so far.
struct Scene<'a> {
    account: &'a Account,
    rng: StdRng,
    /// The time of the next event.
    now: i64,
    address: String,
    /// What led to it: delivered like all else, but not part of it.
    before: Vec<Event>,
    events: Vec<Event>,
}

/// Plays a scene; returns the principal.
type Play = fn(&mut Scene<'_>) -> String;

const INCIDENTS: [(&str, &str, Play); 10] = [
    (
        "root_signin_and_key",
        "the root user signs in without MFA and makes itself an access key, which is used at once",
        root_key,
    ),
    (
        "dormant_key_wakes",
        "an access key without use for months is used again, from an address never seen",
        dormant_key,
    ),
    ("enumeration", "the credentials of an instance's role, used from outside, list everything there is", enumeration),
    ("denied_spike", "a machine's access key is denied dozens of different actions within half an hour", denied_spike),
    (
        "external_trust",
        "a role's trust policy now lets another organization's account in, without an external id",
        external_trust,
    ),
    ("oidc_trust", "a new role trusts GitHub's tokens whatever repository they are for", oidc_trust),
    ("public_bucket", "a bucket policy lets everybody read", public_bucket),
    ("self_admin", "a user gives itself AdministratorAccess and makes itself a second key", self_admin),
    ("logging_stopped", "CloudTrail logging is stopped", logging_stopped),
    ("signin_guessing", "console sign-ins fail eight times, then succeed without MFA", signin_guessing),
];

/// Every incident with its events, all within the last third of the time.
pub(super) fn plant(world: &World, seed: u64, start: i64, days: i64) -> Vec<(Incident, Vec<Event>)> {
    let planted = INCIDENTS.iter().enumerate().map(|(number, &(kind, about, play))| {
        let number = number as i64;
        let account = &world.accounts[(number as usize) % world.accounts.len()];
        let mut rng = StdRng::seed_from_u64(seed.wrapping_mul(7_919).wrapping_add(number as u64));
        let day = days - 1 - number % (days / 3).max(1);
        let now = start + day * DAY + 3600 * (2 + 2 * number) + rng.random_range(0..1800);
        // Two networks that belong to nobody (RFC 5737) and that no ordinary caller is in.
        let network = if number % 2 == 0 { "198.51.100" } else { "192.0.2" };
        let address = format!("{network}.{}", 20 + number * 11);
        let mut scene = Scene { account, rng, now, address, before: Vec::new(), events: Vec::new() };
        let principal = play(&mut scene);
        let times = scene.events.iter().map(|event| event.time);
        let incident = Incident {
            kind,
            about,
            account: account.id.clone(),
            principal,
            address: scene.address,
            first: super::record::timestamp(times.clone().min().unwrap_or(now)),
            last: super::record::timestamp(times.max().unwrap_or(now)),
            event_ids: scene.events.iter().map(|event| event.id.clone()).collect(),
        };
        let mut events = scene.before;
        events.extend(scene.events);
        (incident, events)
    });
    planted.collect()
}

impl<'a> Scene<'a> {
    /// A call from the scene's address, now.
    fn call(&self, identity: &str, agent: &str, source: &str, name: &str) -> Record {
        let global = ["iam", "sts", "signin", "organizations"].contains(&source);
        let region = if global { REGIONS[0] } else { self.account.home };
        let identity = identity.to_owned();
        Record {
            identity,
            address: self.address.clone(),
            agent: agent.to_owned(),
            ..Record::call(self.now, &self.account.id, region, source, name)
        }
    }

    fn add(&mut self, record: Record) {
        self.events.push(record.event(&mut self.rng));
    }

    fn wait(&mut self, seconds: std::ops::Range<i64>) {
        self.now += self.rng.random_range(seconds);
    }

    fn key(&mut self, prefix: &str) -> String {
        format!("{prefix}{}", letters(&mut self.rng, BASE32, 16))
    }

    fn arn(&self, name: &str) -> String {
        format!("arn:aws:iam::{}:{name}", self.account.id)
    }

    fn user(&self, user: &User, key: &str) -> String {
        identity::user(&self.account.id, (&user.id, &user.name), key, None)
    }

    /// The role's session that the attacker holds: its ARN for messages and its identity.
    fn role(&mut self, number: usize) -> (&'a str, String, String) {
        let (name, id) = &self.account.roles[number];
        let instance = &self.account.instances[number];
        let key = self.key("ASIA");
        let more = (r#","ec2RoleDelivery":"2.0""#, "");
        let identity = identity::role(&self.account.id, (id, name), instance, &key, self.now - 900, more);
        (name, format!("arn:aws:sts::{}:assumed-role/{name}/{instance}", self.account.id), identity)
    }

    fn create_key(&mut self, identity: &str, agent: &str, user: &str, parameters: String) -> String {
        let key = self.key("AKIA");
        let date =
            jiff::Timestamp::from_second(self.now).map(|time| time.strftime("%b %-d, %Y, %-I:%M:%S %p").to_string());
        let response = json!({"accessKey": {"userName": user, "accessKeyId": key, "status": "Active", "createDate": date.unwrap_or_default()}});
        let record = Record {
            parameters,
            response: response.to_string(),
            ..self.call(identity, agent, "iam", "CreateAccessKey")
        };
        self.add(record);
        key
    }
}

fn root_key(scene: &mut Scene<'_>) -> String {
    let id = scene.account.id.clone();
    let login = console_login(scene.account, identity::root(&id, "", 0), scene.now, &scene.address, Ok(false));
    scene.add(Record { agent: BROWSER.to_owned(), ..login });
    let key = scene.key("ASIA");
    let session = identity::root(&id, &key, scene.now);
    scene.wait(60..200);
    scene.add(Record { read_only: true, console: true, ..scene.call(&session, BROWSER, "iam", "GetAccountSummary") });
    scene.wait(30..90);
    let new = scene.create_key(&session, BROWSER, "root", "null".to_owned());
    scene.wait(60..300);
    let by_key = identity::root(&id, "", 0).replace(r#""accountId""#, &format!(r#""accessKeyId":"{new}","accountId""#));
    scene.add(Record { read_only: true, ..scene.call(&by_key, CURL, "sts", "GetCallerIdentity") });
    scene.arn("root")
}

fn dormant_key(scene: &mut Scene<'_>) -> String {
    let user = &scene.account.forgotten;
    let identity = scene.user(user, &user.key);
    // Its life, more than seventy days before: made, used on three nights, forgotten.
    for (night, name) in ["ListBuckets", "ListBuckets", "GetBucketLocation"].into_iter().enumerate() {
        let time = scene.now - (120 - night as i64) * DAY;
        let address = "198.18.230.9".to_owned();
        let record = Record { time, address, read_only: true, ..scene.call(&identity, CURL, "s3", name) };
        scene.before.push(record.event(&mut scene.rng));
    }
    for (source, name) in [
        ("sts", "GetCallerIdentity"),
        ("s3", "ListBuckets"),
        ("iam", "ListAttachedUserPolicies"),
        ("ec2", "DescribeInstances"),
    ] {
        scene.add(Record { read_only: true, ..scene.call(&identity, CURL, source, name) });
        scene.wait(10..120);
    }
    scene.arn(&format!("user/{}", user.name))
}

fn enumeration(scene: &mut Scene<'_>) -> String {
    let (name, arn, identity) = scene.role(0);
    const CALLS: [(&str, &str); 36] = [
        ("sts", "GetCallerIdentity"),
        ("iam", "ListUsers"),
        ("iam", "ListRoles"),
        ("iam", "ListGroups"),
        ("iam", "ListPolicies"),
        ("iam", "GetAccountAuthorizationDetails"),
        ("iam", "GetAccountSummary"),
        ("iam", "ListAccountAliases"),
        ("iam", "ListMFADevices"),
        ("iam", "GetAccountPasswordPolicy"),
        ("s3", "ListBuckets"),
        ("s3", "GetBucketAcl"),
        ("s3", "GetBucketPolicy"),
        ("s3", "GetBucketVersioning"),
        ("ec2", "DescribeInstances"),
        ("ec2", "DescribeSecurityGroups"),
        ("ec2", "DescribeSnapshots"),
        ("ec2", "DescribeKeyPairs"),
        ("ec2", "DescribeVpcs"),
        ("ec2", "DescribeAddresses"),
        ("ec2", "DescribeImages"),
        ("lambda", "ListFunctions20150331"),
        ("rds", "DescribeDBInstances"),
        ("rds", "DescribeDBSnapshots"),
        ("kms", "ListKeys"),
        ("kms", "ListAliases"),
        ("secretsmanager", "ListSecrets"),
        ("ssm", "DescribeParameters"),
        ("dynamodb", "ListTables"),
        ("sns", "ListTopics"),
        ("sqs", "ListQueues"),
        ("cloudtrail", "DescribeTrails"),
        ("guardduty", "ListDetectors"),
        ("organizations", "DescribeOrganization"),
        ("ecr", "DescribeRepositories"),
        ("logs", "DescribeLogGroups"),
    ];
    for (number, (source, call)) in CALLS.into_iter().enumerate() {
        let mut record = Record { read_only: true, ..scene.call(&identity, PACU, source, call) };
        if number % 7 == 5 {
            record.error = Some(denial(&arn, source, call));
        }
        scene.add(record);
        scene.wait(1..7);
    }
    scene.arn(&format!("role/{name}"))
}

fn denied_spike(scene: &mut Scene<'_>) -> String {
    let user = &scene.account.monitor;
    let (identity, arn) = (scene.user(user, &user.key), scene.arn(&format!("user/{}", user.name)));
    const CALLS: [(&str, &str); 24] = [
        ("iam", "CreateUser"),
        ("iam", "AttachUserPolicy"),
        ("iam", "CreateAccessKey"),
        ("iam", "PutUserPolicy"),
        ("iam", "CreateLoginProfile"),
        ("iam", "UpdateAssumeRolePolicy"),
        ("iam", "PassRole"),
        ("iam", "CreatePolicyVersion"),
        ("ec2", "RunInstances"),
        ("ec2", "CreateKeyPair"),
        ("ec2", "AuthorizeSecurityGroupIngress"),
        ("ec2", "ModifySnapshotAttribute"),
        ("ec2", "CreateSnapshot"),
        ("s3", "PutBucketPolicy"),
        ("s3", "DeleteBucketEncryption"),
        ("lambda", "CreateFunction20150331"),
        ("lambda", "UpdateFunctionCode20150331v2"),
        ("kms", "ScheduleKeyDeletion"),
        ("kms", "PutKeyPolicy"),
        ("secretsmanager", "GetSecretValue"),
        ("ssm", "SendCommand"),
        ("ssm", "GetParameters"),
        ("cloudtrail", "StopLogging"),
        ("guardduty", "DeleteDetector"),
    ];
    let again: Vec<(&str, &str)> = (0..46).map(|_| *CALLS.choose(&mut scene.rng).expect("there are calls")).collect();
    for (source, call) in CALLS.into_iter().chain(again) {
        let error = Some(denial(&arn, source, call));
        scene.add(Record { error, ..scene.call(&identity, PACU, source, call) });
        scene.wait(5..40);
    }
    arn
}

fn external_trust(scene: &mut Scene<'_>) -> String {
    let (name, _, identity) = scene.role(1);
    let role = &scene.account.roles[2].0;
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"},
        {"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{STRANGER}:root")}, "Action": "sts:AssumeRole"},
    ]});
    let parameters = json!({"roleName": role, "policyDocument": policy.to_string()}).to_string();
    scene.add(Record { parameters, ..scene.call(&identity, CURL, "iam", "UpdateAssumeRolePolicy") });
    scene.arn(&format!("role/{name}"))
}

fn oidc_trust(scene: &mut Scene<'_>) -> String {
    let (name, _, identity) = scene.role(1);
    let provider = scene.arn("oidc-provider/token.actions.githubusercontent.com");
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}},
    }]})
    .to_string();
    let parameters = json!({"path": "/", "roleName": "github-deploy-tmp", "assumeRolePolicyDocument": policy});
    let response = json!({"role": {
        "path": "/",
        "roleName": "github-deploy-tmp",
        "roleId": format!("AROA{}", letters(&mut scene.rng, BASE32, 17)),
        "arn": scene.arn("role/github-deploy-tmp"),
        "createDate": "Mar 14, 2026, 9:12:43 AM",
        "assumeRolePolicyDocument": url_encoded(&policy),
    }});
    scene.add(Record {
        parameters: parameters.to_string(),
        response: response.to_string(),
        ..scene.call(&identity, CURL, "iam", "CreateRole")
    });
    scene.arn(&format!("role/{name}"))
}

/// As IAM answers with a policy document.
fn url_encoded(text: &str) -> String {
    let escape = |byte: u8| {
        let plain = byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
        if plain { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    text.bytes().map(escape).collect()
}

fn public_bucket(scene: &mut Scene<'_>) -> String {
    let user = &scene.account.ci;
    let identity = scene.user(user, &user.key);
    let bucket = &scene.account.buckets[3];
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "PublicRead", "Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject", "s3:ListBucket"],
        "Resource": [format!("arn:aws:s3:::{bucket}"), format!("arn:aws:s3:::{bucket}/*")],
    }]});
    let host = format!("{bucket}.s3.{}.amazonaws.com", scene.account.home);
    scene.add(Record {
        parameters: json!({"bucketName": bucket, "Host": host}).to_string(),
        ..scene.call(&identity, CURL, "s3", "DeleteBucketPublicAccessBlock")
    });
    scene.wait(5..30);
    scene.add(Record {
        parameters: json!({"bucketName": bucket, "Host": host, "bucketPolicy": policy, "policy": ""}).to_string(),
        resources: Some(json!([{"accountId": scene.account.id, "type": "AWS::S3::Bucket", "ARN": format!("arn:aws:s3:::{bucket}")}]).to_string()),
        ..scene.call(&identity, CURL, "s3", "PutBucketPolicy")
    });
    scene.arn(&format!("user/{}", user.name))
}

fn self_admin(scene: &mut Scene<'_>) -> String {
    let user = &scene.account.operator;
    let key = user.key.clone();
    let identity = scene.user(user, &key);
    let parameters =
        json!({"userName": user.name, "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}).to_string();
    scene.add(Record { parameters, ..scene.call(&identity, CURL, "iam", "AttachUserPolicy") });
    scene.wait(10..60);
    let parameters = json!({"userName": user.name}).to_string();
    scene.create_key(&identity, CURL, &user.name, parameters);
    scene.arn(&format!("user/{}", user.name))
}

fn logging_stopped(scene: &mut Scene<'_>) -> String {
    let (name, _, identity) = scene.role(3);
    let trail = format!("arn:aws:cloudtrail:us-east-1:{}:trail/main", scene.account.id);
    let region = REGIONS[0];
    scene.add(Record { read_only: true, region, ..scene.call(&identity, CURL, "cloudtrail", "DescribeTrails") });
    scene.wait(5..30);
    let parameters = json!({"name": trail}).to_string();
    scene.add(Record { parameters, region, ..scene.call(&identity, CURL, "cloudtrail", "StopLogging") });
    scene.arn(&format!("role/{name}"))
}

fn signin_guessing(scene: &mut Scene<'_>) -> String {
    let user = &scene.account.operator;
    // Before a sign-in succeeds AWS does not say which user id it was.
    let unknown = format!(
        r#"{{"type":"IAMUser","accountId":"{}","accessKeyId":"","userName":"{}"}}"#,
        scene.account.id, user.name
    );
    for _ in 0..8 {
        let failure =
            console_login(scene.account, unknown.clone(), scene.now, &scene.address, Err("Failed authentication"));
        scene.add(Record { agent: BROWSER.to_owned(), ..failure });
        scene.wait(8..40);
    }
    let known = scene.user(user, "");
    let success = console_login(scene.account, known, scene.now, &scene.address, Ok(false));
    scene.add(Record { agent: BROWSER.to_owned(), ..success });
    scene.arn(&format!("user/{}", user.name))
}
