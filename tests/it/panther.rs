//! Panther's unit tests against our detections of the same topics.
//!
//! Where a test expects an alert, a detection with a topic of its rule must have a finding of the event, and where it expects
//! none, none must. What differs, and why, stands in `queries/detections/DIFFERENCES.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};
use trailwarden_tests::{Sandbox, corpus, facts};

const TOPICS: &str = include_str!("../../queries/detections/topics.yaml");
const DIFFERENCES: &str = include_str!("../../queries/detections/DIFFERENCES.md");
const QUERIES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../queries/");
/// So much of a hundred tests must come out as they expect.
const WANTED: usize = 95;

/// A unit test of a rule.
#[derive(Debug)]
struct Case {
    /// The rule's file, without its folder.
    file: String,
    name: String,
    topics: BTreeSet<u16>,
    expected: bool,
    /// Whether it replaces what the rule would ask of others.
    mocks: bool,
    id: String,
    event: Value,
}

/// A detection as `rules list` tells it.
struct Detection {
    topics: BTreeSet<u16>,
    /// Whether it looks at nothing but the event.
    plain: bool,
}

#[derive(Deserialize)]
struct Catalogue {
    topics: BTreeMap<u16, Topic>,
}

#[derive(Deserialize)]
struct Topic {
    #[serde(default)]
    must: bool,
}

/// The topics of each of Panther's rule files, of those that the catalogue must cover.
fn topics(list: &Path) -> BTreeMap<String, BTreeSet<u16>> {
    let catalogue: Catalogue = yaml_serde::from_str(TOPICS).expect("the list of topics");
    let mut by_file: BTreeMap<String, BTreeSet<u16>> = BTreeMap::new();
    let mut rows = csv::Reader::from_path(list).expect("a readable list");
    let header = rows.headers().expect("a header").clone();
    let at = |name: &str| header.iter().position(|column| column == name).expect("a column");
    for row in rows.records().map(|row| row.expect("a row")) {
        let number = row[at("nr")].parse().expect("a number");
        if !catalogue.topics.get(&number).is_some_and(|topic| topic.must) {
            continue;
        }
        for file in row[at("panther")].split(';').map(str::trim).filter(|file| !file.is_empty()) {
            by_file.entry(base(file)).or_default().insert(number);
        }
    }
    by_file
}

fn base(file: &str) -> String {
    file.rsplit('/').next().unwrap_or(file).to_owned()
}

/// The tests of these rule files, each event with an id of its own.
fn cases(file: &Path, topics: &BTreeMap<String, BTreeSet<u16>>) -> Vec<Case> {
    let text = std::fs::read_to_string(file).expect("the corpus has it");
    let mut cases = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let mut test: Value = serde_json::from_str(line).expect("a line is JSON");
        let rule = base(test["rule_file"].as_str().expect("a rule's file"));
        let Some(topics) = topics.get(&rule) else { continue };
        let id = format!("test-{number}");
        let mut event = test["event"].take();
        // However they spell it: a key that stands twice is a reject.
        event.as_object_mut().expect("an event").retain(|key, _| !key.eq_ignore_ascii_case("eventid"));
        event["eventID"] = json!(id);
        cases.push(Case {
            file: rule,
            name: test["test_name"].as_str().expect("a name").to_owned(),
            topics: topics.clone(),
            expected: test["expected"].as_bool().expect("an expectation"),
            mocks: test["has_mocks"].as_bool().expect("a flag"),
            id,
            event,
        });
    }
    cases
}

fn detections(sandbox: &Sandbox) -> BTreeMap<String, Detection> {
    let detection = |rule: Value| {
        let file = rule["file"].as_str().expect("a file");
        let sql = std::fs::read_to_string(Path::new(QUERIES).join(file)).expect("a file of ours");
        // What is compared with the policy before it depends on the other events.
        let plain = rule["kind"] == "match" && !sql.contains("-- enrich: trust");
        let topics = serde_json::from_value(rule["topics"].clone()).expect("numbers");
        (rule["id"].as_str().expect("an id").to_owned(), Detection { topics, plain })
    };
    sandbox.run(&["rules", "list", "--json"]).ok().lines().into_iter().map(detection).collect()
}

