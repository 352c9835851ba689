//! One daemon lives through every kind of bad day, one after the other: nothing is lost, nothing is told under two ids, and it stays up.
//!
//! A proxy stands before the AWS server and another before the mail server. Each fault lasts until the daemon has met it; an event
//! that came meanwhile must be told by mail and by SNS after it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};
use trailwarden_tests::{
    Aws, Call, Clock, Daemon, Fault, Over, Proxy, Queue, Sandbox, Space, Topic, mails, setting, smtp_channel, unique,
    wait_for,
};

use crate::journey::{delivered, root_signs_in};

const BUSY: &str = "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>";
const BROKEN: &str = "<Error><Code>InternalError</Code><Message>We encountered an internal error.</Message></Error>";
const DENIED: &str = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
const CONFLICT: &str = "<Error><Code>ConditionalRequestConflict</Code><Message>Try again.</Message></Error>";
const THROTTLED: &str = "<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>";
const SQS_BROKEN: &str = r#"{"__type":"com.amazonaws.sqs#InternalError","message":"broken"}"#;
const SHORT: Duration = Duration::from_secs(3);

/// All that the tests of one daemon need.
struct House {
    sandbox: Sandbox,
    aws: Aws,
    front: Proxy,
    post: Proxy,
    clock: Clock,
    /// Read by listing.
    listed: String,
    /// Read as the queue says.
    told_of: String,
    queue: Queue,
    lake: String,
    topic: Topic,
    to: String,
    /// Ids of what SNS was told, by account.
    heard: BTreeMap<String, BTreeSet<String>>,
}

/// Where the event of a step is delivered.
#[derive(Clone, Copy)]
enum By {
    Listing,
    Queue,
}

/// Which calls a fault is for.
type Which = fn(&House) -> Box<dyn Fn(&Call) -> bool + Send + Sync>;

fn source(house: &House, method: &'static str, listing: bool) -> Box<dyn Fn(&Call) -> bool + Send + Sync> {
    let (one, other) = (format!("/{}", house.listed), format!("/{}", house.told_of));
    Box::new(move |call| {
        call.method == method
            && (call.path.starts_with(&one) || call.path.starts_with(&other))
            && call.path.contains("list-type=2") == listing
    })
}

fn lake(house: &House, method: &'static str, part: &'static str) -> Box<dyn Fn(&Call) -> bool + Send + Sync> {
    let bucket = format!("/{}", house.lake);
    Box::new(move |call| call.method == method && call.path.starts_with(&bucket) && call.path.contains(part))
}

fn service(name: &'static str, action: &'static str) -> Box<dyn Fn(&Call) -> bool + Send + Sync> {
    let action = action.to_ascii_lowercase();
    Box::new(move |call| {
        call.service == name && (call.head.contains(&action) || call.body.to_ascii_lowercase().contains(&action))
    })
}

/// Every fault of the AWS side: what it is called, where the event comes in, which calls it meets, what happens to them, and
/// how many of them.
fn aws_faults() -> Vec<(&'static str, By, Which, Fault, u32)> {
    use By::{Listing, Queue};
    let get: Which = |house| source(house, "GET", false);
    let list: Which = |house| source(house, "GET", true);
    let commit: Which = |house| lake(house, "PUT", "_delta_log");
    let rows: Which = |house| lake(house, "PUT", ".parquet");
    let receive: Which = |_| service("sqs", "ReceiveMessage");
    let delete: Which = |_| service("sqs", "DeleteMessage");
    let publish: Which = |_| service("sns", "Action=Publish");
    vec![
        ("S3 is broken while it lists", Listing, list, Fault::Answer(500, BROKEN), 2),
        ("S3 is busy while it lists, for longer than calls are repeated", Listing, list, Fault::Answer(503, BUSY), 6),
        ("S3 lists rubbish", Listing, list, Fault::Garbage, 2),
        ("S3 may not be listed for a while", Listing, list, Fault::Answer(403, DENIED), 2),
        ("S3 is broken while it reads", Listing, get, Fault::Answer(500, BROKEN), 6),
        ("S3 is busy while it reads", Listing, get, Fault::Answer(503, BUSY), 2),
        ("S3 may not be read for a while", Listing, get, Fault::Answer(403, DENIED), 2),
        ("connections are reset", Listing, get, Fault::Reset, 2),
        ("a body breaks off", Listing, get, Fault::BreakOff, 2),
        ("a body ends too early", Listing, get, Fault::CutShort, 2),
        ("a body is slow", Listing, get, Fault::Slow(SHORT), 1),
        ("S3 does not answer", Listing, get, Fault::Hang(SHORT), 1),
        ("S3 breaks while a queue's object is read", Queue, get, Fault::Answer(500, BROKEN), 2),
        ("the queue cannot be asked", Queue, receive, Fault::Answer(500, SQS_BROKEN), 6),
        ("the queue answers rubbish", Queue, receive, Fault::Garbage, 2),
        ("the queue's answer is lost", Queue, receive, Fault::LoseAnswer, 1),
        ("messages cannot be deleted, and come again", Queue, delete, Fault::Answer(500, SQS_BROKEN), 2),
        ("the lake does not take rows", Listing, rows, Fault::Answer(503, BUSY), 6),
        ("the lake does not take commits", Listing, commit, Fault::Answer(500, BROKEN), 6),
        ("commits meet others", Listing, commit, Fault::Answer(409, CONFLICT), 1),
        ("a commit's answer is lost", Listing, commit, Fault::LoseAnswer, 1),
        ("a file's answer is lost", Listing, rows, Fault::LoseAnswer, 1),
        ("SNS throttles", Listing, publish, Fault::Answer(400, THROTTLED), 6),
        ("SNS is broken", Listing, publish, Fault::Answer(500, BROKEN), 2),
        ("SNS resets", Listing, publish, Fault::Reset, 2),
        ("SNS's answer is lost", Listing, publish, Fault::LoseAnswer, 1),
    ]
}

