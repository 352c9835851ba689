//! Passwords, keys and URLs that are like passwords: where they come from, and a type that never shows one by accident.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::channel::{OpenError, SendError, SendErrorKind, Shared};

/// A secret. Its `Debug` and `Display` show nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself, for the one place that sends it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("redacted")
    }
}

/// Where a channel's secret is.
#[derive(Debug, Clone)]
pub(crate) enum Stored {
    /// The first line of a file; read each time, so that a new secret needs no restart. With the config's key for it.
    File(&'static str, PathBuf),
    /// What the environment said at the start.
    Known(Secret),
}

impl Stored {
    /// The secret that a file or a variable holds, if either is named; looked at now, so that a wrong name shows at the start.
    pub(crate) fn open(
        (file_key, env_key): (&'static str, &'static str),
        file: Option<&Path>,
        env: Option<&str>,
        wiring: &Shared,
    ) -> Result<Option<Self>, OpenError> {
        if let Some(file) = file {
            read(file).map_err(|text| OpenError::new(file_key, text))?;
            return Ok(Some(Self::File(file_key, file.to_owned())));
        }
        let Some(name) = env else { return Ok(None) };
        let secret = wiring.secrets.get(name).ok_or_else(|| {
            OpenError::new(env_key, format!("names `{name}`, which is not set (set it, or use `{file_key}`)"))
        })?;
        Ok(Some(Self::Known(secret.clone())))
    }

    pub(crate) async fn read(&self) -> Result<Secret, SendError> {
        let (key, path) = match self {
            Self::Known(secret) => return Ok(secret.clone()),
            Self::File(key, path) => (key, path.clone()),
        };
        let done = tokio::task::spawn_blocking(move || read(&path)).await;
        let done = done.map_err(|error| SendError::new(SendErrorKind::Down, error.to_string()))?;
        done.map_err(|text| SendError::new(SendErrorKind::Down, format!("`{key}` {text}")))
    }
}

fn read(path: &Path) -> Result<Secret, String> {
    let text = std::fs::read_to_string(path);
    let text = text.map_err(|error| format!("cannot be read: `{}`: {error}", path.display()))?;
    match text.lines().next() {
        Some(line) if !line.is_empty() => Ok(Secret::new(line)),
        _ => Err(format!("has nothing in its first line: `{}`", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_printed() {
        let secret = Secret::new("hunter2");
        assert_eq!(
            format!("{secret} {secret:?} {:?}", Some(&secret)),
            "redacted Secret(redacted) Some(Secret(redacted))"
        );
        assert_eq!(secret.reveal(), "hunter2");
    }
}
