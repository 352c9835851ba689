//! What may lie in the tree, and under which names.

use super::{File, Rule, Violation};

/// The most bytes of one file.
pub(super) const LARGEST: u64 = 1 << 20;

const SIZE: Rule =
    Rule::new("small files", "a clone carries every version for ever; large data is made by `cargo xtask logs`");
const DEBRIS: Rule = Rule::new("no debris", "left-overs look like part of the house; delete or ignore them");
const ROOT: Rule = Rule::new(
    "a bare root",
    "the root is the table of contents; give the file a folder, or name it in xtask's tidy/tree.rs",
);
const NAMES: Rule =
    Rule::new("names say what", "a drawer for everything fills with everything; name it after what it does");
const PLACES: Rule = Rule::new("no machine's paths", "the tree must mean the same on every machine");

/// Everything that may lie at the root, folders included.
const AT_ROOT: [&str; 20] = [
    ".cargo",
    ".ci",
    ".gitattributes",
    ".github",
    ".gitignore",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "SECURITY.md",
    "clippy.toml",
    "crates",
    "deny.toml",
    "deploy",
    "fuzz",
    "queries",
    "rustfmt.toml",
];
const MORE_AT_ROOT: [&str; 2] = ["docs", "tests"];

const LEFT_OVERS: [&str; 9] = [".snap.new", ".pending-snap", ".orig", ".rej", ".bak", ".swp", ".tmp", ".pyc", "~"];

/// Names that say nothing of what is inside.
pub(super) const EMPTY_NAMES: [&str; 6] = ["util", "utils", "common", "helpers", "shared", "core"];

pub(super) fn check(files: &[File]) -> Vec<Violation> {
    let mut found = Vec::new();
    for file in files {
        let path = file.path.as_str();
        if file.size > LARGEST {
            found.push(SIZE.broken(path, 0, format!("{} bytes, at most {LARGEST}", file.size)));
        }
        if LEFT_OVERS.iter().any(|end| path.ends_with(end)) {
            found.push(DEBRIS.broken(path, 0, "a left-over of a tool"));
        }
        let first = path.split('/').next().unwrap_or(path);
        if !AT_ROOT.contains(&first) && !MORE_AT_ROOT.contains(&first) {
            found.push(ROOT.broken(path, 0, format!("`{first}` does not belong at the root")));
        }
        for (depth, part) in path.split('/').enumerate() {
            let stem = part.split('.').next().unwrap_or(part);
            let last = stem.rsplit(['-', '_']).next().unwrap_or(stem);
            // A crate's name is of two words, `trail-core` says as little as `core`; a longer file name may well end so.
            let is_crate = depth == 1 && first == "crates";
            let empty = EMPTY_NAMES.contains(if is_crate { &last } else { &stem });
            if empty || ["util", "utils", "helpers"].contains(&last) {
                found.push(NAMES.broken(path, 0, format!("`{part}` says nothing of what is inside")));
            }
        }
        found.extend(places(file));
    }
    found
}

/// Paths of one machine. Log data may hold any path, it is not ours.
fn places(file: &File) -> Vec<Violation> {
    let is_data =
        file.path.starts_with("tests/data/") || file.path.ends_with(".snap") || file.path.ends_with("cases.yaml");
    let Some(text) = file.text.as_deref().filter(|_| !is_data) else { return Vec::new() };
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for place in ["work", "tmp", "home", "root"] {
            let path = format!("/{place}/");
            let starts = line.match_indices(&path).any(|(at, _)| {
                // Inside a longer path or a URL it is someone else's folder of that name.
                !line[..at].ends_with(|before: char| before.is_alphanumeric() || "._-/}~:$*".contains(before))
            });
            if starts {
                found.push(PLACES.broken(&file.path, number + 1, format!("`{path}` is a folder of one machine")));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::tests::broken;

    #[test]
    fn debris_and_empty_names() {
        let found = broken(&[
            ("crates/a/src/util.rs", "//! x\n"),
            ("crates/trail-common/Cargo.toml", ""),
            ("crates/a/src/csv_utils/mod.rs", "//! x\n"),
            ("crates/a/src/x.snap.new", ""),
            ("f.sql", ""),
            ("crates/a/src/commons.rs", "//! x\n"),
        ]);
        assert_eq!(
            found,
            [
                "crates/a/src/csv_utils/mod.rs:0 names say what",
                "crates/a/src/util.rs:0 names say what",
                "crates/a/src/x.snap.new:0 no debris",
                "crates/trail-common/Cargo.toml:0 names say what",
                "f.sql:0 a bare root",
            ]
        );
    }

    #[test]
    fn machine_paths() {
        let line = |path: &str| format!("//! see {path}\n");
        let (bad, good) = (line(&["", "work", "x"].join("/")), line("https://host/work/x and s3://b/tmp/x"));
        let found = broken(&[("crates/a/src/a.rs", &bad), ("crates/a/src/b.rs", &good)]);
        assert_eq!(found, ["crates/a/src/a.rs:1 no machine's paths"]);
    }
}
