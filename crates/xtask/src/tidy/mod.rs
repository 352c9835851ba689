//! `cargo xtask tidy`: the house rules as a program, and as a test.
//!
//! Rules that a lint can hold are lints (`Cargo.toml`, `clippy.toml`); these are the ones that need to see the whole tree.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use crate::root;

mod layers;
mod links;
mod queries;
mod sources;
mod tree;

/// A place where the tree breaks a rule.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Violation {
    file: String,
    /// From 1; 0 where the file as a whole is meant.
    line: usize,
    rule: Rule,
    what: String,
}

/// A rule and, in its text, why we have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rule(&'static str, &'static str);

impl Rule {
    const fn new(name: &'static str, reason: &'static str) -> Rule {
        Rule(name, reason)
    }

    fn broken(self, file: &str, line: usize, what: impl Into<String>) -> Violation {
        Violation { file: file.to_owned(), line, rule: self, what: what.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Violation { file, line, rule, what } = self;
        let line = if *line == 0 { String::new() } else { format!(":{line}") };
        write!(f, "{file}{line}: {what} [{}: {}]", rule.0, rule.1)
    }
}

/// A file of the tree, by its path from the root with `/` between folders.
struct File {
    path: String,
    /// The content, where it is text of at most a megabyte.
    text: Option<String>,
    size: u64,
}

/// `cargo xtask tidy`.
pub(crate) fn run() -> Result<ExitCode> {
    let found = check(root())?;
    for violation in &found {
        println!("{violation}");
    }
    if found.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("xtask: {} places break a house rule", found.len());
    Ok(ExitCode::FAILURE)
}

/// Every violation under a workspace's root, in the order of files and lines.
fn check(root: &Path) -> Result<Vec<Violation>> {
    let files = files(root)?;
    let mut found = layers::check(root)?;
    found.extend(check_files(&files));
    found.sort();
    Ok(found)
}

fn check_files(files: &[File]) -> Vec<Violation> {
    let mut found = tree::check(files);
    found.extend(sources::check(files));
    found.extend(queries::check(files));
    found.extend(links::check(files));
    found
}

/// What belongs to the tree: all that git tracks or would track.
fn files(root: &Path) -> Result<Vec<File>> {
    let listed = Command::new("git")
        .current_dir(root)
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .output()
        .context("cannot start git, which tells the tree's files from others")?;
    if !listed.status.success() {
        bail!("git cannot list the tree's files: {}", String::from_utf8_lossy(&listed.stderr).trim());
    }
    let mut paths: Vec<PathBuf> = listed
        .stdout
        .split(|byte| *byte == 0)
        .filter(|path| !path.is_empty())
        .map(|path| PathBuf::from(String::from_utf8_lossy(path).into_owned()))
        .collect();
    paths.sort();
    // While a merge is open git lists its files thrice.
    paths.dedup();

    let mut files = Vec::new();
    for path in paths {
        // A file deleted but not yet committed is listed all the same.
        let Ok(metadata) = root.join(&path).metadata() else { continue };
        if !metadata.is_file() {
            continue;
        }
        let small = metadata.len() <= tree::LARGEST;
        let text = if small { String::from_utf8(std::fs::read(root.join(&path))?).ok() } else { None };
        files.push(File { path: path.to_string_lossy().replace('\\', "/"), text, size: metadata.len() });
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_tidy() {
        let found = check(root()).unwrap();
        let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert!(lines.is_empty(), "\n{}", lines.join("\n"));
    }

    /// One file of each name and text; the rules that they break, as `file:line rule`.
    pub(super) fn broken(files: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<File> = files
            .iter()
            .map(|(path, text)| File {
                path: (*path).to_owned(),
                text: Some((*text).to_owned()),
                size: text.len() as u64,
            })
            .collect();
        let mut found = check_files(&files);
        found.sort();
        found.iter().map(|violation| format!("{}:{} {}", violation.file, violation.line, violation.rule.0)).collect()
    }

    #[test]
    fn a_violation_names_place_rule_and_reason() {
        let rule = Rule::new("no noise", "people stop reading it");
        assert_eq!(rule.broken("a.rs", 3, "noise").to_string(), "a.rs:3: noise [no noise: people stop reading it]");
        assert_eq!(rule.broken("a.rs", 0, "noise").to_string(), "a.rs: noise [no noise: people stop reading it]");
    }
}
