//! All rules that there are: those in the binary and those in folders, which add to and override them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::error::DetectError;
use crate::rule::{Rule, RuleError};

/// Rules by id.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    rules: BTreeMap<String, Rule>,
}

static BUILT_IN: include_dir::Dir<'static> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/../../queries/detections");

impl Rules {
    /// The rules of the binary, then those of each folder in turn; a rule of the same id replaces the one before.
    /// A folder is laid out as `queries/detections`: `<service>/<id>/detect.sql`.
    pub fn load(folders: &[PathBuf]) -> Result<Rules, DetectError> {
        let mut rules = Rules::default();
        for service in BUILT_IN.dirs() {
            for folder in service.dirs() {
                let text = |name: &str| {
                    folder.get_file(folder.path().join(name)).and_then(|file| file.contents_utf8()).map(str::to_owned)
                };
                let file = format!("queries/detections/{}/detect.sql", folder.path().display());
                if let Some(sql) = text("detect.sql") {
                    let names = (folder_name(service.path()), folder_name(folder.path()));
                    rules.insert(Rule::parse(&names.0, &names.1, &file, &sql, text("cases.yaml"))?)?;
                }
            }
        }
        for folder in folders {
            rules.read(folder)?;
        }
        Ok(rules)
    }

    fn read(&mut self, folder: &std::path::Path) -> Result<(), DetectError> {
        let failed = |path: &std::path::Path, source| DetectError::Io { path: path.display().to_string(), source };
        let dirs = |path: &std::path::Path| -> Result<Vec<PathBuf>, DetectError> {
            let entries = std::fs::read_dir(path).map_err(|source| failed(path, source))?;
            let mut found = Vec::new();
            for entry in entries {
                let path = entry.map_err(|source| failed(path, source))?.path();
                if path.is_dir() {
                    found.push(path);
                }
            }
            found.sort();
            Ok(found)
        };
        for service in dirs(folder)? {
            for rule in dirs(&service)? {
                let file = rule.join("detect.sql");
                if !file.exists() {
                    continue;
                }
                let sql = std::fs::read_to_string(&file).map_err(|source| failed(&file, source))?;
                let cases = std::fs::read_to_string(rule.join("cases.yaml")).ok();
                let names = (folder_name(&service), folder_name(&rule));
                let rule = Rule::parse(&names.0, &names.1, &file.display().to_string(), &sql, cases)?;
                self.rules.insert(rule.id.clone(), rule);
            }
        }
        Ok(())
    }

    /// Adds a rule; one of the same id must not be there yet.
    pub fn insert(&mut self, rule: Rule) -> Result<(), RuleError> {
        if let Some(other) = self.rules.get(&rule.id) {
            let reason = format!("the id `{}` is taken by {}", rule.id, other.file);
            return Err(RuleError { file: rule.file, line: 1, reason });
        }
        self.rules.insert(rule.id.clone(), rule);
        Ok(())
    }

    /// All rules by id.
    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.rules.values()
    }

    /// The rule of that id.
    pub fn get(&self, id: &str) -> Option<&Rule> {
        self.rules.get(id)
    }
}

fn folder_name(path: &std::path::Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}
