//! Which files and keys are log objects: globs to include and exclude, else the endings that log files have.

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

use crate::error::SourceError;
use crate::metadata;

const ENDINGS: [&str; 6] = [".json", ".json.gz", ".gz", ".ndjson", ".jsonl", ".log"];

/// Globs over paths relative to the source's root. A glob without `/` looks at the name alone; `*` stays within a folder and
/// `**` crosses them. With nothing to include, everything is a log object that has a log file's ending, in any case.
#[derive(Debug, Clone)]
pub(crate) struct Patterns {
    include: Option<GlobSet>,
    exclude: GlobSet,
}

impl Patterns {
    pub(crate) fn new(include: &[String], exclude: &[String]) -> Result<Self, SourceError> {
        let include = if include.is_empty() { None } else { Some(set("include", include)?) };
        Ok(Self { include, exclude: set("exclude", exclude)? })
    }

    /// Whether the file at this relative path (with `/` between folders) is wanted.
    pub(crate) fn wants(&self, path: &str) -> bool {
        let included = match &self.include {
            Some(include) => include.is_match(path),
            // What was saved beside an object is none itself.
            None if path.ends_with(metadata::ENDING) => false,
            None => {
                let path = path.as_bytes();
                ENDINGS.iter().any(|ending| {
                    path.len() >= ending.len()
                        && path[path.len() - ending.len()..].eq_ignore_ascii_case(ending.as_bytes())
                })
            }
        };
        included && !self.exclude.is_match(path)
    }
}

fn set(name: &'static str, globs: &[String]) -> Result<GlobSet, SourceError> {
    let wrong = |text: &str, error: &globset::Error| {
        SourceError::setting(name, text, format!("{} (globs look like `*.json.gz` or `eu-*/**/*.json`)", error.kind()))
    };
    let mut builder = GlobSetBuilder::new();
    for text in globs {
        let anywhere = if text.contains('/') { text.clone() } else { format!("**/{text}") };
        let glob: Glob =
            GlobBuilder::new(&anywhere).literal_separator(true).build().map_err(|error| wrong(text, &error))?;
        builder.add(glob);
    }
    builder.build().map_err(|error| wrong(&globs.join(" "), &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(include: &[&str], exclude: &[&str], wanted: &[&str], unwanted: &[&str]) {
        let owned = |globs: &[&str]| globs.iter().map(|glob| (*glob).to_owned()).collect::<Vec<_>>();
        let patterns = Patterns::new(&owned(include), &owned(exclude)).expect("good globs");
        for path in wanted {
            assert!(patterns.wants(path), "{path} with {include:?} {exclude:?}");
        }
        for path in unwanted {
            assert!(!patterns.wants(path), "{path} with {include:?} {exclude:?}");
        }
    }

    #[test]
    fn globs_and_endings() {
        check(
            &[],
            &[],
            &["a.json", "x/y/A.JSON.GZ", "b.gz", "c.ndjson", "d.jsonl", "e.Log", "ü.json"],
            &["a.txt", "json", "x/manifest", "a.json.bak", "d.json.gz.metadata.json", ""],
        );
        check(&["*.txt"], &[], &["a.txt", "x/y/b.txt"], &["a.json", "a.txt.gz"]);
        check(
            &["eu-*/**/*.json"],
            &[],
            &["eu-west-1/a.json", "eu-west-1/2026/03/a.json"],
            &["us-east-1/a.json", "a.json"],
        );
        check(&["x/*.json"], &[], &["x/a.json"], &["x/y/a.json"]);
        check(&[], &["*_test.json", "old/**"], &["a.json"], &["a_test.json", "deep/a_test.json", "old/a.json"]);
    }

    #[test]
    fn bad_globs_are_named() {
        let error = Patterns::new(&["[".to_owned()], &[]).expect_err("unclosed").to_string();
        assert!(error.starts_with("`[` is not a valid `include`: "), "{error}");
    }
}
