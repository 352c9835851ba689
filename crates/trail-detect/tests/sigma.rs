//! Sigma rules as users have them: what each construct matches, what cannot be translated, filters, correlations.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};
use trail_detect::{Detector, Fate, Finding, Rules, Settings, Sigma};
use trail_event::{Decoder, Limits};

#[derive(Deserialize)]
struct Case {
    detection: yaml_serde::Value,
    yes: Vec<Value>,
    no: Vec<Value>,
}

fn load(folder: &Path) -> Sigma {
    let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
    let placeholders =
        BTreeMap::from([("admins".to_owned(), words(&["root", "ops"])), ("stage".to_owned(), words(&["prod"]))]);
    Sigma::load(&[folder.to_owned()], &placeholders).unwrap()
}

/// The findings over some events, one an event where rules match single ones.
async fn findings(sigma: Sigma, events: &[Value]) -> Vec<Finding> {
    let mut rules = Rules::default();
    sigma.rules.into_iter().for_each(|rule| rules.insert(rule).unwrap());
    let mut detector = Detector::new(&rules, Settings { group: false, ..Settings::default() }).await.unwrap();
    let text = json!({ "Records": events }).to_string();
    let decoded = Decoder::new(Limits::default(), false).decode("events.json", 0, text.as_bytes());
    assert!(decoded.rejects.is_empty(), "{:?}", decoded.rejects);
    decoded.batches.iter().for_each(|batch| detector.observe(batch).unwrap());
    let outcome = detector.finish().await.unwrap();
    assert!(outcome.problems.is_empty(), "{:?}", outcome.problems);
    outcome.findings
}