/// Faults of the mail server's side.
fn mail_faults() -> Vec<(&'static str, Fault)> {
    vec![
        ("the mail server hangs up", Fault::Reset),
        ("the mail server is silent", Fault::Hang(SHORT)),
        ("the mail server is slow", Fault::Slow(Duration::from_millis(300))),
        ("the mail server talks rubbish", Fault::Garbage),
        ("the mail server hangs up in the middle", Fault::BreakOff),
    ]
}

impl House {
    fn new() -> House {
        let (sandbox, mut aws) = (Sandbox::new(), Aws::connect());
        let plain = |address: String| address.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let front = Proxy::http(&plain(setting("TRAILWARDEN_TEST_AWS")));
        let post = Proxy::tcp(&setting("TRAILWARDEN_TEST_SMTP"));
        let (listed, told_of, lake) = (aws.bucket("listed"), aws.bucket("told"), aws.bucket("lake"));
        let (queue, topic) = (aws.queue("objects"), aws.topic("findings"));
        let clock = Clock::new(&sandbox);
        let to = format!("{}@example.com", unique("faults"));
        let heard = BTreeMap::new();
        House { sandbox, aws, front, post, clock, listed, told_of, queue, lake, topic, to, heard }
    }

    fn config(&self) -> String {
        let mail = smtp_channel("mail", &self.to);
        let (head, tail) = mail.split_once("port = ").expect("a port");
        let port = self.post.address().rsplit_once(':').expect("a port").1.to_owned();
        let mail = format!("{head}port = {port}\ntime_limit = \"5s\"\n{}", tail.split_once('\n').expect("a line").1);
        format!(
            "lake = \"s3://{}/lake\"\npoll = \"1s\"\n\
             [[sources]]\nkind = \"s3\"\nurl = \"s3://{}\"\n[sources.aws]\npath_style = true\n\
             [[sources]]\nkind = \"sqs\"\nqueue = \"{}\"\nbuckets = [\"{}\"]\nvisibility = \"10s\"\n[sources.aws]\npath_style = true\n\
             [aws]\npath_style = true\n[storage]\ngroup_time = \"1s\"\n[detect]\nonly = [\"root-console-login\"]\n\
             [notify]\noutbox = \"outbox.sqlite\"\ngroup_window = \"1s\"\ncircuit_after = 2\nretry = {{ first = \"1s\", max = \"2s\" }}\n{mail}\
             [notify.channels.topic]\nkind = \"sns\"\nbody = \"json\"\ntopic_arn = \"{}\"\n\
             [notify.default_route]\nchannels = [\"mail\", \"topic\"]\n",
            self.lake,
            self.listed,
            self.queue.url(),
            self.told_of,
            self.topic.arn,
        )
    }

    /// Root of an account signs in, and its log is delivered past the proxy.
    fn deliver(&mut self, account: &str, by: By) {
        let now = Timestamp::now();
        let mut event = root_signs_in(now - 7.minutes());
        event["recipientAccountId"] = json!(account);
        event["userIdentity"]["accountId"] = json!(account);
        event["userIdentity"]["arn"] = json!(format!("arn:aws:iam::{account}:root"));
        let bucket = match by {
            By::Listing => self.listed.clone(),
            By::Queue => self.told_of.clone(),
        };
        let key = self.aws.deliver(&bucket, (account, "us-east-1", &delivered(now)), &[event]);
        if let By::Queue = by {
            self.aws.notify(&self.queue, &bucket, &key);
        }
    }

