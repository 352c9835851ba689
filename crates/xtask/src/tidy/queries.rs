//! Every detection shows when it fires and when it stays quiet, every investigation what it answers.

use std::collections::BTreeSet;

use super::{File, Rule, Violation};

const CASES: Rule = Rule::new(
    "detections have cases",
    "a rule that was never seen to fire does not, and one never seen quiet is noise",
);

const ANSWERS: Rule = Rule::new("investigations have cases", "an answer that nobody compared is a guess");

const DETECTIONS: &str = "queries/detections/";
const INVESTIGATIONS: &str = "queries/investigations/";

/// A kind of query that stands in a folder with its cases.
struct Kind {
    rule: &'static Rule,
    place: &'static str,
    query: &'static str,
    /// What its cases must have.
    keys: &'static [&'static str],
}

const KINDS: [Kind; 2] = [
    Kind { rule: &CASES, place: DETECTIONS, query: "detect.sql", keys: &["fires", "quiet"] },
    Kind { rule: &ANSWERS, place: INVESTIGATIONS, query: "query.sql", keys: &["cases"] },
];

pub(super) fn check(files: &[File]) -> Vec<Violation> {
    let mut folders = BTreeSet::new();
    for file in files {
        for (nth, kind) in KINDS.iter().enumerate() {
            if let Some((folder, name)) = file.path.rsplit_once('/')
                && folder.starts_with(kind.place)
                && [kind.query, "cases.yaml"].contains(&name)
            {
                folders.insert((nth, folder));
            }
        }
    }
    folders.into_iter().flat_map(|(nth, folder)| check_folder(&KINDS[nth], folder, files)).collect()
}

fn check_folder(kind: &Kind, folder: &str, files: &[File]) -> Vec<Violation> {
    let Kind { rule, query, keys, .. } = kind;
    let text = |name: &str| {
        let path = format!("{folder}/{name}");
        files.iter().find(|file| file.path == path).and_then(|file| file.text.as_deref())
    };
    if text(query).is_none() {
        return vec![rule.broken(&format!("{folder}/cases.yaml"), 0, format!("cases without a `{query}`"))];
    }
    let path = format!("{folder}/cases.yaml");
    let Some(cases) = text("cases.yaml") else {
        return vec![rule.broken(&format!("{folder}/{query}"), 0, "no `cases.yaml` beside it")];
    };
    let cases: yaml_serde::Value = match yaml_serde::from_str(cases) {
        Ok(cases) => cases,
        Err(error) => {
            let line = error.location().map_or(0, |location| location.line());
            return vec![rule.broken(&path, line, format!("not YAML: {error}"))];
        }
    };
    keys.iter()
        .filter(|key| cases.get(key).and_then(yaml_serde::Value::as_sequence).is_none_or(Vec::is_empty))
        .map(|key| rule.broken(&path, 0, format!("no case under `{key}:`")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::broken;

    #[test]
    fn both_kinds_of_case() {
        let sql = "SELECT 1";
        let found = broken(&[
            ("queries/detections/iam/good/detect.sql", sql),
            ("queries/detections/iam/good/cases.yaml", "fires:\n  - name: a\nquiet:\n  - name: b\n"),
            ("queries/detections/iam/none/detect.sql", sql),
            ("queries/detections/iam/loud/detect.sql", sql),
            ("queries/detections/iam/loud/cases.yaml", "fires:\n  - name: a\nquiet: []\n"),
            ("queries/detections/iam/odd/detect.sql", sql),
            ("queries/detections/iam/odd/cases.yaml", "fires: [\n"),
            ("queries/detections/iam/lost/cases.yaml", "fires: [1]\nquiet: [1]\n"),
            ("queries/detections/README.md", ""),
        ]);
        let found: Vec<&str> = found.iter().filter_map(|line| line.strip_suffix(" detections have cases")).collect();
        assert_eq!(
            found,
            [
                "queries/detections/iam/lost/cases.yaml:0",
                "queries/detections/iam/loud/cases.yaml:0",
                "queries/detections/iam/none/detect.sql:0",
                "queries/detections/iam/odd/cases.yaml:2",
            ]
        );
    }

    #[test]
    fn investigations_have_cases() {
        let found = broken(&[
            ("queries/investigations/keys/good/query.sql", "SELECT 1"),
            ("queries/investigations/keys/good/cases.yaml", "cases:\n  - name: a\n"),
            ("queries/investigations/keys/none/query.sql", "SELECT 1"),
            ("queries/investigations/keys/empty/query.sql", "SELECT 1"),
            ("queries/investigations/keys/empty/cases.yaml", "cases: []\n"),
        ]);
        let found: Vec<&str> =
            found.iter().filter_map(|line| line.strip_suffix(" investigations have cases")).collect();
        assert_eq!(
            found,
            ["queries/investigations/keys/empty/cases.yaml:0", "queries/investigations/keys/none/query.sql:0"]
        );
    }
}