fn write_rules(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

#[tokio::test]
async fn every_construct_matches_what_it_should() {
    let cases: Vec<Case> = yaml_serde::from_str(include_str!("sigma/cases.yaml")).unwrap();
    let mut files = Vec::new();
    let mut events = Vec::new();
    let mut expected = BTreeMap::new();
    for (number, case) in cases.iter().enumerate() {
        let rule = json!({"title": format!("case {number}"), "logsource": {"product": "aws", "service": "cloudtrail"}});
        let mut rule: yaml_serde::Value = yaml_serde::to_value(rule).unwrap();
        rule["detection"] = case.detection.clone();
        files.push((format!("{number}.yml"), yaml_serde::to_string(&rule).unwrap()));
        for (matches, event) in
            case.yes.iter().map(|event| (true, event)).chain(case.no.iter().map(|event| (false, event)))
        {
            let id = format!("{number}-{}", events.len());
            let mut event = event.clone();
            event["eventID"] = json!(id);
            expected.insert(id, (format!("sigma/{number}.yml"), matches, event.to_string()));
            events.push(event);
        }
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let folder = write_rules(&files);
    let sigma = load(folder.path());
    assert_eq!(
        sigma.refused().map(|(document, reason)| format!("{}: {reason}", document.title)).collect::<Vec<_>>(),
        [""; 0]
    );
    let found = findings(sigma, &events).await;
    let found: BTreeSet<(&str, &str)> =
        found.iter().map(|finding| (finding.event_ids[0].as_str(), finding.detection.as_str())).collect();
    let mut wrong = Vec::new();
    for (id, (rule, matches, event)) in &expected {
        if found.contains(&(id.as_str(), rule.as_str())) != *matches {
            let number: usize = id.split('-').next().unwrap().parse().unwrap();
            let detection = serde_json::to_string(&cases[number].detection).unwrap();
            wrong.push(format!("{detection} should{} match {event}", if *matches { "" } else { " not" }));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_cannot_be_translated_is_named() {
    let cases = [
        ("detection: {sel: {a|re: '(?=x)'}, condition: sel}", "does not run here"),
        ("detection: {sel: {a|cidr: 10.0.0.0/99}, condition: sel}", "`10.0.0.0/99` is no network"),
        ("detection: {sel: {a|re|contains: x}, condition: sel}", "say two things"),
        ("detection: {sel: {a|expand: '%nobody%'}, condition: sel}", "`%nobody%` has no values"),
        ("detection: {sel: {a|gt: many}, condition: sel}", "`many` is no number"),
        ("detection: {sel: {a|utf16|contains: x}, condition: sel}", "base64"),
        ("detection: {sel: {a|base64: 'x*'}, condition: sel}", "wildcards"),
        ("detection: {sel: {a: []}, condition: sel}", "no values"),
        ("detection: {sel: {a|i: x}, condition: sel}", "belong to `re`"),
        ("detection: {sel: {a|nonsense: x}, condition: sel}", "nonsense"),
        ("detection: {sel: {event.outcome: success}, condition: sel}", "computed by Elastic"),
        ("detection: {sel: {a: x}, condition: other}", "names `other`"),
        ("detection: {sel: {a: x}, condition: 1 of other_*}", "`other_*`"),
        ("detection: {sel: {a: x}, condition: sel | count() > 5}", ""),
        ("detection: {sel: {'a[any]': {b: x}}, condition: sel}\nsigma-version: 3", "Sigma 3"),
        ("detection: {sel: {a: x}, condition: sel}\nsigma-version: 9", "Sigma 9"),
        ("logsource: {product: windows}\ndetection: {sel: {a: x}, condition: sel}", "product windows"),
        ("logsource: {category: process_creation}\ndetection: {sel: {a: x}, condition: sel}", "process_creation"),
        ("detection: [", "YAML"),
        ("filter: {rules: [nobody], sel: {a: x}, condition: not sel}", "none of the rules"),
        (
            "correlation: {type: event_count, rules: [nobody], timespan: 1m, condition: {gte: 2}}",
            "`nobody` is not among",
        ),
        ("correlation: {type: value_count, rules: [nobody], timespan: 1m, condition: {gte: 2}}", "the field"),
        ("correlation: {type: event_count, rules: [x], timespan: 1m, window: tumbling, condition: {gte: 2}}", "slides"),
    ];
    for (text, because) in cases {
        let logsource =
            if text.contains("logsource") { "" } else { "logsource: {product: aws, service: cloudtrail}\n" };
        let folder = write_rules(&[("rule.yml", &format!("title: t\n{logsource}{text}\n"))]);
        let sigma = load(folder.path());
        assert!(sigma.rules.is_empty(), "{text}");
        let reasons: Vec<&str> = sigma.refused().map(|(_, reason)| reason).collect();
        assert!(matches!(reasons[..], [reason] if reason.contains(because)), "{text}: {reasons:?}");
    }
    let empty = write_rules(&[("empty.yml", ""), ("list.yaml", "[1]"), ("readme.md", "no rule")]);
    assert_eq!(load(empty.path()).refused().count(), 2);
}

#[test]
fn rules_are_named_by_their_files_and_tell_of_themselves() {
    let rule = "title: Some {rule}\nlevel: informational\ntags: [attack.t1078.004, attack.persistence]\nlogsource: {service: cloudtrail}\ndetection: {sel: {status: x}, condition: sel}\n";
    let two = format!("{rule}---\n{rule}");
    let folder = write_rules(&[("a.yml", rule), ("two.yaml", &two)]);
    std::fs::create_dir(folder.path().join("sub")).unwrap();
    std::fs::write(folder.path().join("sub/a.yml"), rule).unwrap();
    let sigma = load(folder.path());
    let ids: Vec<&str> = sigma.rules.iter().map(|rule| rule.id.as_str()).collect();
    assert_eq!(ids, ["sigma/a.yml", "sigma/sub/a.yml", "sigma/two.yaml", "sigma/two.yaml#2"]);
    let first = &sigma.rules[0];
    assert_eq!(
        (first.severity.as_str(), &first.mitre[..], first.title.as_str()),
        ("info", &["T1078.004".to_owned()][..], "Some (rule)")
    );
    assert_eq!(sigma.documents[0].fate, Fate::Runs("sigma/a.yml".to_owned()));
    assert!(sigma.documents[0].remarks[0].contains("`status` is no field"), "{:?}", sigma.documents[0].remarks);
}

#[tokio::test]
async fn filters_narrow_the_rules_that_they_name() {
    let rule = |title: &str, name: &str| {
        format!(
            "title: {title}\nlogsource: {{product: aws, service: cloudtrail}}\ndetection: {{sel: {{eventName: {name}}}, condition: sel}}\n"
        )
    };
    let filter = "title: ours\nlogsource: {product: aws, service: cloudtrail}\nfilter: {rules: [one], sel: {userAgent|startswith: our}, condition: not sel}\n";
    let folder = write_rules(&[("one.yml", &rule("one", "A")), ("two.yml", &rule("two", "A")), ("z.yml", filter)]);
    let sigma = load(folder.path());
    assert_eq!(sigma.documents[2].fate, Fate::Serves);
    let events =
        [json!({"eventName": "A", "eventID": "1", "userAgent": "Our tool"}), json!({"eventName": "A", "eventID": "2"})];
    let mut found: Vec<String> = findings(sigma, &events)
        .await
        .iter()
        .map(|finding| format!("{} {}", finding.detection, finding.event_ids[0]))
        .collect();
    found.sort();
    assert_eq!(found, ["sigma/one.yml 2", "sigma/two.yml 1", "sigma/two.yml 2"]);
}

const BASES: &str = "title: failed\nname: failed\nlogsource: {product: aws, service: cloudtrail}\ndetection: {sel: {eventName: Fail}, condition: sel}\n---\ntitle: worked\nname: worked\nlogsource: {product: aws, service: cloudtrail}\ndetection: {sel: {eventName: Work}, condition: sel}\n---\n";

/// The findings of a correlation over `name@second user [value]` events, as `first-last count value group`.
async fn correlated(correlation: &str, events: &[&str]) -> Vec<String> {
    let text = format!("{BASES}title: both\ncorrelation: {correlation}\n");
    let folder = write_rules(&[("c.yml", &text)]);
    let sigma = load(folder.path());
    assert_eq!(sigma.refused().count(), 0, "{:?}", sigma.documents);
    assert!(sigma.rules.iter().all(|rule| rule.title != "failed"), "a rule that is correlated makes no findings");
    let events: Vec<Value> = events
        .iter()
        .enumerate()
        .map(|(number, event)| {
            let mut parts = event.split([' ', '@']);
            let mut next = || parts.next().unwrap_or_default();
            let (name, second, user, value) = (next(), next(), next(), next());
            let second: i64 = second.parse().unwrap();
            let time = jiff::Timestamp::from_second(1_772_359_200 + second).unwrap();
            json!({
                "eventName": name, "eventTime": time.to_string(), "eventID": format!("{number:03}"),
                "userIdentity": {"userName": user}, "requestParameters": {"n": value},
            })
        })
        .collect();
    let mut found: Vec<String> = findings(sigma, &events)
        .await
        .iter()
        .filter(|finding| finding.title == "both")
        .map(|finding| {
            let second = |us: Option<i64>| us.unwrap() / 1_000_000 - 1_772_359_200;
            let details: Vec<String> =
                finding.details.values().map(|value| value.to_string().replace('"', "")).collect();
            format!("{}-{} {} {}", second(finding.first), second(finding.last), finding.count, details.join(" "))
        })
        .collect();
    found.sort();
    found
}

#[tokio::test]
async fn correlations_slide() {
    let count =
        "{type: event_count, rules: [failed], group-by: [userIdentity.userName], timespan: 1m, condition: {gte: 3}}";
    // No fixed minute holds three of these, the sliding one does.
    let storm = ["Fail@50 al", "Fail@70 al", "Fail@75 bo", "Fail@90 AL", "Fail@100 al", "Work@101 al", "Fail@300 al"];
    assert_eq!(correlated(count, &storm).await, ["50-100 3 3 al"]);

    let values = "{type: value_count, rules: [failed], timespan: 1m, condition: {field: requestParameters.n, gte: 3}}";
    assert_eq!(
        correlated(values, &["Fail@0 a x", "Fail@1 a x", "Fail@2 b y", "Fail@3 c z", "Fail@90 c q"]).await,
        ["0-3 4 3"]
    );
    assert_eq!(correlated(values, &["Fail@0 a x", "Fail@40 b y", "Fail@80 c z"]).await, [""; 0]);

    let sum = "{type: value_sum, rules: [failed], timespan: 1m, condition: {field: requestParameters.n, gt: 10}}";
    assert_eq!(correlated(sum, &["Fail@0 a 4", "Fail@10 a 5", "Fail@20 a none", "Fail@65 a 6"]).await, ["10-65 3 11"]);
    let average = "{type: value_avg, rules: [failed], timespan: 1m, condition: {field: requestParameters.n, gte: 5}}";
    assert_eq!(correlated(average, &["Fail@0 a 1", "Fail@10 a 4", "Fail@65 a 6"]).await, ["10-65 2 5"]);
    let rank = "{type: value_percentile, rules: [failed], timespan: 1m, condition: {field: requestParameters.n, percentile: 75, gte: 3}}";
    assert_eq!(correlated(rank, &["Fail@0 a 1", "Fail@10 a 2", "Fail@20 a 4"]).await, ["0-20 3 3"]);

    let temporal = "{type: temporal, rules: [failed, worked], group-by: [userIdentity.userName], timespan: 1m}";
    assert_eq!(correlated(temporal, &["Work@0 al", "Fail@30 al", "Fail@40 bo", "Work@200 bo"]).await, ["0-30 2 2 al"]);
    let ordered = "{type: temporal_ordered, rules: [failed, worked], group-by: [userIdentity.userName], timespan: 1m}";
    assert_eq!(correlated(ordered, &["Work@0 al", "Fail@30 al"]).await, [""; 0]);
    assert_eq!(correlated(ordered, &["Fail@0 al", "Work@60 al", "Fail@200 bo", "Work@261 bo"]).await, ["0-60 2 2 al"]);
    let without = "{type: temporal, rules: [failed, worked], timespan: 1m, condition: worked and not failed}";
    assert_eq!(correlated(without, &["Fail@0 a", "Work@30 a", "Work@100 a"]).await, ["100-100 1 1"]);

    let aliased = "{type: temporal, rules: [failed, worked], group-by: [who], aliases: {who: {failed: requestParameters.n, worked: userIdentity.userName}}, timespan: 1m}";
    assert_eq!(correlated(aliased, &["Fail@0 a x", "Work@5 x", "Work@6 a"]).await, ["0-5 2 2 x"]);
}

#[tokio::test]
async fn correlated_rules_speak_for_themselves_where_they_are_told_to() {
    let text = format!(
        "{BASES}title: both\ngenerate: true\ncorrelation: {{type: temporal, rules: [failed, worked], timespan: 1m}}\n"
    );
    let folder = write_rules(&[("c.yml", &text)]);
    let ids: Vec<String> = load(folder.path()).rules.into_iter().map(|rule| rule.id).collect();
    assert_eq!(ids, ["sigma/c.yml", "sigma/c.yml#2", "sigma/c.yml#3"]);
}
