//! The `queries/` folder: SQL files with a head of `-- key: value` lines. Embedded in the binary; other folders add to it
//! and override it, file by file.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use include_dir::{Dir, include_dir};
use serde::de::DeserializeOwned;
use walkdir::WalkDir;

use crate::params::{self, Literal};
use crate::{QueryError, dialect};

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../queries");

/// The file names that give their folder's name to the query, so that a detection is named by its folder.
const FOLDER_NAMES_IT: [&str; 2] = ["/detect", "/query"];

/// One `.sql` file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Its name inside its section: `console_logins` for `views/console_logins.sql`, `iam/root-used` for
    /// `detections/iam/root-used/detect.sql`, `keys/key-actions` for `investigations/keys/key-actions/query.sql`.
    pub id: String,
    /// Where it stands, relative to the `queries` folder, with `/`.
    pub path: String,
    /// The lines of its head, without their `--`: YAML.
    pub head: String,
    /// The statement.
    pub sql: String,
    /// The line of the file on which the statement begins, from 1.
    pub line: usize,
}

impl Query {
    /// Reads the head. `T` says which keys there may be: derive it with `#[serde(deny_unknown_fields)]`.
    ///
    /// # Errors
    /// When a key is unknown, missing, twice there or has a value of the wrong kind.
    pub fn head<T: DeserializeOwned>(&self) -> Result<T, QueryError> {
        let head = if self.head.trim().is_empty() { "{}" } else { &self.head };
        yaml_serde::from_str(head).map_err(|error| self.wrong(error.to_string()))
    }

    /// An error that names this file.
    pub fn wrong(&self, reason: impl Into<String>) -> QueryError {
        QueryError::Library { path: self.path.clone(), reason: reason.into() }
    }

    fn parse(path: &str, text: &str) -> Result<Self, QueryError> {
        let wrong = |reason: String| QueryError::Library { path: path.to_owned(), reason };
        let mut head = String::new();
        let mut rest = text;
        while let Some(comment) = rest.strip_prefix("--") {
            let (line, after) = comment.split_once('\n').unwrap_or((comment, ""));
            head.push_str(line.strip_prefix(' ').unwrap_or(line).trim_end());
            head.push('\n');
            rest = after;
        }
        let begin = text.len() - rest.trim_start().len();
        let line = text[..begin].matches('\n').count() + 1;
        let sql = rest.trim().to_owned();
        let nulls = params::names(&sql).map(|names| names.into_iter().map(|name| (name, Literal::Null)).collect());
        let complete = nulls.and_then(|nulls| params::bind(&sql, &nulls));
        complete.and_then(|sql| dialect::parse(&sql)).map_err(|error| wrong(error.to_string()))?;
        let stem = path.strip_suffix(".sql").unwrap_or(path);
        let id = stem.split_once('/').map_or(stem, |(_, id)| id);
        let id = FOLDER_NAMES_IT.iter().find_map(|name| id.strip_suffix(name)).unwrap_or(id).to_owned();
        Ok(Self { id, path: path.to_owned(), head, sql, line })
    }
}

fn is_kept(name: &str) -> bool {
    [".sql", ".yaml", ".j2"].iter().any(|end| name.ends_with(end))
}

/// All files under `queries/`: the queries, and the cases and templates beside them.
#[derive(Debug, Clone, Default)]
pub struct Library {
    queries: BTreeMap<String, Arc<Query>>,
    texts: BTreeMap<String, Arc<str>>,
}

impl Library {
    /// The files that are built into the binary.
    ///
    /// # Errors
    /// When one of them is wrong, which the tests of this crate rule out.
    pub fn embedded() -> Result<Self, QueryError> {
        fn add(library: &mut Library, folder: &Dir<'_>) -> Result<(), QueryError> {
            for file in folder.files() {
                library.add(&file.path().to_string_lossy().replace('\\', "/"), file.contents())?;
            }
            folder.dirs().try_for_each(|inner| add(library, inner))
        }
        let mut library = Self::default();
        add(&mut library, &EMBEDDED)?;
        Ok(library)
    }

    /// The same with a folder of the same shape laid over it: its files are added, and replace those of the same path. Links are
    /// followed, since a mounted ConfigMap is made of them.
    ///
    /// # Errors
    /// When the folder cannot be read or a file in it is wrong; the error names the file.
    pub fn with_folder(mut self, folder: &Path) -> Result<Self, QueryError> {
        let wrong = |path: &Path, reason: String| QueryError::Library { path: path.display().to_string(), reason };
        for path in Self::files(folder) {
            let path = path?;
            let bytes = fs::read(&path).map_err(|error| wrong(&path, error.to_string()))?;
            let relative = path.strip_prefix(folder).unwrap_or(&path);
            let relative: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
            self.add(&relative.join("/"), &bytes).map_err(|error| match error {
                QueryError::Library { reason, .. } => wrong(&path, reason),
                other => other,
            })?;
        }
        Ok(self)
    }

    /// The files of a folder that a library is made of, in order.
    pub fn files(folder: &Path) -> impl Iterator<Item = Result<PathBuf, QueryError>> {
        let visible =
            |entry: &walkdir::DirEntry| entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.');
        let walk = WalkDir::new(folder).follow_links(true).sort_by_file_name().into_iter().filter_entry(visible);
        walk.filter_map(move |entry| match entry {
            Ok(entry) if entry.file_type().is_file() && is_kept(&entry.file_name().to_string_lossy()) => {
                Some(Ok(entry.into_path()))
            }
            Ok(_) => None,
            Err(error) => {
                let path = error.path().unwrap_or(folder).display().to_string();
                Some(Err(QueryError::Library { path, reason: error.to_string() }))
            }
        })
    }

