//! Sigma rules: read as they are, and made the same as our own.
//!
//! A detection rule becomes a condition that is fused with all others; a correlation becomes a window rule whose window slides from
//! event to event; a filter narrows the rules that it names. What cannot be translated is listed with its reason, never left out
//! silently. The meaning is that of Sigma 2.1: comparisons know no case, any element of an array will do, and null is what is absent.

mod collection;
mod condition;
mod correlation;
mod encode;
mod field;
mod function;
mod item;
mod json;
mod rule;
mod sliding;
mod text;
mod values;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::logical_expr::Expr;
use rsigma_parser::SigmaCollection;

pub(crate) use correlation::Correlation;
pub(crate) use function::{allowed, cost, shown};
pub(crate) use sliding::Prepared;
pub(crate) use text::fold;

use crate::error::DetectError;
use crate::rule::Rule;

/// What stands in a Sigma rule in place of SQL.
#[derive(Clone, Debug)]
pub(crate) enum Translation {
    /// A condition on one event.
    Match(Expr),
    /// What many events have in common within a span of time.
    Correlation(Arc<Correlation>),
}

/// The Sigma rules of some folders.
#[derive(Clone, Debug, Default)]
pub struct Sigma {
    /// The rules that run; each one's id is `sigma/` and the name of its file.
    pub rules: Vec<Rule>,
    /// Every document of every file, in the order of the files.
    pub documents: Vec<Document>,
}

/// What became of one document of a file.
#[derive(Clone, Debug)]
pub struct Document {
    /// The file.
    pub file: String,
    /// The rule's title; empty where there was none to be read.
    pub title: String,
    /// What became of it.
    pub fate: Fate,
    /// What its author or user should know.
    pub remarks: Vec<String>,
}

/// What became of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It runs under this id.
    Runs(String),
    /// It is part of others and makes no findings of its own.
    Serves,
    /// It cannot be translated, and why.
    Refused(String),
}

/// A file that was read.
struct Source {
    path: PathBuf,
    /// Its path within the folder.
    within: String,
    parsed: Result<SigmaCollection, String>,
}

impl Sigma {
    /// Reads and translates all rules (`.yml`, `.yaml`) of some folders. `placeholders` are the values of `%name%` in rules with
    /// `expand`.
    ///
    /// # Errors
    /// When a folder or a file cannot be read. What is wrong with a rule is told in its [`Document`].
    pub fn load(folders: &[PathBuf], placeholders: &BTreeMap<String, Vec<String>>) -> Result<Sigma, DetectError> {
        let mut sources = Vec::new();
        for folder in folders {
            read(folder, &mut sources)?;
        }
        Ok(collection::translate(&sources, placeholders))
    }

    /// The rule files of a folder (`.yml`, `.yaml`), in the order of their names.
    pub fn files(folder: &Path) -> impl Iterator<Item = Result<PathBuf, DetectError>> {
        let yaml = |kind: &std::ffi::OsStr| kind.eq_ignore_ascii_case("yml") || kind.eq_ignore_ascii_case("yaml");
        let walk = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter();
        walk.filter_map(move |entry| match entry {
            Ok(entry) if entry.path().is_dir() || !entry.path().extension().is_some_and(yaml) => None,
            Ok(entry) => Some(Ok(entry.into_path())),
            Err(error) => {
                let path = error.path().unwrap_or(folder).to_owned();
                let circle = || std::io::Error::other("a link leads in a circle");
                Some(Err(failed(&path, error.into_io_error().unwrap_or_else(circle))))
            }
        })
    }

    /// Those documents that do not run, with the reason.
    pub fn refused(&self) -> impl Iterator<Item = (&Document, &str)> {
        self.documents.iter().filter_map(|document| match &document.fate {
            Fate::Refused(reason) => Some((document, reason.as_str())),
            Fate::Runs(_) | Fate::Serves => None,
        })
    }
}

fn failed(path: &Path, source: std::io::Error) -> DetectError {
    DetectError::Io { path: path.display().to_string(), source }
}

/// Reads the rule files of a folder.
fn read(folder: &Path, sources: &mut Vec<Source>) -> Result<(), DetectError> {
    for path in Sigma::files(folder) {
        let path = path?;
        let bytes = std::fs::read(&path).map_err(|error| failed(&path, error))?;
        let parsed = match String::from_utf8(bytes) {
            Ok(text) => rsigma_parser::parse_sigma_yaml(&text).map_err(|error| error.to_string()),
            Err(_) => Err("the file is not UTF-8".to_owned()),
        };
        let within = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned();
        sources.push(Source { path, within, parsed });
    }
    Ok(())
}
