//! Links of the Markdown pages to files of the tree.

use std::collections::BTreeSet;

use super::{File, Rule, Violation};

const LINKS: Rule =
    Rule::new("links lead somewhere", "a page that points at what is gone teaches readers to distrust the rest");

pub(super) fn check(files: &[File]) -> Vec<Violation> {
    let mut places = BTreeSet::new();
    for file in files {
        places.insert(file.path.as_str());
        places.extend(file.path.match_indices('/').map(|(at, _)| &file.path[..at]));
    }
    let mut found = Vec::new();
    for file in files.iter().filter(|file| file.path.ends_with(".md")) {
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut fenced = false;
        for (number, line) in file.text.as_deref().unwrap_or_default().lines().enumerate() {
            if line.trim_start().starts_with("```") {
                fenced = !fenced;
            }
            if fenced {
                continue;
            }
            for target in targets(line) {
                if !resolve(folder, target).is_some_and(|path| path.is_empty() || places.contains(path.as_str())) {
                    found.push(LINKS.broken(&file.path, number + 1, format!("`{target}` is not in the tree")));
                }
            }
        }
    }
    found
}

/// The files that a line links to: `[text](target)` and `[name]: target`.
fn targets(line: &str) -> impl Iterator<Item = &str> {
    let inline = line.match_indices("](").map(|(at, open)| {
        let rest = &line[at + open.len()..];
        &rest[..rest.find([')', ' ']).unwrap_or(rest.len())]
    });
    let named = line.strip_prefix('[').and_then(|rest| rest.split_once("]: ")).map(|(_, target)| target.trim());
    inline.chain(named).filter_map(|target| {
        let target = target.trim_matches(['<', '>']);
        let path = target.split('#').next().unwrap_or(target);
        let elsewhere = path.is_empty() || path.contains("://") || path.starts_with("mailto:");
        (!elsewhere).then_some(path)
    })
}

/// A relative path from a folder, without `.` and `..`; `None` where it leaves the tree.
fn resolve(folder: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = if target.starts_with('/') { Vec::new() } else { folder.split('/').collect() };
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop().filter(|part| !part.is_empty())?;
            }
            part => parts.push(part),
        }
    }
    parts.retain(|part| !part.is_empty());
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::broken;

    #[test]
    fn links() {
        let page = "See [a](ok.md#part), [web](https://x.org/y.md), [up](../README.md \"t\"), [top](#x), [dir](../docs).\n\
                    [gone](no.md) and [out](../../x.md)\n```\n[code](no.md)\n```\n[named]: ../nowhere.md\n";
        let found = broken(&[("docs/page.md", page), ("docs/ok.md", ""), ("README.md", "[d](docs/page.md)")]);
        assert_eq!(
            found,
            [
                "docs/page.md:2 links lead somewhere",
                "docs/page.md:2 links lead somewhere",
                "docs/page.md:6 links lead somewhere"
            ]
        );
    }
}
