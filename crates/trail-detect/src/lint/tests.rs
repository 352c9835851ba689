//! What lint says of the catalogue, and of rules with one mistake each.

use super::*;

/// The catalogue is clean but for what its rules accept, with a reason each.
#[tokio::test]
async fn the_catalogue_is_clean() {
    let remarks = lint(&Library::embedded().unwrap(), &Sigma::default(), |_| true).await.unwrap();
    let told: Vec<String> =
        remarks.iter().map(|one| format!("{}:{}: {}: {}", one.file, one.line, one.check, one.message)).collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
}

const HEAD: &str = "-- title: t {principal}\n-- kind: match\n-- severity: low\n-- topics: []\n-- why: w\n-- do: d\n-- false_positives: f\n";
const CASES: &str = "fires:\n  - name: a\nquiet:\n  - name: b\n  - name: c\n";

/// The remarks on a rule that is made of these lines: `line: check: message`.
async fn remarks(head: &str, sql: &str, cases: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let rule = folder.path().join("detections/x/mine");
    std::fs::create_dir_all(&rule).unwrap();
    std::fs::write(rule.join("detect.sql"), format!("{head}{sql}\n")).unwrap();
    if !cases.is_empty() {
        std::fs::write(rule.join("cases.yaml"), cases).unwrap();
    }
    let library = Library::embedded().unwrap().with_folder(folder.path()).unwrap();
    let remarks = lint(&library, &Sigma::default(), |rule| rule.id == "mine").await.unwrap();
    remarks.into_iter().map(|one| format!("{}: {}: {}", one.line, one.check, one.message)).collect()
}

#[track_caller]
fn check(sql: &str, expected: &[&str]) {
    let found = tokio::runtime::Runtime::new().unwrap().block_on(remarks(HEAD, sql, CASES));
    assert_eq!(found.len(), expected.len(), "{sql}: {found:?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.contains(expected), "{sql}: `{expected}` is not in {found:?}");
    }
}

#[test]
fn names_that_no_event_bears() {
    check("SELECT 1 AS n FROM cloudtrail WHERE eventsource = 'iam.amazonaws.com' AND eventname = 'CreateUser'", &[]);
    check(
        "SELECT 1 AS n\nFROM cloudtrail\nWHERE eventsource = 'iam.amazonaws.com'\n  AND eventname IN ('CreateUser', 'PassRole')",
        &["11: event-name: no event is called `PassRole`: PassRole is a permission"],
    );
    check(
        "SELECT 1 AS n FROM cloudtrail WHERE eventname = 'createAccessKey'",
        &["8: event-name: CloudTrail writes `CreateAccessKey`"],
    );
    check(
        "SELECT 1 AS n FROM cloudtrail WHERE eventsource = 's3.amazonaws.com' AND eventname IN ('ConsoleLogin', 'ListAllMyBuckets')",
        &[
            "`ConsoleLogin` comes from `signin.amazonaws.com` alone, and is asked of `s3",
            "no event is called `ListAllMyBuckets`",
        ],
    );
    // A service may call its own by a name that is a permission elsewhere.
    check(
        "SELECT 1 AS n FROM cloudtrail WHERE eventsource = 'apprunner.amazonaws.com' AND eventname = 'CreateFunction'",
        &[],
    );
    // Each alternative has its own sources.
    check(
        "SELECT 1 AS n FROM cloudtrail WHERE errorcode IS NULL AND (eventsource = 'sts.amazonaws.com' AND eventname = 'AssumeRole' \
         OR eventsource = 'signin.amazonaws.com' AND eventname = 'ConsoleLogin')",
        &[],
    );
    // A name that nobody here has heard of may be that of a new service.
    check("SELECT 1 AS n FROM cloudtrail WHERE eventsource = 'new.amazonaws.com' AND eventname = 'DoSomething'", &[]);
    check(
        "SELECT 1 AS n FROM cloudtrail WHERE eventsource IN ('cloudwatch.amazonaws.com', 'IAM.amazonaws.com', 'sts') AND eventname = 'X'",
        &[
            "`sts` is no source: write `sts.amazonaws.com`",
            "write `monitoring.amazonaws.com`",
            "sources are in lower case",
        ],
    );
}

#[test]
fn fields_and_cost() {
    check("SELECT 1 AS n\nFROM cloudtrail\nWHERE eventname = 'X' AND useridentity.nickname = 'bob'", &["10: sql: "]);
    check("SELECT 1 AS n FROM cloudtrail WHERE eventname = 'X' AND evntname = 'Y'", &["8: sql: "]);
    check("SELECT 1 AS n FROM cloudtrail WHERE eventname LIKE 'Put%'", &["8: cost: it names neither"]);
    check("SELECT 1 AS n FROM cloudtrail WHERE eventname = 'X' OR denied", &["8: cost: it names neither"]);
    check("SELECT $much AS n FROM cloudtrail WHERE eventname = 'X'", &["threshold: the SQL names `$much`"]);
}