/// The detections that have a finding of each event.
fn scan(sandbox: &Sandbox, only: &[&str], events: &[&Value]) -> BTreeMap<String, BTreeSet<String>> {
    let file = sandbox.write("events.json", json!({ "Records": events }).to_string());
    let only = only.iter().flat_map(|name| ["--only", name]);
    let args: Vec<&str> = only.chain(["--no-group", file.to_str().expect("a UTF-8 path")]).collect();
    let (findings, summary) = sandbox.scan(&args);
    assert_eq!((&summary["rejects"], &summary["events"]), (&json!(0), &json!(events.len())), "{summary}");
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for finding in findings {
        let detection = finding["detection"].as_str().expect("a detection");
        for id in finding["event_ids"].as_array().expect("ids") {
            found.entry(id.as_str().expect("an id").to_owned()).or_default().insert(detection.to_owned());
        }
    }
    found
}

/// The lines of DIFFERENCES.md that name tests: a rule's file, and beside it the names of its tests.
fn named() -> BTreeSet<(String, String)> {
    let mut named = BTreeSet::new();
    for line in DIFFERENCES.lines().filter(|line| line.contains(".yml`:")) {
        let cell = line.split('|').find(|cell| cell.contains(".yml`:")).expect("it is in a cell");
        let mut words = cell.split('`').skip(1).step_by(2);
        let file = words.next().expect("a file").to_owned();
        named.extend(words.map(|test| (file.clone(), test.to_owned())));
    }
    named
}

#[test]
fn detections_agree_with_panthers_tests() {
    let (Some(corpus), Some(facts)) = (corpus(), facts()) else { return };
    let cases = cases(&corpus.join("panther-tests/tests.jsonl"), &topics(&facts.join("detection_topics.csv")));
    let sandbox = Sandbox::new();
    let detections = detections(&sandbox);
    let together = scan(&sandbox, &[], &cases.iter().map(|case| &case.event).collect::<Vec<_>>());

    let (mut named, mut tests, mut right, mut told) = (named(), 0, 0, Vec::new());
    for case in &cases {
        let of_topic = |name: &&str| detections[*name].topics.intersection(&case.topics).next().is_some();
        let by = |found: &BTreeMap<String, BTreeSet<String>>| -> Vec<String> {
            let names = found.get(&case.id).into_iter().flatten();
            names.filter(|name| of_topic(&name.as_str())).cloned().collect()
        };
        let mut fired = by(&together);
        let asked: Vec<&str> = detections.keys().map(String::as_str).filter(of_topic).collect();
        // Windows and baselines also see the other tests' events. Where they decided, or could have, the event is looked at alone.
        let beyond = |name: &&str| !detections[*name].plain;
        let decided = fired.iter().all(|name| beyond(&name.as_str()));
        if decided && asked.iter().any(beyond) && (case.expected || !fired.is_empty()) {
            fired = by(&scan(&sandbox, &asked, &[&case.event]));
        }
        let agrees = case.expected != fired.is_empty();
        if !case.mocks {
            tests += 1;
            right += usize::from(agrees);
        }
        let says = match (named.remove(&(case.file.clone(), case.name.clone())), agrees) {
            (true, true) => "agrees, and is named",
            (false, false) => "differs, and is not named",
            _ => continue,
        };
        told.push(format!("{says}: `{}`: `{}` expects {}, found {fired:?}", case.file, case.name, case.expected));
    }
    // Of a rule that has no tests here, as in another corpus, nothing differs.
    let present: BTreeSet<&String> = cases.iter().map(|case| &case.file).collect();
    let gone = named.iter().filter(|(file, _)| present.contains(file));
    told.extend(gone.map(|(file, test)| format!("named, and there is no such test: `{file}`: `{test}`")));
    assert!(tests > 150, "only {tests} tests of topics that must be covered");
    assert!(right * 100 >= tests * WANTED, "{right} of {tests}:\n{}", told.join("\n"));
    assert!(told.is_empty(), "{right} of {tests} agree; DIFFERENCES.md:\n{}", told.join("\n"));
}
