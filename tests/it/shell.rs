//! The shell as a person has it: a terminal, Tab, Ctrl-C, the history and the pager. Scripts on standard input are in `tests/cli/shell.yaml`.

use std::os::unix::fs::PermissionsExt as _;

use trailwarden_tests::Key::{See, Type};
use trailwarden_tests::{Key, Sandbox, Terminal};

const PROMPT: Key<'static> = See("trailwarden> ");

/// A hostile name of an event, which would clear the screen.
const LOG: &str = r#"{"Records":[
    {"eventID":"1","recipientAccountId":"111122223333","eventTime":"2026-03-01T10:00:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/ann","accessKeyId":"AKIAANN"},"sourceIPAddress":"198.51.100.7"},
    {"eventID":"2","recipientAccountId":"111122223333","eventTime":"2026-03-01T10:00:01Z","eventSource":"s3.amazonaws.com","eventName":"\u001b[2JGone","userAgent":"\u001b]0;pwned\u0007","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/eve"}}
]}"#;

fn lake() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("logs/one.json", LOG);
    sandbox.ingest("lake", "logs");
    sandbox
}

#[test]
fn tab_completes_what_there_is() {
    let sandbox = lake();
    let terminal = Terminal::new(&sandbox, &[("PAGER", "cat")]);
    let keys = [
        PROMPT,
        Type("SEL\t count(*) AS n FROM cloudt\t;\r"),
        See("SELECT count(*) AS n FROM cloudtrail"),
        See("1 row"),
        PROMPT,
        Type("SELECT 'it is ' || userId\tsessionco\tatt\tmfa\t AS m FROM cloudtrail LIMIT 0;\r"),
        See("useridentity.sessioncontext.attributes.mfaauthenticated"),
        See("0 rows"),
        PROMPT,
        // Values are asked for in the background, which Tab waits for, but not for ever.
        Type("SELECT eventid AS found FROM cloudtrail WHERE eventname = 'Get\t\t\t\t';\r"),
        See("'GetObject"),
        See("found"),
        See("1 row"),
        PROMPT,
        Type("\\investigate keys/who-u\t key=AKIAANN from=2026-03-01 to=2026-03-01\r"),
        See("198.51.100.7"),
        PROMPT,
        Type("\\q\r"),
    ];
    terminal.run(&["shell", "--lake", "lake", "--no-history"], &keys);
    assert!(!sandbox.path(".local").exists(), "no history was asked for");
}

#[test]
fn control_c_stops_what_runs_and_control_d_leaves() {
    let sandbox = lake();
    let keys = [
        PROMPT,
        Type(
            "SELECT count(*) FROM generate_series(1, 90000) a, generate_series(1, 90000) b, generate_series(1, 90000) c;\r",
        ),
        See(" c;"),
        // The end of the line is written when the editor has let go of the terminal: Ctrl-C is a signal then.
        See("\n"),
        Type("\x03"),
        See("error: cancelled"),
        PROMPT,
        Type("half a statement\x03"),
        PROMPT,
        Type("SELECT 40 + 2 AS answer;\r"),
        See("42"),
        See("1 row"),
        PROMPT,
        Type("SELECT nothing;\r"),
        See("error: "),
        PROMPT,
        Type("\\investigate keys/key-actions\r"),
        See("key (The access key's id"),
        Type("AKIAANN\r"),
        See("from ("),
        Type("\r"),
        See("to ("),
        Type("\r"),
        See("GetObject"),
        PROMPT,
        Type("\x04"),
    ];
    let started = std::time::Instant::now();
    Terminal::new(&sandbox, &[("PAGER", "cat")]).run(&["shell", "--lake", "lake", "--no-history"], &keys);
    assert!(started.elapsed().as_secs() < 60, "what was cancelled went on for {:?}", started.elapsed());
}

#[test]
fn the_history_is_kept_and_is_its_owners() {
    let sandbox = lake();
    let state = sandbox.place("state");
    let environment = [("XDG_STATE_HOME", state.as_str())];
    let terminal = Terminal::new(&sandbox, &environment);
    let keys = [
        PROMPT,
        Type("SELECT\r 41 + 1\r AS kept;\r"),
        See("42"),
        PROMPT,
        Type(" SELECT 'secret';\r"),
        See("1 row"),
        PROMPT,
        Type("\x04"),
    ];
    terminal.run(&["shell", "--lake", "lake"], &keys);
    let again = [PROMPT, Type("\x1b[A\r"), See("kept"), See("42"), PROMPT, Type("\x04")];
    terminal.run(&["shell", "--lake", "lake"], &again);
    let file = sandbox.path("state/trailwarden/history");
    let history = std::fs::read_to_string(&file).expect("a history");
    assert!(history.contains("AS kept") && !history.contains("secret"), "{history}");
    let mode = |path: &std::path::Path| std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!((mode(&file), mode(file.parent().expect("a folder"))), (0o600, 0o700));
}

#[test]
fn what_is_larger_than_the_screen_goes_to_the_pager_and_nothing_hostile_to_the_screen() {
    let sandbox = lake();
    let environment = [("PAGER", "sed 's/^/paged /'")];
    let terminal = Terminal::new(&sandbox, &environment);
    let keys = [
        PROMPT,
        Type("SELECT 'small' AS size;\r"),
        See("\n small"),
        PROMPT,
        Type("SELECT value AS size FROM generate_series(1, 40);\r"),
        See("paged "),
        See("40"),
        See("40 rows"),
        PROMPT,
        Type("\\x\r"),
        PROMPT,
        Type("SELECT eventname, useragent FROM cloudtrail ORDER BY eventid;\r"),
        See("row 2"),
        See("\\u{1b}[2JGone"),
        PROMPT,
        Type("\\o csv\r"),
        PROMPT,
        Type("SELECT eventname, useragent FROM cloudtrail ORDER BY eventid;\r"),
        See("\\u{1b}[2JGone"),
        PROMPT,
        Type("\\q\r"),
    ];
    let seen = terminal.run(&["shell", "--lake", "lake", "--no-history"], &keys);
    assert!(!seen.contains("\x1b[2J") && !seen.contains("\x1b]0;"), "{seen:?}");
}
