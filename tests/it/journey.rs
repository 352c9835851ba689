//! The main job from end to end: a trail delivers to a bucket, the daemon watches, a person gets mail and a queue gets a message.

use std::time::Duration;

use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};
use trailwarden_tests::{Aws, Daemon, Mail, Over, Sandbox, mails, smtp_channel, unique, wait_for};

use crate::render::look;

pub(crate) const ACCOUNT: &str = "111122223333";

/// A record of the account, with its own id.
fn record(time: Timestamp, source: &str, name: &str, more: &Value) -> Value {
    let id = u128::from_str_radix(&format!("{:x}", time.as_nanosecond()), 16).expect("hexadecimal");
    let hex = format!("{id:032x}");
    let mut record = json!({
        "eventVersion": "1.11", "eventTime": time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(), "awsRegion": "us-east-1",
        "eventSource": format!("{source}.amazonaws.com"), "eventName": name, "sourceIPAddress": "198.51.100.7",
        "userAgent": "Mozilla/5.0", "eventType": "AwsApiCall", "recipientAccountId": ACCOUNT, "managementEvent": true,
        "eventID": format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]),
    });
    let all = record.as_object_mut().expect("an object");
    all.extend(more.as_object().cloned().unwrap_or_default());
    record
}

pub(crate) fn root_signs_in(time: Timestamp) -> Value {
    let more = json!({
        "userIdentity": {"type": "Root", "principalId": ACCOUNT, "arn": format!("arn:aws:iam::{ACCOUNT}:root"), "accountId": ACCOUNT},
        "eventType": "AwsConsoleSignIn", "responseElements": {"ConsoleLogin": "Success"},
        "additionalEventData": {"MFAUsed": "No", "LoginTo": "https://console.aws.amazon.com/"}, "requestParameters": null,
    });
    record(time, "signin", "ConsoleLogin", &more)
}

pub(crate) fn logging_is_stopped(time: Timestamp) -> Value {
    let user = json!({"type": "IAMUser", "principalId": "AIDAEXAMPLE", "arn": format!("arn:aws:iam::{ACCOUNT}:user/mallory"),
        "accountId": ACCOUNT, "accessKeyId": "AKIAEXAMPLE000000001", "userName": "mallory"});
    let trail = format!("arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/main");
    let more = json!({"userIdentity": user, "requestParameters": {"name": trail}, "responseElements": null, "readOnly": false});
    record(time, "cloudtrail", "StopLogging", &more)
}

pub(crate) fn quiet(time: Timestamp) -> Value {
    let more = json!({"userIdentity": {"type": "AWSService", "invokedBy": "config.amazonaws.com"}, "readOnly": true,
        "sourceIPAddress": "config.amazonaws.com", "userAgent": "config.amazonaws.com"});
    record(time, "s3", "GetBucketAcl", &more)
}

pub(crate) fn delivered(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%MZ").to_string()
}

/// The mail about something, once it is there.
fn mail_about(to: &str, subject: &str) -> Mail {
    wait_for(&format!("a mail about {subject}"), || mails(to).into_iter().find(|mail| mail.subject.contains(subject)))
}