#[tokio::test]
async fn heads_and_cases() {
    let sql = "SELECT 1 AS n FROM cloudtrail WHERE eventname = 'X'";
    let with = |extra: &str| {
        format!("{HEAD}{extra}")
            .replace("-- topics: []\n", if extra.contains("topics") { "" } else { "-- topics: []\n" })
    };
    let wanted = [
        ("-- topics: [1, 1, 9999]\n", "8: topics: the topic 1 is there twice"),
        ("-- mitre: [T1078.4]\n", "8: mitre: `T1078.4` is no technique"),
        ("-- cis: [\"5.1\"]\n", "8: cis: there is no CIS item `5.1`"),
        ("-- threshold: {often: 5}\n", "8: threshold: the SQL does not name `$often`"),
        ("-- group_by: [nobody]\n", "8: column: it groups by `nobody`"),
        ("-- accept: {cost: it is cheap}\n", "8: accept: it accepts `cost`"),
        ("-- severty: low\n", "8: head: unknown field `severty`"),
    ];
    for (extra, expected) in wanted {
        let found = remarks(&with(extra), sql, CASES).await;
        let line = found.first().cloned().unwrap_or_default();
        let (number, rest) = expected.split_once(": ").unwrap();
        // Without the line of topics the others are one line higher.
        let number = if extra.contains("topics") { "7" } else { number };
        assert!(line.starts_with(&format!("{number}: {rest}")), "{extra}: {found:?}");
    }
    let found = remarks(&HEAD.replace("t {principal}", "'{who} did'"), sql, CASES).await;
    assert!(found[0].starts_with("1: column: the title names `who`"), "{found:?}");
    assert!(remarks(HEAD, sql, "").await[0].contains("there are no cases"));
    let found = remarks(HEAD, sql, "fires: []\nquiet:\n  - name: a\n").await;
    assert!(found[0].contains("fewer than 2 cases") && found[1].contains("no case under `fires`"), "{found:?}");
    let accepted = with("-- accept: {cost: it looks at everything on purpose}\n");
    assert_eq!(remarks(&accepted, "SELECT 1 AS n FROM cloudtrail WHERE denied", CASES).await, Vec::<String>::new());
}

#[tokio::test]
async fn windows_have_an_end() {
    let head = HEAD.replace("kind: match", "kind: window\n-- window: 1d\n-- every: 5m");
    let sql = "SELECT principal, count(*) AS count FROM cloudtrail WHERE eventname = 'X' GROUP BY principal";
    let found = remarks(&head, sql, CASES).await;
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("4: window: each event is in 288 windows"), "{found:?}");
    assert!(found[1].contains("does not group by `_window`"), "{found:?}");
}

#[tokio::test]
async fn settings_that_say_nothing() {
    let rules = Rules::load(&Library::embedded().unwrap()).unwrap();
    let check = |text: &'static str| {
        let rules = &rules;
        async move {
            let settings: Settings = yaml_serde::from_str(text).unwrap();
            let remarks = lint_settings("t.toml", &settings, rules, jiff::civil::date(2026, 3, 2)).await.unwrap();
            remarks.into_iter().map(|one| format!("{}: {}", one.check, one.message)).collect::<Vec<_>>().join("\n")
        }
    };
    assert_eq!(
        check("{disabled: [root/*], severity: {denied-spike: low}, thresholds: {denied-spike: {denials: 20}}}").await,
        ""
    );
    assert!(check("{disabled: [rot-activity]}").await.contains("`disabled` names `rot-activity`"));
    assert!(check("{severity: {x: low}}").await.contains("`severity` names `x`"));
    assert!(
        check("{thresholds: {denied-spike: {denial: 20}}}").await.contains("`denied-spike` has no threshold `denial`")
    );
    let exception = |rest: &str| -> &'static str { format!("{{exceptions: [{{name: x, why: y, {rest}}}]}}").leak() };
    assert_eq!(check(exception("until: '2026-03-02', who: {principal: a, address: 10.0.0.0/8}")).await, "");
    assert!(check(exception("until: '2026-03-01', who: {principal: a}")).await.contains("held until 2026-03-01"));
    assert!(check(exception("until: never, what: nothing-such")).await.contains("`nothing-such`, and no detection"));
    assert!(
        check(exception("until: never, what: root-activity, who: {colour: red}")).await.contains("asks for `colour`")
    );
}