    /// Waits until `status`, which goes past the proxies, names a fault with these words in it.
    fn named(&self, what: &str, words: &str) {
        let lake = format!("s3://{}/lake", self.lake);
        wait_for(&format!("`status` to name: {what}"), || {
            let told = self.sandbox.run(&["status", "--lake", &lake, "--json"]).ok().stdout;
            told.lines().any(|line| line.starts_with("{\"fault\"") && line.contains(words)).then_some(())
        });
    }

    /// Waits until root's sign-in in an account was told by mail and by SNS.
    fn told(&mut self, what: &str, account: &str) {
        let wanted = format!("arn:aws:iam::{account}:root");
        wait_for(&format!("a message after: {what}"), || {
            for message in self.aws.receive(&self.topic.queue) {
                let text: Value = serde_json::from_str(message["Message"].as_str().expect("text")).expect("JSON");
                let of = message["MessageAttributes"]["account"]["Value"].as_str().unwrap_or("none").to_owned();
                let ids = text["notices"].as_array().into_iter().flatten().filter_map(Value::as_str);
                self.heard.entry(of).or_default().extend(ids.map(str::to_owned));
            }
            self.heard.contains_key(account).then_some(())
        });
        wait_for(&format!("a mail after: {what}"), || {
            mails(&self.to).iter().any(|mail| mail.text.contains(&wanted)).then_some(())
        });
    }
}

#[test]
fn one_daemon_survives_them_all() {
    let mut house = House::new();
    house.sandbox.write("faults.toml", house.config());
    let endpoint = format!("http://{}", house.front.address());
    let mut environment: Vec<(&str, std::ffi::OsString)> =
        house.clock.environment().map(|(name, path)| (name, path.as_os_str().to_owned())).to_vec();
    environment.push(("AWS_ENDPOINT_URL", endpoint.into()));
    let mut daemon = Daemon::start_in(&house.sandbox, "faults.toml", &environment);
    let mut accounts = Vec::new();
    let mut account = || {
        accounts.push(format!("{}", 200_000_000_000_u64 + accounts.len() as u64));
        accounts.last().cloned().expect("just pushed")
    };
    // On a calm day first.
    let first = account();
    house.deliver(&first, By::Queue);
    house.told("nothing", &first);

    for (what, by, which, fault, times) in aws_faults() {
        let began = Instant::now();
        let (account, meets) = (account(), which(&house));
        house.front.disturb(move |call| meets(call).then(|| fault.clone()));
        house.deliver(&account, by);
        wait_for(&format!("the fault: {what}"), || {
            assert!(daemon.runs(), "{what}: it ended\n{}", daemon.log());
            (house.front.hits() >= times).then_some(())
        });
        if what.contains("may not be") {
            house.named(what, &house.listed);
        }
        house.front.calm();
        house.told(what, &account);
        assert!(daemon.runs(), "{what}: it ended\n{}", daemon.log());
        say(what, began);
    }
    for (what, fault) in mail_faults() {
        let (began, account) = (Instant::now(), account());
        // What is merely slow arrives the first time.
        let times = if matches!(fault, Fault::Slow(_)) { 1 } else { 2 };
        house.post.disturb(move |_| Some(fault.clone()));
        house.deliver(&account, By::Listing);
        wait_for(&format!("the fault: {what}"), || (house.post.hits() >= times).then_some(()));
        if what.ends_with("hangs up") {
            house.named(what, "\"channel\",\"of\":\"mail\"");
        }
        house.post.calm();
        house.told(what, &account);
        assert!(daemon.runs(), "{what}: it ended\n{}", daemon.log());
        say(what, began);
    }
    for (what, seconds) in
        [("the clock jumps a day ahead", 86_400), ("the clock is set back", 0), ("the clock is an hour late", -3600)]
    {
        let (began, account) = (Instant::now(), account());
        house.clock.set(seconds);
        house.deliver(&account, By::Listing);
        house.told(what, &account);
        assert!(daemon.runs(), "{what}: it ended\n{}", daemon.log());
        say(what, began);
    }
    house.clock.set(0);

    // Another process takes in the same bucket at the same time.
    let (began, account) = (Instant::now(), account());
    house.deliver(&account, By::Listing);
    let lake = format!("s3://{}/lake", house.lake);
    let rivals: Vec<_> = (0..3)
        .map(|_| house.sandbox.command(&["ingest", "--lake", &lake, &format!("s3://{}", house.listed)]).output())
        .collect();
    assert!(rivals.into_iter().all(|rival| rival.expect("it starts").status.success()));
    house.told("rivals", &account);
    say("other writers", began);

    let (status, _) = daemon.stop();
    assert!(status.success(), "{status}");
    let over = Over::lake(lake);
    let events = json!({"a": accounts.len(), "b": accounts.len()});
    assert_eq!(
        house.sandbox.query(&over, "SELECT count(*) AS a, count(DISTINCT recipientaccountid) AS b FROM cloudtrail"),
        [events]
    );
    for account in &accounts {
        let ids = &house.heard[account];
        let of_login = house.sandbox.query(
            &over,
            &format!("SELECT id FROM findings WHERE account = '{account}' AND detection = 'root-console-login'"),
        );
        assert_eq!(of_login.len(), 1, "{account}: {of_login:?}");
        assert!(ids.contains(of_login[0]["id"].as_str().expect("an id")), "{account}: {ids:?}");
    }
    wait_for("the queue to be empty", || (house.aws.waiting(&house.queue) == 0).then_some(()));
}

