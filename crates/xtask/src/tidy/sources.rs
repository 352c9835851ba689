//! Rules for Rust source that no lint holds.

use super::tree::EMPTY_NAMES;
use super::{File, Rule, Violation};

/// The most lines of one source file.
const LONGEST: usize = 600;

const DOCS: Rule = Rule::new("module docs", "a reader must know what a file is for before reading it");
const LENGTH: Rule = Rule::new("short files", "a file that does not fit in a head is two; split it by noun");
const NAMES: Rule =
    Rule::new("names say what", "a drawer for everything fills with everything; name it after what it does");
const LATER: Rule = Rule::new("nothing for later", "what is in the tree works; what does not yet is an issue");
const IGNORED: Rule = Rule::new("every test runs", "a test that does not run passes for ever");
const REASON: Rule =
    Rule::new("a lint is lifted with its reason", "the next reader has to know whether it still holds");
const CLOCK: Rule =
    Rule::new("no clock here", "the same bytes must give the same answer on any day; time comes as an argument");

/// What marks unfinished work. In pieces, so that this file keeps its own rule.
const UNFINISHED: [&str; 5] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("to", "do!("),
    concat!("unimple", "mented!("),
    concat!("db", "g!("),
];
const IGNORE: &str = concat!("#[", "ignore");
const CLOCKS: [&str; 6] = ["SystemTime::now", "Instant::now", "Timestamp::now", "Zoned::now", "Utc::now", "Local::now"];
/// The crates whose answers depend on their arguments alone.
const PURE: [&str; 2] = ["crates/trail-event/src/", "crates/trail-iam/src/"];

pub(super) fn check(files: &[File]) -> Vec<Violation> {
    let mut found = Vec::new();
    for file in files.iter().filter(|file| file.path.ends_with(".rs")) {
        let Some(text) = &file.text else { continue };
        let path = file.path.as_str();
        if !text.starts_with("//!") {
            found.push(DOCS.broken(path, 1, "the file does not open with `//!` and what it is for"));
        }
        let lines = text.lines().count();
        if lines > LONGEST {
            found.push(LENGTH.broken(path, lines, format!("{lines} lines, at most {LONGEST}")));
        }
        let pure = PURE.iter().any(|folder| path.starts_with(folder));
        for (number, line) in text.lines().enumerate() {
            let number = number + 1;
            if let Some(mark) = UNFINISHED.iter().find(|mark| line.contains(**mark)) {
                found.push(LATER.broken(path, number, format!("`{mark}`")));
            }
            if line.trim_start().starts_with(IGNORE) {
                found.push(IGNORED.broken(path, number, "a test is switched off"));
            }
            if let Some(name) = empty_module(line) {
                found.push(NAMES.broken(path, number, format!("module `{name}` says nothing of what is inside")));
            }
            if let Some(clock) = CLOCKS.iter().find(|clock| pure && line.contains(**clock)) {
                found.push(CLOCK.broken(path, number, format!("`{clock}`")));
            }
        }
        found.extend(unreasoned(path, text));
    }
    found
}

/// `mod util;` and the like, inline modules included.
fn empty_module(line: &str) -> Option<&str> {
    let words = line.trim_start();
    let words = words.strip_prefix("pub(crate) ").or_else(|| words.strip_prefix("pub ")).unwrap_or(words);
    let name = words.strip_prefix("mod ")?.trim_end_matches(['{', ';', ' ']);
    EMPTY_NAMES.contains(&name).then_some(name)
}

/// Attributes that lift a lint and do not say why; they may run over several lines.
fn unreasoned(path: &str, text: &str) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut offset = 0;
    for (number, line) in text.lines().enumerate() {
        let start = line.trim_start();
        let lifts = ["allow(", "expect("].iter().any(|verb| {
            [concat!("#", "["), concat!("#", "![")]
                .iter()
                .any(|open| start.strip_prefix(open).is_some_and(|rest| rest.starts_with(verb)))
        });
        if lifts {
            let rest = &text[offset..];
            let attribute = &rest[..rest.find(")]").unwrap_or(rest.len())];
            if !attribute.contains("reason") {
                found.push(REASON.broken(path, number + 1, "no `reason = \"…\"`"));
            }
        }
        offset += line.len() + text[offset + line.len()..].find('\n').map_or(0, |at| at + 1);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::tests::broken;
    use super::*;

    /// The rules that one file of this text breaks, as `line rule`.
    fn check(path: &str, text: &str, want: &[&str]) {
        let found = broken(&[(path, text)]);
        let found: Vec<&str> =
            found.iter().map(|line| line.strip_prefix(path).unwrap().trim_start_matches(':')).collect();
        assert_eq!(found, want, "{text}");
    }

    #[test]
    fn each_rule() {
        let path = "crates/a/src/a.rs";
        check(path, "//! Fine.\nfn main() {}\n", &[]);
        check(path, "fn main() {}\n", &["1 module docs"]);
        check(path, &format!("//! Long.\n{}", "\n".repeat(LONGEST)), &["601 short files"]);
        check(path, &format!("//! X.\n// {}: more\n", UNFINISHED[0]), &["2 nothing for later"]);
        check(path, &format!("//! X.\n    {}\n", UNFINISHED[4]), &["2 nothing for later"]);
        check(path, &format!("//! X.\n    {IGNORE} = \"slow\"]\n"), &["2 every test runs"]);
        check(path, "//! X.\npub(crate) mod helpers;\nmod helpful;\n", &["2 names say what"]);
        check(path, "//! X.\r\n#[allow(dead_code)]\r\n", &["2 a lint is lifted with its reason"]);
        check(
            path,
            "//! X.\n#![expect(\n    dead_code,\n    reason = \"said\"\n)]\n#[allow(x)]\n",
            &["6 a lint is lifted with its reason"],
        );
        check(path, "//! X.\nlet now = Timestamp::now();\n", &[]);
        check("crates/trail-event/src/a.rs", "//! X.\nlet now = Timestamp::now();\n", &["2 no clock here"]);
    }
}
