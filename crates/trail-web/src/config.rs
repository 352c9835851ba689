//! The `[web]` part of the config file, strict; and the token, which is never printed.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde::Deserialize;

/// A shorter token could be guessed.
const LEAST_TOKEN: usize = 16;

/// Where the daemon listens, and what who asks must show.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Address and port. Others than this machine's own loopback need a token.
    pub listen: SocketAddr,
    /// Environment variable that holds the token.
    pub token_env: Option<String>,
    /// File that holds the token in its first line.
    pub token_file: Option<PathBuf>,
}

impl Default for Config {
    fn default() -> Self {
        Self { listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9464), token_env: None, token_file: None }
    }
}

/// What is wrong with the settings: which key, and the way out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`web.{key}` {text}")]
pub struct ConfigError {
    key: &'static str,
    text: String,
}

impl ConfigError {
    fn new(key: &'static str, text: impl Into<String>) -> Self {
        Self { key, text: text.into() }
    }
}

impl Config {
    /// Checks the settings alone; no file is read.
    ///
    /// # Errors
    /// When others could reach the listener and no token is asked of them, or two places are named for it.
    pub fn check(&self) -> Result<(), ConfigError> {
        if self.token_env.is_some() && self.token_file.is_some() {
            return Err(ConfigError::new("token_env", "and `web.token_file` both name a token (keep one)"));
        }
        if !self.listen.ip().is_loopback() && self.token_env.is_none() && self.token_file.is_none() {
            let text = format!(
                "is `{}`, which other machines can reach: ask a token of them with `web.token_env` or `web.token_file`, or listen on `127.0.0.1:{}`",
                self.listen,
                self.listen.port()
            );
            return Err(ConfigError::new("listen", text));
        }
        Ok(())
    }

    /// The token that is asked for, if any. `variable` is what the environment has under `token_env`.
    ///
    /// # Errors
    /// When it is not there, cannot be read or is too short.
    pub fn token(&self, variable: Option<String>) -> Result<Option<Token>, ConfigError> {
        self.check()?;
        let (key, text) = match (&self.token_env, &self.token_file) {
            (Some(name), _) => {
                let unset = || ConfigError::new("token_env", format!("names `{name}`, which the environment has not"));
                ("token_env", variable.ok_or_else(unset)?)
            }
            (None, Some(file)) => {
                let text = std::fs::read_to_string(file).map_err(|error| {
                    ConfigError::new("token_file", format!("`{}` cannot be read: {error}", file.display()))
                })?;
                ("token_file", text.lines().next().unwrap_or_default().to_owned())
            }
            (None, None) => return Ok(None),
        };
        let token = text.trim();
        if token.len() < LEAST_TOKEN || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            let text =
                format!("gives a token that is no good: use {LEAST_TOKEN} or more printable characters of ASCII");
            return Err(ConfigError::new(key, text));
        }
        Ok(Some(Token(token.to_owned())))
    }
}

/// What who asks must show. Its `Debug` shows nothing of it.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// Whether `shown` is it; how long that takes tells nothing of how much of it was right.
    pub(crate) fn is(&self, shown: &[u8]) -> bool {
        aws_lc_rs::constant_time::verify_slices_are_equal(self.0.as_bytes(), shown).is_ok()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(toml: &str, variable: Option<&str>, expected: &str) {
        let found = toml::from_str::<Config>(toml).map_err(|error| error.message().to_owned());
        let found = found
            .and_then(|config| config.token(variable.map(str::to_owned)).map_err(|error| error.to_string()))
            .map_or_else(|error| error, |token| format!("{token:?}"));
        assert!(found.contains(expected), "{found}");
    }

    #[test]
    fn who_may_reach_it_must_show_a_token() {
        const GOOD: Option<&str> = Some("0123456789abcdef");
        check("", None, "None");
        check("listen = '[::1]:9000'", None, "None");
        check("listen = '127.9.9.9:0'", None, "None");
        check("listen = '0.0.0.0:9464'", None, "`web.listen` is `0.0.0.0:9464`, which other machines can reach");
        check("listen = '[::]:9464'", None, "`web.token_env` or `web.token_file`, or listen on `127.0.0.1:9464`");
        check("listen = '10.0.0.5:80'\ntoken_env = 'T'", GOOD, "Some(Token(redacted))");
        check("token_env = 'T'", None, "`web.token_env` names `T`, which the environment has not");
        check("token_env = 'T'", Some("short"), "`web.token_env` gives a token that is no good");
        check("token_env = 'T'", Some("0123456789 abcdef"), "no good");
        check("token_env = 'T'\ntoken_file = 'f'", GOOD, "both name a token");
        check("token_file = '/nowhere/token'", None, "`web.token_file` `/nowhere/token` cannot be read");
        check("listen = 'localhost'", None, "invalid socket address");
        check("listn = '127.0.0.1:1'", None, "unknown field `listn`");
    }
}
