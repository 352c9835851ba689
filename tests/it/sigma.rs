//! Sigma rules through the binary: what the public rules match in real logs, and random rules against another engine.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Map, Value, json};
use trailwarden_tests::{Sandbox, corpus, setting};

/// The Sigma findings over some logs, one an event: by rule file the events' ids.
fn matches(sandbox: &Sandbox, rules: &str, logs: &str) -> BTreeMap<String, Vec<String>> {
    let (findings, _) = sandbox.scan(&["--sigma", rules, "--only", "sigma/*", "--no-group", logs]);
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for finding in findings {
        let file = finding["detection"].as_str().and_then(|name| name.strip_prefix("sigma/")).expect("a Sigma rule");
        assert_eq!(
            (&finding["count"], finding["event_ids"].as_array().map(Vec::len)),
            (&json!(1), Some(1)),
            "{finding}"
        );
        let id = finding["event_ids"][0].as_str().expect("an id");
        found.entry(file.to_owned()).or_default().push(id.to_owned());
    }
    found
}

/// The events of a data set of the corpus, each with an id of its own, so that none counts as another's repeat.
fn events(folder: &Path) -> Vec<Value> {
    let mut files: Vec<_> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    let mut events = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("text");
        if file.extension().is_some_and(|kind| kind == "jsonl") {
            let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
            events.extend(lines.map(|mut line| line["event"].take()));
        } else if let Ok(Value::Array(array)) = serde_json::from_str(&text) {
            events.extend(array);
        }
    }
    for (number, event) in events.iter_mut().enumerate() {
        event["eventID"] = json!(format!("00000000-0000-4000-8000-{number:012}"));
    }
    events
}

#[test]
fn the_public_rules_match_what_they_should() {
    let Some(corpus) = corpus() else { return };
    let sandbox = Sandbox::new();
    let rules = corpus.join("sigma-rules");
    let rules = rules.to_str().expect("a UTF-8 path");
    let expected: Value =
        serde_json::from_slice(&fs::read(corpus.join("sigma_expected.json")).expect("a file")).expect("JSON");
    let imported = sandbox.run(&["rules", "import", "--json", rules]).ok().lines();
    assert_eq!(imported.last().expect("a summary")["summary"], json!({"translated": 57, "not_translated": 0}));

    for set in ["sans504-s3-ransomware", "stratus-detonation-logs", "panther-tests", "traildiscover"] {
        let name = format!("given/{set}");
        let folder = corpus.join(set);
        // The SANS logs name events more than once; a scan counts each once.
        let (logs, counts) = if set == "sans504-s3-ransomware" {
            (folder.to_str().expect("a UTF-8 path").to_owned(), "matches_distinct_event_id")
        } else {
            let events = events(&folder);
            assert_eq!(expected["events"][&name], events.len());
            let file = sandbox.write(&format!("{set}.json"), json!({ "Records": events }).to_string());
            (file.to_str().expect("a UTF-8 path").to_owned(), "matches")
        };
        let found = matches(&sandbox, rules, &logs);
        for (file, rule) in expected["rules"].as_object().expect("rules") {
            let ids = found.get(file).map(Vec::as_slice).unwrap_or_default();
            assert_eq!(rule[counts][&name].as_u64().unwrap_or_default(), ids.len() as u64, "{file} on {set}");
            if counts == "matches_distinct_event_id" {
                let first = rule["first_event_ids"][&name].as_array().map(Vec::as_slice).unwrap_or_default();
                assert!(
                    first.iter().all(|id| ids.iter().any(|found| id == found)),
                    "{file} on {set}: {first:?} {ids:?}"
                );
            }
        }
    }
}

const WORDS: [&str; 12] =
    ["alpha", "Beta", "GAMMA", "al", "ph", "a.b", "x-y", "Ärger", "10.1.2.3", "true", "alpha beta", "no"];

/// Rules and events of few words, so that they meet.
struct Maker(StdRng);