    fn add(&mut self, path: &str, bytes: &[u8]) -> Result<(), QueryError> {
        if !is_kept(path) {
            return Ok(());
        }
        let text = std::str::from_utf8(bytes)
            .map_err(|error| QueryError::Library { path: path.to_owned(), reason: error.to_string() })?;
        if path.ends_with(".sql") {
            self.queries.insert(path.to_owned(), Arc::new(Query::parse(path, text)?));
        } else {
            self.texts.insert(path.to_owned(), text.into());
        }
        Ok(())
    }

    /// The queries in a folder of the library and all folders in it, by path: `detections`, `reports/access`.
    pub fn under<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = &'a Arc<Query>> {
        let inside = move |path: &str| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        self.queries.values().filter(move |query| inside(&query.path))
    }

    /// A file that is not a query, by its path: `reports/access/page.html.j2`.
    pub fn text(&self, path: &str) -> Option<&Arc<str>> {
        self.texts.get(path)
    }

    /// The path and text of a file in the same folder as a query: its `cases.yaml`.
    pub fn beside(&self, query: &Query, name: &str) -> Option<(String, &Arc<str>)> {
        let folder = query.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let path = format!("{folder}/{name}");
        let text = self.texts.get(&path)?;
        Some((path, text))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Head {
        title: String,
        #[serde(default)]
        topics: Vec<u32>,
    }

    #[track_caller]
    fn check(path: &str, text: &str, expected: &str) {
        let found = Query::parse(path, text).and_then(|query| Ok((query.head::<Head>()?, query)));
        let found = match found {
            Ok((head, query)) => format!("{}|{}|{:?}|{}", query.id, head.title, head.topics, query.sql),
            Err(error) => error.to_string(),
        };
        assert!(found.contains(expected), "{found}\ndoes not contain\n{expected}");
    }

    #[test]
    fn a_file_is_a_head_and_a_select() {
        check("views/logins.sql", "-- title: Logins\n\nSELECT 1;\n", "logins|Logins|[]|SELECT 1;");
        check(
            "detections/iam/root/detect.sql",
            "-- title: 'Root: used'\n-- topics: [1, 2]\nSELECT 1 -- one",
            "iam/root|Root: used|[1, 2]|SELECT 1 -- one",
        );
        check(
            "investigations/keys/who/query.sql",
            "-- title: Who\nSELECT ${a} LIKE 'b'",
            "keys/who|Who|[]|SELECT ${a} LIKE 'b'",
        );
        check(
            "investigations/keys/who/query.sql",
            "-- title: Who\nSELECT ${a} LIKE '${b}'",
            "investigations/keys/who/query.sql: `${b}` has no value",
        );
        check(
            "reports/access/keys.sql",
            "-- title: Keys\n--   by age\nSELECT 1",
            "access/keys|Keys by age|[]|SELECT 1",
        );
    }

    #[test]
    fn mistakes_are_named() {
        check("views/a.sql", "-- title: A\n-- tite: B\nSELECT 1", "views/a.sql: unknown field `tite`");
        check("views/a.sql", "-- title: A\n-- title: B\nSELECT 1", "duplicate");
        check("views/a.sql", "SELECT 1", "missing field `title`");
        check("views/a.sql", "-- title: A\nDROP TABLE x", "views/a.sql: `DROP` is not allowed");
        check("views/a.sql", "-- title: A\nSELECT 1; SELECT 2", "expected one statement, found 2");
        check("views/a.sql", "-- title: A\n", "expected one statement, found 0");
    }

    #[test]
    fn a_folder_adds_and_overrides() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("views/console_logins.sql", "-- title: Mine\nSELECT 2 AS two");
        write("views/own.sql", "-- title: Own\nSELECT 3 AS three");
        write("views/.draft.sql", "not SQL at all");
        write("detections/x/y/detect.sql", "-- title: X\nSELECT 4");
        write("detections/x/y/cases.yaml", "fires: []");
        let library = Library::embedded().unwrap().with_folder(folder.path()).unwrap();
        let sql = |id: &str| library.under("views").find(|view| view.id == id).map(|view| view.sql.clone());
        assert_eq!(sql("console_logins").as_deref(), Some("SELECT 2 AS two"));
        assert_eq!(sql("own").as_deref(), Some("SELECT 3 AS three"));
        let detection = library.under("detections/x").next().unwrap();
        assert_eq!(library.beside(detection, "cases.yaml").unwrap().1.as_ref(), "fires: []");

        write("..data/linked.sql", "-- title: Linked\nSELECT 5 AS five");
        std::os::unix::fs::symlink("../..data/linked.sql", folder.path().join("views/linked.sql")).unwrap();
        let linked = Library::default().with_folder(folder.path()).unwrap();
        assert!(linked.under("views").any(|view| view.id == "linked"));

        write("views/bad.sql", "-- title: Bad\nSELEC 1");
        let error = Library::default().with_folder(folder.path()).unwrap_err().to_string();
        assert!(error.contains("bad.sql"), "{error}");
    }
}
