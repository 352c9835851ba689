//! Explanations of built-in rules, and that they say what the detector does.

use serde_json::{Map, json};
use trail_query::Library;

use super::*;

fn events(short: Value) -> Vec<RecordBatch> {
    let short: Vec<Map<String, Value>> = serde_json::from_value(short).unwrap();
    let records = trail_query::case_events(&short).unwrap();
    let text = json!({ "Records": records }).to_string();
    trail_event::Decoder::new(trail_event::Limits::default(), false).decode("t", 0, text.as_bytes()).batches
}

fn id(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

fn rules() -> Rules {
    Rules::load(&Library::embedded().unwrap()).unwrap()
}

async fn told(rule: &str, events: &[RecordBatch], settings: Settings) -> Explanation {
    explain(&rules(), rule, settings, events, &id(0), None).await.unwrap()
}

/// The first test whose SQL has a text.
fn test<'a>(node: &'a Node, text: &str) -> Option<&'a Node> {
    let own = node.sql.as_ref().is_some_and(|sql| sql.contains(text)).then_some(node);
    own.or_else(|| node.parts.iter().find_map(|part| test(part, text)))
}

#[tokio::test]
async fn parts_say_what_they_read() {
    let by = |who: &str| {
        events(json!([{"event": "signin:ConsoleLogin", "as": who, "response": {"ConsoleLogin": "Success"}}]))
    };
    let root = told("root/root-console-login", &by("root"), Settings::default()).await;
    assert_eq!((root.matches, root.findings.len(), root.rule.as_str()), (Some(true), 1, "root-console-login"));
    let alice = told("root-console-login", &by("user/alice"), Settings::default()).await;
    assert_eq!((alice.matches, alice.findings.len()), (Some(false), 0));
    let condition = alice.condition.unwrap();
    let part = test(&condition, "'Root'").unwrap();
    assert_eq!(part.sql.as_deref(), Some("useridentity.type = 'Root'"));
    assert_eq!((part.value, &part.reads["useridentity.type"]), (Some(false), &json!("IAMUser")));
    assert_eq!(test(&condition, "ConsoleLogin").unwrap().value, Some(true));
}

#[tokio::test]
async fn numbers_stand_beside_thresholds() {
    let denied =
        json!([{"event": "s3:GetObject", "as": "user/alice", "error": "AccessDenied", "times": 30, "every": "10s"}]);
    let few = told("denied-retries", &events(denied), Settings::default()).await;
    assert_eq!((few.matches, few.findings.len()), (Some(true), 0));
    let [comparison] = &few.comparisons[..] else { panic!("{:?}", few.comparisons) };
    assert_eq!((comparison.groups, comparison.held), (1, 0));
    let reads = &comparison.nearest[0].reads;
    assert_eq!(reads.values().collect::<Vec<_>>(), [&json!(30)], "{comparison:?}");
    assert!(comparison.sql.ends_with(">= 50"), "{}", comparison.sql);

    let settings: Settings = serde_json::from_value(json!({"thresholds": {"sts/*": {"times": 20}}})).unwrap();
    let denied =
        json!([{"event": "s3:GetObject", "as": "user/alice", "error": "AccessDenied", "times": 30, "every": "10s"}]);
    let enough = told("denied-retries", &events(denied), settings).await;
    assert_eq!((enough.comparisons[0].held, enough.findings.len()), (1, 1));
}

#[tokio::test]
async fn what_is_excepted_says_so() {
    let settings: Settings = serde_json::from_value(json!({"exceptions": [
        {"name": "drill", "what": "root/*", "who": {"address": "198.51.100.0/24"}, "until": "never", "why": "a drill"}
    ]}))
    .unwrap();
    let login =
        events(json!([{"event": "signin:ConsoleLogin", "as": "root", "response": {"ConsoleLogin": "Success"}}]));
    let told = told("root-console-login", &login, settings).await;
    assert_eq!(told.findings[0].suppressed_by(), Some("drill"));
}

#[tokio::test]
async fn sigma_rules_are_explained() {
    let folder = tempfile::tempdir().unwrap();
    let rule = "title: t\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n  sel: {eventName: createuser}\n  \
                no: {userIdentity.userName|startswith: ali}\n  condition: sel and not no\n";
    std::fs::write(folder.path().join("made.yml"), rule).unwrap();
    let mut rules = Rules::default();
    let sigma = crate::Sigma::load(&[folder.path().to_owned()], &BTreeMap::new()).unwrap();
    sigma.rules.into_iter().for_each(|rule| rules.insert(rule).unwrap());
    let made = events(json!([{"event": "iam:CreateUser", "as": "user/alice"}]));
    let told = explain(&rules, "sigma/made.yml", Settings::default(), &made, &id(0), None).await.unwrap();
    assert_eq!(told.matches, Some(false));
    let condition = told.condition.unwrap();
    assert_eq!(test(&condition, "eventname: createuser").unwrap().value, Some(true));
    assert_eq!(test(&condition, "useridentity.username: ali*").unwrap().value, Some(true));
}

#[tokio::test]
async fn what_is_not_there_is_named() {
    let login = events(json!([{"event": "signin:ConsoleLogin", "as": "root"}]));
    for (rule, event, expected) in [("nothing", id(0), "`nothing`"), ("root-activity", id(7), "there is no event")] {
        let error = explain(&rules(), rule, Settings::default(), &login, &event, None).await.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

/// The tree comes to the same as the detector, for events of every tenth rule's own cases.
#[tokio::test]
async fn the_tree_says_what_the_detector_does() {
    let rules = rules();
    let plain = |rule: &&Rule| rule.kind == Kind::Match && rule.enrich.is_none();
    let mut matched = [0, 0];
    for rule in rules.iter().filter(plain).step_by(10) {
        let cases: Value = yaml_serde::from_str(rule.cases.as_ref().unwrap()).unwrap();
        let settings: Settings =
            serde_json::from_value(cases.get("settings").cloned().unwrap_or_else(|| json!({}))).unwrap();
        for case in
            ["fires", "quiet"].iter().filter_map(|key| cases[key].get(0)).filter(|case| case.get("settings").is_none())
        {
            let events = events(case["events"].clone());
            let settings = Settings { group: false, ..settings.clone() };
            let told = explain(&rules, &rule.id, settings, &events, &id(0), None).await.unwrap();
            let found = told.findings.iter().any(|finding| finding.event_ids.contains(&id(0)));
            assert_eq!(told.matches == Some(true), found, "{}: {told:?}", rule.id);
            matched[usize::from(found)] += 1;
        }
    }
    assert!(matched.iter().all(|count| *count > 10), "{matched:?}");
}
