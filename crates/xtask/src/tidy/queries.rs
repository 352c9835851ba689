//! Every detection shows when it fires and when it stays quiet.

use std::collections::BTreeSet;

use super::{File, Rule, Violation};

const CASES: Rule = Rule::new(
    "detections have cases",
    "a rule that was never seen to fire does not, and one never seen quiet is noise",
);

const DETECTIONS: &str = "queries/detections/";

pub(super) fn check(files: &[File]) -> Vec<Violation> {
    let mut folders = BTreeSet::new();
    for file in files {
        if let Some((folder, name)) = file.path.rsplit_once('/')
            && folder.starts_with(DETECTIONS)
            && ["detect.sql", "cases.yaml"].contains(&name)
        {
            folders.insert(folder);
        }
    }
    folders.into_iter().flat_map(|folder| check_folder(folder, files)).collect()
}

fn check_folder(folder: &str, files: &[File]) -> Vec<Violation> {
    let text = |name: &str| {
        let path = format!("{folder}/{name}");
        files.iter().find(|file| file.path == path).and_then(|file| file.text.as_deref())
    };
    if text("detect.sql").is_none() {
        return vec![CASES.broken(&format!("{folder}/cases.yaml"), 0, "cases without a `detect.sql`")];
    }
    let path = format!("{folder}/cases.yaml");
    let Some(cases) = text("cases.yaml") else {
        return vec![CASES.broken(&format!("{folder}/detect.sql"), 0, "no `cases.yaml` beside it")];
    };
    let cases: yaml_serde::Value = match yaml_serde::from_str(cases) {
        Ok(cases) => cases,
        Err(error) => {
            let line = error.location().map_or(0, |location| location.line());
            return vec![CASES.broken(&path, line, format!("not YAML: {error}"))];
        }
    };
    ["fires", "quiet"]
        .into_iter()
        .filter(|key| cases.get(key).and_then(yaml_serde::Value::as_sequence).is_none_or(Vec::is_empty))
        .map(|key| CASES.broken(&path, 0, format!("no case under `{key}:`")))
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
}
