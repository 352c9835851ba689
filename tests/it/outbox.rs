//! What became of messages, as people ask for it: dead letters sent again, findings in the forms of others, a lost outbox made anew.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};
use trailwarden_tests::{Daemon, Sandbox, wait_for};

use crate::journey::{logging_is_stopped, root_signs_in};

/// A receiver of webhooks that can be made to refuse them for good.
struct Receiver {
    port: u16,
    refuses: Arc<AtomicBool>,
    /// The ids of all notices that it has taken.
    taken: Arc<Mutex<Vec<String>>>,
}

impl Receiver {
    fn start() -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("a port").port();
        let refuses = Arc::new(AtomicBool::new(true));
        let taken: Arc<Mutex<Vec<String>>> = Arc::default();
        let (no, ids) = (Arc::clone(&refuses), Arc::clone(&taken));
        std::thread::spawn(move || {
            while let Ok((mut stream, _)) = listener.accept() {
                let body = body(&mut BufReader::new(&mut stream));
                let refused = no.load(Ordering::Relaxed);
                if !refused {
                    let notices = body["notices"].as_array().expect("notices").clone();
                    let mut ids = ids.lock().expect("no panic");
                    ids.extend(notices.iter().map(|one| one["id"].as_str().expect("an id").to_owned()));
                }
                let status = if refused { "400 No" } else { "200 Yes" };
                let reply = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
                stream.write_all(reply.as_bytes()).expect("the client is there");
            }
        });
        Receiver { port, refuses, taken }
    }

    fn taken(&self) -> Vec<String> {
        let mut taken = self.taken.lock().expect("no panic").clone();
        taken.sort();
        taken
    }
}

fn body(reader: &mut impl BufRead) -> Value {
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a line");
        if let Some((name, value)) = line.trim_end().split_once(": ")
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.parse().expect("a length");
        }
        if line.trim_end().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    serde_json::from_slice(&body).expect("JSON")
}

#[test]
fn dead_letters_go_out_again_and_a_lost_outbox_tells_nothing_twice() {
    let (sandbox, receiver) = (Sandbox::new(), Receiver::start());
    let now = Timestamp::now();
    let records = json!({"Records": [root_signs_in(now - 7.minutes()), logging_is_stopped(now - 6.minutes())]});
    sandbox.write("logs/a.json", records.to_string());
    let config = format!(
        "lake = \"lake\"\n[[sources]]\nkind = \"folder\"\npath = \"logs\"\n[notify]\noutbox = \"outbox.sqlite\"\ngroup_window = \"0s\"\n\
         [notify.channels.hook]\nkind = \"webhook\"\nurl = \"http://127.0.0.1:{}/\"\n\
         [notify.channels.ocsf]\nkind = \"file\"\npath = \"ocsf.ndjson\"\nformat = \"ocsf\"\n\
         [notify.channels.asff]\nkind = \"file\"\npath = \"asff.ndjson\"\nformat = \"asff\"\n\
         [[notify.routes]]\ntags = {{ detection = \"root-console-login\" }}\nchannels = [\"ocsf\", \"asff\"]\n\
         [[notify.routes]]\ntags = {{ service = \"*\" }}\nchannels = [\"hook\"]\n",
        receiver.port
    );
    sandbox.write("trailwarden.toml", config);
    let outbox = |args: &[&str]| sandbox.run(&[&["outbox"], args].concat());
    assert!(outbox(&["list"]).ended(3).stderr.contains("No such file"));

    // Refused for good: dead letters, with the reason.
    sandbox.run(&["run", "--once", "--config", "trailwarden.toml"]);
    let dead = outbox(&["list", "--dead", "--json"]).ok().lines();
    assert!(dead.len() >= 2, "{dead:?}");
    for letter in &dead {
        assert_eq!(
            (&letter["channel"], &letter["state"], &letter["error"]),
            (&json!("hook"), &json!("dead"), &json!("it answers 400"))
        );
    }
    let text = outbox(&["list"]).ok().stdout;
    assert!(text.contains("it answers 400") && text.contains("no daemon delivers from this outbox now"), "{text}");
    assert!(outbox(&["resend", "nonsense"]).ended(2).stderr.contains("`nonsense` is no message that was given up"));
    assert!(receiver.taken().is_empty());

    // The same finding in the forms of others.
    for (file, key, want) in
        [("ocsf.ndjson", "class_uid", json!(2004)), ("asff.ndjson", "SchemaVersion", json!("2018-10-08"))]
    {
        let lines = std::fs::read_to_string(sandbox.path(file)).expect("a file");
        let line: Value = serde_json::from_str(lines.lines().next().expect("a line")).expect("JSON");
        assert_eq!((&line[key], lines.lines().count()), (&want, 1), "{line}");
    }

    // Sent again under the old ids, by a daemon that takes it up while it runs.
    receiver.refuses.store(false, Ordering::Relaxed);
    let daemon = Daemon::start(&sandbox, "trailwarden.toml");
    let said = outbox(&["resend", dead[0]["id"].as_str().expect("an id")]).ok().stdout;
    assert!(said.contains("1 messages go out again") && said.contains("a running daemon delivers"), "{said}");
    assert!(outbox(&["resend", "--all"]).ok().stdout.contains(&format!("{} messages", dead.len() - 1)));
    wait_for("the dead letters to go out", || outbox(&["list", "--json"]).ok().stdout.is_empty().then_some(()));
    assert!(daemon.stop().0.success());
    let told = receiver.taken();
    assert!(told.len() >= 2);
    let shown = outbox(&["show", &told[0], "--json"]).ok().lines();
    assert!(shown.iter().any(|one| one["channel"] == "hook" && one["state"] == "sent"), "{shown:?}");

    // Lost, and made anew from the lake. What is older than `--since` counts as told ...
    let lose = || {
        for file in ["outbox.sqlite", "outbox.sqlite-wal", "outbox.sqlite-shm"] {
            let _ = std::fs::remove_file(sandbox.path(file));
        }
    };
    lose();
    let later = (now + 1.hour()).to_string();
    let said = outbox(&["rebuild", "--since", &later]).ok().stdout;
    assert!(said.contains(": 0 go out") && said.contains("older ones count as told"), "{said}");
    sandbox.run(&["run", "--once", "--config", "trailwarden.toml"]).ok();
    assert_eq!(receiver.taken(), told);
    // ... and what is younger goes out again under its id, once.
    lose();
    let said = outbox(&["rebuild", "--since", "1h"]).ok().stdout;
    assert!(!said.contains(": 0 go out") && said.contains("0 older ones"), "{said}");
    assert!(outbox(&["rebuild", "--since", "1h"]).ok().stdout.contains(": 0 go out"));
    sandbox.run(&["run", "--once", "--config", "trailwarden.toml"]).ok();
    let mut twice = [told.clone(), told].concat();
    twice.sort();
    assert_eq!(receiver.taken(), twice);
}
