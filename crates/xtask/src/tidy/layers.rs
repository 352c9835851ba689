//! The layers: which crate may use which, and what must never be under one.
//!
//! The table of `ARCHITECTURE.md` in a form that fails. Both halves come from `cargo metadata`, so what is proved is what is built.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Result;
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};

use super::{Rule, Violation};

const DOWN: Rule =
    Rule::new("arrows point down", "a crate that knows only what is below it can be read, tested and changed alone");
const LISTED: Rule = Rule::new("every crate has a layer", "name it in xtask's tidy/layers.rs and in ARCHITECTURE.md");
const NEVER: Rule = Rule::new("must never know", "what a crate cannot reach it cannot come to depend on");
const LINTS: Rule =
    Rule::new("one set of lints", "a crate without `[lints] workspace = true` is checked by none of them");

/// A crate, its layer (it may use lower ones only) and the packages that must not be anywhere under it.
struct Place {
    name: &'static str,
    layer: u8,
    /// Beginnings of package names; a whole name where it ends with a space.
    never: &'static [&'static str],
}

const PLACES: [Place; 16] = [
    // `trail-iam` is the bottom: all but its siblings may use it.
    Place { name: "trail-iam", layer: 0, never: &["arrow", "parquet", "tokio ", "aws-", "hyper ", "datafusion"] },
    Place { name: "trail-source", layer: 0, never: &["arrow", "parquet", "datafusion", "simd-json ", "lettre "] },
    Place { name: "trail-notify", layer: 0, never: &["arrow", "parquet", "datafusion", "deltalake", "aws-sdk-s3 "] },
    Place {
        name: "trail-event",
        layer: 1,
        never: &[
            "tokio ",
            "aws-",
            "hyper ",
            "reqwest ",
            "object_store ",
            "datafusion",
            "trail-source ",
            "trail-notify ",
        ],
    },
    Place { name: "trail-lake", layer: 2, never: &["datafusion", "aws-sdk-", "trail-source ", "trail-notify "] },
    Place {
        name: "trail-integrity",
        layer: 2,
        never: &[
            "arrow",
            "parquet",
            "datafusion",
            "tokio ",
            "hyper ",
            "aws-sdk-",
            "object_store ",
            "lettre ",
            "trail-",
        ],
    },
    Place { name: "trail-ingest", layer: 3, never: &["datafusion", "lettre ", "trail-notify "] },
    Place { name: "trail-query", layer: 3, never: &["lettre ", "minijinja ", "croner ", "trail-notify "] },
    Place { name: "trail-detect", layer: 4, never: &["lettre ", "aws-sdk-sns ", "trail-notify ", "trail-ingest "] },
    Place {
        name: "trail-report",
        layer: 4,
        never: &["lettre ", "aws-sdk-sns ", "croner ", "trail-notify ", "trail-ingest "],
    },
    Place {
        name: "trail-serve",
        layer: 4,
        never: &["clap ", "lettre ", "aws-sdk-sns ", "trail-notify ", "trail-ingest "],
    },
    Place {
        name: "trail-cluster",
        layer: 4,
        never: &["clap ", "lettre ", "aws-sdk-sns ", "trail-notify ", "trail-ingest "],
    },
    Place {
        name: "trail-web",
        layer: 5,
        never: &["clap ", "toml ", "arrow", "datafusion", "aws-sdk-", "lettre ", "trail-"],
    },
    Place { name: "trailwarden", layer: 6, never: &["xtask "] },
    Place { name: "trailwarden-tests", layer: 7, never: &["xtask "] },
    Place { name: "xtask", layer: 0, never: &["tokio ", "arrow", "aws-", "trail"] },
];

