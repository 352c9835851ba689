//! Threat lists from files and URLs: what is found by them, what becomes of bad ones, and how a daemon follows them.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};
use trailwarden_tests::{Daemon, Over, Sandbox, unique, wait_for};

use crate::journey::quiet;
use crate::operate::{WEB, config, has, lay, metric};

const ONLY: &str = "[detect]\nonly = [\"listed-*\"]\n";

/// Answers every request with what it was last told to: a status and a body.
struct Server {
    url: String,
    answer: Arc<Mutex<(u16, String)>>,
}

impl Server {
    fn start(body: &str) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/list.txt?token=hidden", listener.local_addr().expect("an address"));
        let answer = Arc::new(Mutex::new((200, body.to_owned())));
        let told = answer.clone();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut asked = [0; 4096];
                let _ = stream.read(&mut asked);
                let (status, body) = told.lock().expect("nobody panicked").clone();
                // Who asks may hang up first.
                let _ = write!(
                    stream,
                    "HTTP/1.1 {status} It\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                );
            }
        });
        Server { url, answer }
    }

    fn answers(&self, status: u16, body: impl Into<String>) {
        *self.answer.lock().expect("nobody panicked") = (status, body.into());
    }
}

fn from(address: &str, at: Timestamp) -> Value {
    let mut event = quiet(at);
    event["sourceIPAddress"] = json!(address);
    event["eventID"] = json!(unique("event"));
    event
}

/// The lists that findings of a scan name, in order, and what was said beside them.
fn scan(sandbox: &Sandbox) -> (Vec<String>, String) {
    let ran = sandbox.run(&["scan", "--json", "--config", "c.toml", "logs"]).ok();
    let named = |finding: Value| finding["details"]["lists"].as_str().map(str::to_owned);
    let mut lists: Vec<String> = ran.lines().into_iter().filter_map(named).collect();
    lists.sort();
    (lists, ran.stderr)
}

#[test]
fn a_list_that_cannot_be_had_is_as_it_was() {
    let (sandbox, server) = (Sandbox::new(), Server::start("198.51.100.0/24\n"));
    let now = Timestamp::now();
    sandbox.write("ours.txt", "# of ours\n203.0.113.7 # seen\n\u{1b}[31mnonsense\n");
    let lists = format!(
        "[[rules.lists]]\nname = \"ours\"\nkind = \"addresses\"\npath = \"ours.txt\"\n\
         [[rules.lists]]\nname = \"theirs\"\nkind = \"addresses\"\nurl = \"{}\"\nrefresh = \"1s\"\nmax_bytes = 1000\n",
        server.url
    );
    sandbox.write("c.toml", config(&format!("{ONLY}{lists}"), "told"));
    lay(&sandbox, &[from("203.0.113.7", now), from("198.51.100.9", now), from("192.0.2.1", now)]);
    sandbox.run(&["config", "check", "c.toml"]).ok();

    let (found, said) = scan(&sandbox);
    assert_eq!(found, ["ours", "theirs"], "{said}");
    assert!(
        said.contains("ours.txt") && said.contains("line 3: ") && said.contains("nonsense` is no address"),
        "{said}"
    );
    assert!(said.contains("lines=1") && !said.contains('\u{1b}'), "{said}");

    // Whatever comes in place of a list, its last copy serves.
    let copy = std::fs::read_dir(sandbox.path("trailwarden-lists")).expect("copies").next().expect("one").expect("it");
    let page = "<html><body>Come back later</body></html>";
    for (status, body) in [(500, ""), (200, page), (302, ""), (200, &"198.51.100.9\n".repeat(100)), (404, "192.0.2.1")]
    {
        server.answers(status, body);
        std::thread::sleep(Duration::from_millis(1100));
        let (found, said) = scan(&sandbox);
        assert_eq!(found, ["ours", "theirs"], "{status} {body}: {said}");
        assert!(said.contains("its last copy serves") && !said.contains("hidden"), "{status} {body}: {said}");
    }
    assert_eq!(std::fs::read_to_string(copy.path()).expect("the copy"), "198.51.100.0/24\n");
    std::fs::remove_file(copy.path()).expect("it is there");
    let (found, said) = scan(&sandbox);
    assert_eq!(found, ["ours"]);
    assert!(said.contains("is empty so far"), "{said}");
    server.answers(200, "192.0.2.0/24\n");
    assert_eq!(scan(&sandbox).0, ["ours", "theirs"]);

    // What explains and replays rules asks the same lists.
    sandbox.write("event.json", from("192.0.2.1", now).to_string());
    let told =
        sandbox.run(&["rules", "explain", "listed-address", "event.json", "--config", "c.toml", "--format", "json"]);
    let told: Value = serde_json::from_str(&told.ok().stdout).expect("JSON");
    assert_eq!((&told["matches"], &told["findings"][0]["details"]["lists"]), (&json!(true), &json!("theirs")));
    let replay =
        ["rules", "replay", "--only", "listed-address", "--config", "c.toml", "--logs", "logs", "--format", "json"];
    let told = sandbox.run(&replay).ok().lines().pop().expect("a summary");
    assert_eq!(told["summary"]["findings"], 2, "{told}");
}