impl Maker {
    fn one<'w>(&mut self, words: &[&'w str]) -> &'w str {
        words.choose(&mut self.0).expect("words")
    }

    fn word(&mut self) -> String {
        let word = self.one(&WORDS).to_owned();
        match self.0.random_range(0..8) {
            0 => word.to_uppercase(),
            1 => format!("{word}{}", self.one(&WORDS)),
            _ => word,
        }
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.0.random_range(0..100) < percent
    }

    /// A number, a text, a boolean, now and then a list of them.
    fn value(&mut self) -> Value {
        match self.0.random_range(0..10) {
            0 => json!(self.0.random_range(0..20)),
            1 => json!(f64::from(self.0.random_range(0..20)) + 0.5),
            2 => json!(self.chance(50)),
            3 => json!([self.word(), self.word()]),
            4 => json!([self.0.random_range(0..20), self.word()]),
            5 => json!(self.0.random_range(0..20).to_string()),
            6 if self.chance(50) => json!(""),
            _ => json!(self.word()),
        }
    }

    fn event(&mut self, number: usize) -> Value {
        let hour = self.0.random_range(0..24);
        let mut parameters = Map::new();
        for name in ["p", "q", "r"] {
            if self.chance(70) {
                parameters.insert(name.to_owned(), if self.chance(10) { Value::Null } else { self.value() });
            }
        }
        parameters.insert("t".to_owned(), json!(self.word()));
        if self.chance(50) {
            let items: Vec<Value> =
                (0..self.0.random_range(0..3)).map(|_| json!({"key": self.value(), "other": 1})).collect();
            parameters.insert("list".to_owned(), json!(items));
        }
        let mut event = json!({
            "eventID": format!("e-{number}"), "eventName": self.word(), "eventSource": self.word(),
            "eventTime": format!("2026-03-{:02}T{hour:02}:30:00Z", self.0.random_range(1..28)),
            "userIdentity": {"type": self.word(), "userName": self.word()},
            "requestParameters": parameters, "recipientAccountId": "111122223333",
        });
        if self.chance(40) {
            event["readOnly"] = json!(self.chance(50));
        }
        if self.chance(30) {
            event["errorCode"] = json!(self.word());
        }
        if self.chance(30) {
            event["sourceIPAddress"] = json!(format!("10.{}.2.3", self.0.random_range(0..3)));
        }
        event
    }

    /// The key and the values of a line. What engines read differently on purpose is left out: wildcards beside `startswith`
    /// and `endswith`, null among other values or where `neq` or `fieldref` look, the last character of `base64offset`, dashes inside words.
    fn line(&mut self) -> (String, Value) {
        let text = ["eventName", "eventSource", "userIdentity.type", "userIdentity.userName", "requestParameters.t"];
        let any = ["requestParameters.p", "requestParameters.q", "requestParameters.list.key", "errorCode", "readOnly"];
        let field = if self.chance(50) { self.one(&text) } else { self.one(&any) };
        let wild = |maker: &mut Maker| {
            let word = maker.word();
            match maker.0.random_range(0..5) {
                0 => format!("*{word}"),
                1 => format!("{word}*"),
                2 => word.replacen('a', "?", 1),
                3 => word.replacen('e', "*", 1),
                _ => word,
            }
        };
        match self.0.random_range(0..16) {
            0 | 1 => (field.to_owned(), json!([self.word(), self.word()])),
            2 => (field.to_owned(), json!(wild(self))),
            3 => (format!("{field}|contains"), json!([wild(self), self.word()])),
            4 => (
                format!("{field}|{}", self.one(&["startswith", "endswith"])),
                json!([self.word(), self.one(&["a", "B", "x"])]),
            ),
            5 => (format!("{field}|contains|all"), json!([self.one(&["a", "al", "E"]), self.one(&["ph", "a", "t"])])),
            6 => (format!("{field}|cased|{}", self.one(&["contains", "startswith"])), json!(self.word())),
            7 => (
                format!("{field}|{}", self.one(&["re", "re|i"])),
                json!(self.one(&["^al", "a.?p", "[0-9]+$", "(?:beta|GAMMA)", "^$"])),
            ),
            8 => ("sourceIPAddress|cidr".to_owned(), json!(self.one(&["10.1.0.0/16", "10.0.0.0/15", "11.0.0.0/8"]))),
            9 => (format!("{field}|{}", self.one(&["lt", "lte", "gt", "gte"])), json!(self.0.random_range(0..20))),
            10 if self.chance(50) => (field.to_owned(), Value::Null),
            10 => (field.to_owned(), json!([self.0.random_range(0..20), self.chance(50)])),
            11 => (format!("{field}|exists"), json!(self.chance(50))),
            12 => (format!("{}|neq", self.one(&text)), json!([self.word(), self.word()])),
            13 => {
                let part = self.one(&["", "|contains", "|startswith", "|endswith"]);
                (format!("{}|fieldref{part}", self.one(&text)), json!(self.one(&text)))
            }
            14 => (format!("eventTime|{}", self.one(&["hour", "day", "week"])), json!([self.0.random_range(1..24), 9])),
            _ => (field.to_owned(), json!(self.one(&["true", "", "no", "10", "3.5"]))),
        }
    }

    fn selection(&mut self) -> Value {
        if self.chance(8) {
            return json!([self.one(&WORDS[..9]), "Ärg"]);
        }
        if self.chance(15) {
            return json!([self.map(), self.map()]);
        }
        self.map()
    }

    fn map(&mut self) -> Value {
        Value::Object((0..self.0.random_range(1..3)).map(|_| self.line()).collect())
    }

    fn rule(&mut self, number: usize) -> Value {
        let condition = self.one(&[
            "sel_a",
            "sel_a and sel_b",
            "sel_a or sel_b",
            "sel_a and not other",
            "not sel_a",
            "1 of sel_*",
            "all of sel_*",
            "1 of them",
            "all of them",
            "not 1 of sel_* or other",
            "not (sel_a and (sel_b or not other))",
        ]);
        json!({
            "title": format!("rule {number}"), "logsource": {"product": "aws", "service": "cloudtrail"},
            "detection": {"sel_a": self.selection(), "sel_b": self.selection(), "other": self.selection(), "condition": condition},
        })
    }
}

