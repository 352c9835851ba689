//! The folder for what is made once and kept: the Python environment, the bench's corpus. Outside the tree, so that
//! neither git nor cargo ever looks into it.

use std::env;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

/// A folder of this name in the cache, created when absent.
///
/// The cache is `$TRAILWARDEN_CACHE`, else `$XDG_CACHE_HOME/trailwarden`, else `~/.cache/trailwarden`.
pub(crate) fn folder(name: &str) -> Result<PathBuf> {
    let base = match (set("TRAILWARDEN_CACHE"), set("XDG_CACHE_HOME"), set("HOME")) {
        (Some(own), _, _) => own,
        (None, Some(xdg), _) => xdg.join("trailwarden"),
        (None, None, Some(home)) => home.join(".cache/trailwarden"),
        (None, None, None) => anyhow::bail!("no place for a cache: set `TRAILWARDEN_CACHE` to a folder"),
    };
    let folder = std::path::absolute(base)?.join(name);
    fs::create_dir_all(&folder).with_context(|| format!("cannot create the cache folder `{}`", folder.display()))?;
    Ok(folder)
}

fn set(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}