pub(super) fn check(root: &Path) -> Result<Vec<Violation>> {
    // One platform, so that what only a browser or Windows would pull in does not count.
    let host = crate::host()?;
    let options = ["--filter-platform".to_owned(), host];
    let metadata = MetadataCommand::new().current_dir(root).other_options(options).exec()?;
    let names: BTreeMap<&PackageId, &str> =
        metadata.packages.iter().map(|package| (&package.id, package.name.as_str())).collect();
    let layers: BTreeMap<&str, u8> = PLACES.iter().map(|place| (place.name, place.layer)).collect();

    let mut found = Vec::new();
    for package in metadata.workspace_packages() {
        let manifest = package.manifest_path.strip_prefix(&metadata.workspace_root).unwrap_or(&package.manifest_path);
        let manifest = manifest.as_str();
        let text = std::fs::read_to_string(&package.manifest_path)?;
        if !text.contains("[lints]\nworkspace = true") {
            found.push(LINTS.broken(manifest, 0, "no `[lints]` with `workspace = true`"));
        }
        let Some(place) = PLACES.iter().find(|place| place.name == package.name.as_str()) else {
            found.push(LISTED.broken(manifest, 0, format!("`{}` has none", package.name)));
            continue;
        };
        for dependency in &package.dependencies {
            let name = dependency.name.as_str();
            let line =
                text.lines().position(|line| line.split(['.', ' ', '=']).next() == Some(name)).map_or(0, |at| at + 1);
            if let Some(complaint) = upward(place, name, &layers) {
                found.push(DOWN.broken(manifest, line, complaint));
            }
        }
        for chain in forbidden(&metadata, &names, &package.id, place.never) {
            found.push(NEVER.broken(
                manifest,
                0,
                format!("{} is under it: {}", chain[chain.len() - 1], chain.join(" -> ")),
            ));
        }
    }
    Ok(found)
}

/// What is wrong with this arrow, if it leads to a crate of ours.
fn upward(from: &Place, to: &str, layers: &BTreeMap<&str, u8>) -> Option<String> {
    let layer = *layers.get(to)?;
    if to == "xtask" {
        return Some(format!("`{}` uses `xtask`, which nothing depends on", from.name));
    }
    (layer >= from.layer).then(|| format!("`{}` (layer {}) uses `{to}` (layer {layer})", from.name, from.layer))
}

/// For each forbidden package that is under a crate the chain of packages that leads there, shortest first.
fn forbidden<'a>(
    metadata: &'a Metadata,
    names: &BTreeMap<&'a PackageId, &'a str>,
    start: &'a PackageId,
    never: &[&str],
) -> Vec<Vec<&'a str>> {
    let Some(resolve) = &metadata.resolve else { return Vec::new() };
    let nodes: BTreeMap<&PackageId, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let mut from: BTreeMap<&PackageId, &PackageId> = BTreeMap::new();
    let mut seen = BTreeSet::from([start]);
    let mut queue = std::collections::VecDeque::from([start]);
    let mut found = Vec::new();
    while let Some(id) = queue.pop_front() {
        let name = format!("{} ", names[id]);
        if id != start && never.iter().any(|beginning| name.starts_with(beginning)) {
            let mut chain = vec![names[id]];
            let mut at = id;
            while let Some(&before) = from.get(at) {
                chain.insert(0, names[before]);
                at = before;
            }
            found.push(chain);
            // What is under it comes by the same fault.
            continue;
        }
        for dependency in nodes.get(id).into_iter().flat_map(|node| &node.deps) {
            let built_in = dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal);
            if built_in && seen.insert(&dependency.pkg) {
                from.insert(&dependency.pkg, id);
                queue.push_back(&dependency.pkg);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(from: &str, to: &str, fine: bool) {
        let layers: BTreeMap<&str, u8> = PLACES.iter().map(|place| (place.name, place.layer)).collect();
        let from = PLACES.iter().find(|place| place.name == from).unwrap();
        assert_eq!(upward(from, to, &layers).is_none(), fine, "{} -> {to}", from.name);
    }

    #[test]
    fn arrows() {
        check("trail-lake", "trail-event", true);
        check("trail-event", "trail-iam", true);
        check("trail-event", "trail-lake", false);
        check("trail-source", "trail-iam", false);
        check("trail-query", "trail-ingest", false);
        check("trailwarden-tests", "trailwarden", true);
        check("trailwarden", "xtask", false);
        check("xtask", "trail-iam", false);
        check("trail-lake", "serde", true);
    }

    #[test]
    fn what_is_there_is_found() {
        let metadata = MetadataCommand::new().current_dir(crate::root()).exec().unwrap();
        let names: BTreeMap<&PackageId, &str> =
            metadata.packages.iter().map(|package| (&package.id, package.name.as_str())).collect();
        let id = &metadata.packages.iter().find(|package| package.name.as_str() == "trail-query").unwrap().id;
        let chains = forbidden(&metadata, &names, id, &["datafusion "]);
        assert_eq!(chains, [["trail-query", "datafusion"]]);
    }
}