#[expect(clippy::print_stderr, reason = "who runs it sees what was survived, and how long it took")]
fn say(what: &str, began: Instant) {
    eprintln!("{:6.1} s  {what}", began.elapsed().as_secs_f64());
}

#[test]
fn a_full_disk_holds_up_and_loses_nothing() {
    let sandbox = Sandbox::new();
    let (space, to) = (Space::new(&sandbox, "disk"), format!("{}@example.com", unique("full")));
    let sign_in = |account: u64| {
        let mut event = root_signs_in(Timestamp::now() - 7.minutes());
        event["recipientAccountId"] = json!(account.to_string());
        event["userIdentity"]["arn"] = json!(format!("arn:aws:iam::{account}:root"));
        sandbox.write(&format!("logs/{account}.json"), json!({ "Records": [event] }).to_string());
    };
    let told = |what: &str, account: u64| {
        let wanted = format!("arn:aws:iam::{account}:root");
        wait_for(&format!("a mail after: {what}"), || {
            mails(&to).iter().any(|mail| mail.text.contains(&wanted)).then_some(())
        });
    };
    sandbox.write(
        "full.toml",
        format!(
            "lake = \"disk/lake\"\npoll = \"1s\"\n[[sources]]\nkind = \"folder\"\npath = \"logs\"\n[storage]\ngroup_time = \"1s\"\n\
             [detect]\nonly = [\"root-console-login\"]\n[notify]\noutbox = \"disk/outbox.sqlite\"\ngroup_window = \"1s\"\n\
             retry = {{ first = \"1s\", max = \"2s\" }}\n{}[notify.default_route]\nchannels = [\"mail\"]\n",
            smtp_channel("mail", &to)
        ),
    );
    std::fs::create_dir_all(sandbox.path("logs")).expect("a folder");
    let mut daemon = Daemon::start_in(&sandbox, "full.toml", &space.environment());
    let accounts = 300_000_000_000_u64..300_000_000_004;
    sign_in(accounts.start);
    told("nothing", accounts.start);
    for account in accounts.clone().skip(1) {
        let (what, before) = ("the disk is full", space.refused());
        let began = Instant::now();
        space.fill();
        sign_in(account);
        wait_for(what, || {
            assert!(daemon.runs(), "{what}: it ended\n{}", daemon.log());
            (space.refused() > before + 3).then_some(())
        });
        assert!(daemon.log().contains("No space left"), "{}", daemon.log());
        space.free();
        told(what, account);
        say(what, began);
    }
    // What cannot write to its lake cannot say so there. It is its silence that `status` tells of.
    space.fill();
    let clock = Clock::new(&sandbox);
    clock.set(700);
    let told = sandbox.command(&["status", "--lake", "disk/lake", "--json"]).envs(clock.environment()).output();
    let told = String::from_utf8(told.expect("it starts").stdout).expect("text");
    assert!(told.contains("{\"fault\":\"daemon\"") && told.contains("cannot write to this lake"), "{told}");
    space.free();

    let (status, _) = daemon.stop();
    assert!(status.success(), "{status}");
    let count = "SELECT count(*) AS events, count(DISTINCT recipientaccountid) AS accounts FROM cloudtrail";
    let events = accounts.count();
    let over = Over::lake("disk/lake");
    assert_eq!(sandbox.query(&over, count), [json!({"events": events, "accounts": events})]);
    let findings = sandbox.query(&over, "SELECT id FROM findings WHERE detection = 'root-console-login'");
    assert_eq!(findings.len(), events, "{findings:?}");
}