#[test]
fn random_rules_match_what_another_engine_says() {
    let mut differ = BTreeMap::new();
    for seed in 0..12_u64 {
        let mut maker = Maker(StdRng::seed_from_u64(seed));
        let sandbox = Sandbox::new();
        let mut rules = BTreeMap::new();
        for number in 0..60 {
            let rule = maker.rule(number).to_string();
            let name = format!("{number}.yml");
            // JSON is YAML.
            sandbox.write(&format!("rules/{name}"), &rule);
            rules.insert(name, rule);
        }
        let events: Vec<Value> = (0..80).map(|number| maker.event(number)).collect();
        let logs = sandbox.write("events.json", json!({ "Records": events }).to_string());
        let lines: String = events.iter().map(|event| format!("{event}\n")).collect();
        sandbox.write("events.ndjson", lines);

        let peer = Command::new(setting("TRAILWARDEN_TEST_RSIGMA"))
            .args([sandbox.place("rules"), sandbox.place("events.ndjson")])
            .output()
            .expect("the peer starts");
        assert!(peer.status.success(), "{}", String::from_utf8_lossy(&peer.stderr));
        let theirs: BTreeSet<(String, String)> = String::from_utf8(peer.stdout)
            .expect("text")
            .lines()
            .filter_map(|line| line.split_once('\t'))
            .map(|(file, id)| (file.to_owned(), id.to_owned()))
            .collect();
        let ours = matches(&sandbox, &sandbox.place("rules"), logs.to_str().expect("a UTF-8 path"));
        let ours: BTreeSet<(String, String)> =
            ours.into_iter().flat_map(|(file, ids)| ids.into_iter().map(move |id| (file.clone(), id))).collect();
        for of @ (file, id) in ours.symmetric_difference(&theirs) {
            let event = events.iter().find(|event| event["eventID"] == id.as_str()).expect("an event");
            let who = if ours.contains(of) { "ours" } else { "theirs" };
            differ
                .entry((seed, file.clone()))
                .or_insert_with(|| format!("seed {seed}, only {who} matches: {}\n  {event}", rules[file]));
        }
        assert!(theirs.len() > 100, "rules and events hardly meet: {}", theirs.len());
    }
    let differ: Vec<String> = differ.into_values().take(20).collect();
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}