#[test]
fn lists_that_are_wrong_are_named() {
    let sandbox = Sandbox::new();
    lay(&sandbox, &[quiet(Timestamp::now())]);
    let refused = |list: &str, because: &str| {
        sandbox.write("c.toml", config(&format!("{ONLY}[[rules.lists]]\n{list}\n"), "told"));
        for args in [&["scan", "--config", "c.toml", "logs"][..], &["config", "check", "c.toml"]] {
            let ran = sandbox.run(args).ended(2);
            assert!(ran.stderr.contains(because), "{list}: {}", ran.stderr);
        }
    };
    let named = "name = \"x\"\nkind = \"addresses\"\n";
    refused(&format!("{named}path = \"gone.txt\""), "cannot read the list `x` in `gone.txt`");
    refused(&format!("{named}path = \"logs\""), "cannot read the list `x` in `logs`");
    refused(named, "`x` needs one of `path` and `url`");
    refused(&format!("{named}url = \"http://lists.example.com/x\""), "the `url` of `x` is not encrypted");
    refused(&format!("{named}pth = \"a\""), "unknown field `pth`");
    refused("name = \"../x\"\nkind = \"keys\"\npath = \"a\"", "`../x` is no name");
    refused("name = \"x\"\nkind = \"hosts\"\npath = \"a\"", "unknown variant `hosts`");
    sandbox.write("long.txt", "203.0.113.7\n".repeat(100));
    refused(&format!("{named}path = \"long.txt\"\nmax_bytes = 1000"), "holds more than 1000 bytes");
    let twice = format!("{named}path = \"long.txt\"\n[[rules.lists]]\n{named}path = \"long.txt\"");
    refused(&twice, "the list `x` is there twice");
}

#[test]
fn a_daemon_follows_lists_and_exceptions() {
    let sandbox = Sandbox::new();
    let now = Timestamp::now();
    let server = Server::start("# nobody yet\n");
    sandbox.write("ours.txt", "# nobody yet\n");
    let past =
        "exceptions:\n  - {name: old, what: listed-address, until: 2020-01-31, why: a test, owner: anna@example.com}\n";
    sandbox.write("exceptions.yaml", past);
    let lists = format!(
        "[[rules.lists]]\nname = \"ours\"\nkind = \"addresses\"\npath = \"ours.txt\"\n\
         [[rules.lists]]\nname = \"theirs\"\nkind = \"addresses\"\nurl = \"{}\"\nrefresh = \"2s\"\n",
        server.url
    );
    let rules = "[rules]\nexception_files = [\"exceptions.yaml\"]\n";
    sandbox.write("daemon.toml", config(&format!("{WEB}{ONLY}{rules}{lists}"), "told"));
    lay(&sandbox, &[from("203.0.113.6", now - 8.minutes())]);
    let mut daemon = Daemon::start(&sandbox, "daemon.toml");
    wait_for("the first pass", || (daemon.get("/ready", "").0 == 200).then_some(()));

    // What has changed counts for what comes then, and nothing is begun anew for it.
    sandbox.write("ours.txt", "203.0.113.6\n203.0.113.8\n");
    wait_for("the list", || daemon.log().contains("list=\"ours\" entries=2").then_some(()));
    server.answers(200, "198.51.100.9");
    wait_for("the other list", || daemon.log().contains("list=\"theirs\" entries=1").then_some(()));
    lay(&sandbox, &[from("203.0.113.8", now - 7.minutes()), from("198.51.100.9", now - 7.minutes())]);
    wait_for("a finding by a file", || has(&sandbox, "told", "on the list ours").then_some(()));
    wait_for("a finding by a URL", || has(&sandbox, "told", "on the list theirs").then_some(()));
    assert!(!has(&sandbox, "told", "203.0.113.6"), "what came before the entry");
    let reloads = |daemon: &Daemon| metric(daemon, "trailwarden_reloads_total", "outcome=\"taken\"");
    assert_eq!(reloads(&daemon), 0.0);

    // One that cannot be had goes on as it was, and `status` says so, as it does of the exception that is over.
    server.answers(503, "");
    std::fs::remove_file(sandbox.path("ours.txt")).expect("it is there");
    let status = wait_for("the fault", || {
        let status = sandbox.run(&["status", "--config", "daemon.toml"]).ok().stdout;
        (status.contains("cannot look at the list `ours`") && status.contains("it answers 503")).then_some(status)
    });
    assert!(status.contains("fault: part: lists since "), "{status}");
    assert!(
        status.contains("exception: old held until 2020-01-31, and suppresses nothing new (ask anna@example.com)"),
        "{status}"
    );
    let summary = sandbox.run(&["status", "--config", "daemon.toml", "--json"]).ok().lines().pop().expect("a summary");
    let expired = json!([{"name": "old", "until": "2020-01-31", "owner": "anna@example.com"}]);
    assert_eq!(summary["summary"]["expired_exceptions"], expired);
    sandbox.write("ours.txt", "203.0.113.8\n");
    server.answers(200, "198.51.100.9");
    wait_for("the fault to end", || {
        let status = sandbox.run(&["status", "--config", "daemon.toml"]).ok().stdout;
        (!status.contains("fault: part: lists")).then_some(())
    });

    // A file of exceptions is taken as rules are.
    let covering = "exceptions:\n  - {name: scanner, who: {address: 203.0.113.8}, until: never, why: it is ours}\n";
    sandbox.write("exceptions.yaml", covering);
    wait_for("the exception", || (reloads(&daemon) >= 1.0).then_some(()));
    lay(&sandbox, &[from("203.0.113.8", now - 6.minutes())]);
    let covered = "SELECT count(*) FROM findings WHERE details LIKE '%\"suppressed_by\":\"scanner\"%'";
    wait_for("a finding that is covered", || (sandbox.value(&Over::lake("lake"), covered) == 1).then_some(()));
    assert!(daemon.runs());
    assert!(!daemon.log().contains("hidden"), "{}", daemon.log());
}