#[test]
fn from_the_bucket_to_the_mailbox() {
    let (sandbox, mut aws) = (Sandbox::new(), Aws::connect());
    let (bucket, topic) = (aws.bucket("trail"), aws.topic("findings"));
    let to = format!("{}@example.com", unique("security"));
    let config = format!(
        "lake = \"lake\"\npoll = \"1s\"\n[[sources]]\nkind = \"s3\"\nurl = \"s3://{bucket}\"\n[sources.aws]\npath_style = true\n\
         [storage]\ngroup_time = \"1s\"\n[notify]\noutbox = \"outbox.sqlite\"\ngroup_window = \"1s\"\n{}\
         [notify.channels.topic]\nkind = \"sns\"\ntopic_arn = \"{}\"\n\
         [[notify.routes]]\nmin_severity = \"critical\"\nchannels = [\"mail\", \"topic\"]\n\
         [notify.default_route]\nchannels = [\"mail\"]\n\
         [[reports]]\nkind = \"access\"\nschedule = \"* * * * *\"\nperiod = \"2d\"\nchannels = [\"mail\"]\nout = \"reports\"\n",
        smtp_channel("mail", &to),
        topic.arn,
    );
    sandbox.write("daemon.toml", config);
    let daemon = Daemon::start(&sandbox, "daemon.toml");

    // The trail delivers while it runs.
    let now = Timestamp::now();
    let login = root_signs_in(now - 7.minutes());
    aws.deliver(&bucket, (ACCOUNT, "us-east-1", &delivered(now)), &[quiet(now - 8.minutes()), login.clone()]);
    let mail = mail_about(&to, "signed in to the console without MFA");
    assert!(mail.subject.starts_with("[Trailwarden] CRITICAL: "), "{}", mail.subject);
    let id = login["eventID"].as_str().expect("an id");
    for part in [&mail.text, &mail.html] {
        for want in
            [id, ACCOUNT, "198.51.100.7", "root-console-login", "FROM cloudtrail", "arn:aws:iam::111122223333:root"]
        {
            assert!(part.contains(want), "`{want}` is not in\n{part}");
        }
    }
    assert!(mail.html.contains("<html") && !mail.html.contains("<script") && !mail.text.contains('<'), "{}", mail.text);
    look(&mail.html, "mail", 1400);

    let message = wait_for("a message in the queue", || aws.receive(&topic.queue).pop());
    assert!(message["Subject"].as_str().is_some_and(|subject| subject.starts_with("CRITICAL: ")), "{message}");
    assert!(message["Message"].as_str().is_some_and(|text| text.contains(id)), "{message}");
    assert_eq!(message["MessageAttributes"]["severity"]["Value"], "critical");
    assert_eq!(message["MessageAttributes"]["account"]["Value"], ACCOUNT);

    // Late: in yesterday's folder, and by name before all that has been read. And from a region never seen.
    let late = logging_is_stopped(now - 26.hours());
    aws.deliver(&bucket, (ACCOUNT, "us-east-1", &delivered(now - 24.hours())), std::slice::from_ref(&late));
    aws.deliver(&bucket, (ACCOUNT, "eu-west-1", &delivered(now)), &[quiet(now - 6.minutes())]);
    let mail = mail_about(&to, "stopped the trail");
    assert!(mail.text.contains(late["eventID"].as_str().expect("an id")), "{}", mail.text);

    // The report goes out on its schedule.
    let mail = wait_for("the report by mail", || mails(&to).into_iter().find(|mail| !mail.attachments.is_empty()));
    let (name, kind, bytes) = &mail.attachments[0];
    assert!(
        name.starts_with("access-") && name.ends_with(".html") && kind == "text/html" && *bytes > 5_000,
        "{mail:?}"
    );
    let written = sandbox.path("reports").join(name.trim_end_matches(".html")).join("access.html");
    look(&std::fs::read_to_string(written).expect("the same in the folder"), "scheduled-report", 1800);

    let (status, took) = daemon.stop();
    assert!(status.success() && took < Duration::from_secs(20), "{status} after {took:?}");

    // Each was told once, and stays told.
    let told = |subject: &str| mails(&to).iter().filter(|mail| mail.subject.contains(subject)).count();
    sandbox.run(&["run", "--once", "--config", "daemon.toml"]).ok();
    assert_eq!((told("signed in to the console without MFA"), told("stopped the trail")), (1, 1));
    assert_eq!(sandbox.value(&Over::lake("lake"), "SELECT count(*) FROM cloudtrail"), 4);
    assert_eq!(sandbox.value(&Over::lake("lake"), "SELECT count(*) FROM objects WHERE state = 'read'"), 3);
}

/// A channel that is down keeps nobody from being told: what waits goes out when it is back, after a restart too.
#[test]
fn what_could_not_be_sent_is_sent_later() {
    let (sandbox, mut aws) = (Sandbox::new(), Aws::connect());
    let bucket = aws.bucket("patient");
    let to = format!("{}@example.com", unique("patient"));
    let now = Timestamp::now();
    aws.deliver(&bucket, (ACCOUNT, "us-east-1", &delivered(now)), &[root_signs_in(now - 7.minutes())]);
    let config = |channel: &str| {
        format!(
            "lake = \"lake\"\n[[sources]]\nkind = \"s3\"\nurl = \"s3://{bucket}\"\n[sources.aws]\npath_style = true\n\
             [notify]\noutbox = \"outbox.sqlite\"\ngroup_window = \"1s\"\nretry = {{ first = \"1s\", max = \"1s\" }}\n{channel}\
             [notify.default_route]\nchannels = [\"mail\"]\n"
        )
    };
    let right = smtp_channel("mail", &to);
    let (head, tail) = right.split_once("port = ").expect("a port");
    let down = format!("{head}port = 1\n{}", tail.split_once('\n').expect("a line").1);
    sandbox.write("down.toml", config(&down));
    let told = sandbox.run(&["run", "--once", "--config", "down.toml"]).ended(3);
    assert!(told.stderr.contains("wait in the outbox"), "{}", told.stderr);
    assert!(mails(&to).is_empty());
    sandbox.write("up.toml", config(&right));
    sandbox.run(&["run", "--once", "--config", "up.toml"]).ok();
    assert!(mails(&to).iter().any(|mail| mail.subject.contains("signed in to the console without MFA")));
}
