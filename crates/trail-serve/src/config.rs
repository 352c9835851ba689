//! The `[serve]` part of the config file, strict.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use crate::users::{Known, Users};

/// A shorter password could be guessed.
const LEAST_PASSWORD: usize = 12;

/// Where other programs may ask, who may, and how much of the machine they get.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Address and port of PostgreSQL's wire protocol; no such door if absent.
    pub postgres: Option<SocketAddr>,
    /// Address and port of Arrow Flight SQL; no such door if absent.
    pub flight: Option<SocketAddr>,
    /// Who may ask. Without users, whoever is on this machine.
    pub users: BTreeMap<String, User>,
    /// The certificate chain of both doors, as PEM. With it, nobody gets in without TLS.
    pub tls_certificate: Option<PathBuf>,
    /// Its key, as PEM.
    pub tls_key: Option<PathBuf>,
    /// Connections that a door has open at a time.
    pub connections: usize,
    /// Connections (of Flight SQL: statements) that a user has at a time.
    pub connections_per_user: usize,
    /// Of the memory that `query.memory_limit_mib` gives to all, the most that one statement takes.
    pub memory_limit_mib: u64,
    /// The most rows that a statement gives; one with more ends in an error.
    pub max_rows: u64,
    /// How long a statement may run, from its plan to its last row.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub statement_timeout: Duration,
    /// A connection on which nothing is asked, or nothing is read, for so long is closed.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub idle_timeout: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            postgres: None,
            flight: None,
            users: BTreeMap::new(),
            tls_certificate: None,
            tls_key: None,
            connections: 64,
            connections_per_user: 16,
            memory_limit_mib: 512,
            max_rows: 1_000_000,
            statement_timeout: Duration::from_secs(5 * 60),
            idle_timeout: Duration::from_secs(15 * 60),
        }
    }
}

/// Where the password of a user is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct User {
    /// Environment variable that holds it.
    pub password_env: Option<String>,
    /// File that holds it in its first line.
    pub password_file: Option<PathBuf>,
}

/// What is wrong with the settings: which key, and the way out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`serve.{key}` {text}")]
pub struct ConfigError {
    key: String,
    text: String,
}

impl ConfigError {
    pub(crate) fn new(key: impl Into<String>, text: impl Into<String>) -> Self {
        Self { key: key.into(), text: text.into() }
    }
}

impl Config {
    /// Checks the settings alone; no file is read.
    ///
    /// # Errors
    /// When others could reach a door that asks no password or speaks no TLS, or something is missing or of no use.
    pub fn check(&self) -> Result<(), ConfigError> {
        if self.postgres.is_none() && self.flight.is_none() {
            return Err(ConfigError::new(
                "postgres",
                "and `serve.flight` are both absent: no door to open (give one an address)",
            ));
        }
        for (key, address) in [("postgres", self.postgres), ("flight", self.flight)] {
            let Some(address) = address.filter(|address| !address.ip().is_loopback()) else { continue };
            let mut missing = Vec::new();
            if self.users.is_empty() {
                missing.push("a password of them with `[serve.users.NAME]` and `password_file`");
            }
            if self.tls_certificate.is_none() {
                missing.push("TLS with `serve.tls_certificate` and `serve.tls_key`");
            }
            if !missing.is_empty() {
                let text = format!(
                    "is `{address}`, which other machines can reach: ask {}, or listen on `127.0.0.1:{}`",
                    missing.join(" and "),
                    address.port()
                );
                return Err(ConfigError::new(key, text));
            }
        }
        match (&self.tls_certificate, &self.tls_key) {
            (Some(_), None) => return Err(ConfigError::new("tls_certificate", "needs `serve.tls_key` beside it")),
            (None, Some(_)) => return Err(ConfigError::new("tls_key", "needs `serve.tls_certificate` beside it")),
            _ => {}
        }
        for (name, user) in &self.users {
            let key = format!("users.{name}");
            let fine = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.@".contains(&byte);
            if name.is_empty() || name.len() > 63 || !name.bytes().all(fine) {
                return Err(ConfigError::new(key, "is no name for a user (63 letters, digits and `_-.@` at most)"));
            }
            if user.password_env.is_some() == user.password_file.is_some() {
                return Err(ConfigError::new(key, "needs either `password_file` or `password_env`"));
            }
        }
        let numbers = [
            ("connections", self.connections as u64),
            ("connections_per_user", self.connections_per_user as u64),
            ("memory_limit_mib", self.memory_limit_mib),
            ("max_rows", self.max_rows),
            ("statement_timeout", self.statement_timeout.as_millis() as u64),
            ("idle_timeout", self.idle_timeout.as_secs()),
        ];
        match numbers.into_iter().find(|(_, number)| *number == 0) {
            Some((key, _)) => Err(ConfigError::new(key, "is 0, with which nobody could ask (1 is the least)")),
            None => Ok(()),
        }
    }

    /// The users with their passwords. `variable` looks into the environment.
    ///
    /// # Errors
    /// When a password is not where it should be, or is too short.
    pub(crate) fn known(&self, variable: impl Fn(&str) -> Option<String>) -> Result<Users, ConfigError> {
        self.check()?;
        let known = self.users.iter().map(|(name, user)| {
            let (key, text) = match (&user.password_env, &user.password_file) {
                (Some(env), _) => {
                    let key = format!("users.{name}.password_env");
                    let text = variable(env);
                    (
                        key.clone(),
                        text.ok_or_else(|| {
                            ConfigError::new(key, format!("names `{env}`, which the environment has not"))
                        })?,
                    )
                }
                (None, Some(file)) => {
                    let key = format!("users.{name}.password_file");
                    let text = std::fs::read_to_string(file).map_err(|error| {
                        ConfigError::new(&*key, format!("`{}` cannot be read: {error}", file.display()))
                    })?;
                    (key, text.lines().next().unwrap_or_default().to_owned())
                }
                (None, None) => (format!("users.{name}"), String::new()),
            };
            let password = text.trim_end_matches(['\r', '\n']);
            if password.chars().count() < LEAST_PASSWORD || password.contains('\0') {
                let text = format!("gives a password that is no good: use {LEAST_PASSWORD} or more characters");
                return Err(ConfigError::new(key, text));
            }
            Ok(Known::new(name, password))
        });
        Users::new(known.collect::<Result<_, _>>()?).map_err(|text| ConfigError::new("users", text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(toml: &str, variable: Option<&str>, expected: &str) {
        let found = toml::from_str::<Config>(toml).map_err(|error| error.message().to_owned());
        let found = found
            .and_then(|config| config.known(|_| variable.map(str::to_owned)).map_err(|error| error.to_string()))
            .map_or_else(|error| error, |users| format!("{users:?}"));
        assert!(found.contains(expected), "{found}");
    }

    #[test]
    fn who_may_reach_a_door_must_show_a_password_over_tls() {
        const GOOD: Option<&str> = Some("a long password");
        const USER: &str = "[users.anna]\npassword_env = 'P'";
        const TLS: &str = "tls_certificate = 'c'\ntls_key = 'k'";
        check("postgres = '127.0.0.1:5432'", None, "Users([])");
        check("flight = '[::1]:0'", None, "Users([])");
        check("", None, "no door to open");
        let open = "`serve.postgres` is `0.0.0.0:5432`, which other machines can reach: ask a password of them";
        check("postgres = '0.0.0.0:5432'", None, open);
        check(
            "postgres = '0.0.0.0:5432'",
            None,
            "and TLS with `serve.tls_certificate` and `serve.tls_key`, or listen on `127.0.0.1:5432`",
        );
        check(
            &format!("flight = '[::]:9'\n{USER}"),
            GOOD,
            "`serve.flight` is `[::]:9`, which other machines can reach: ask TLS",
        );
        check(&format!("flight = '10.0.0.1:9'\n{TLS}"), GOOD, "reach: ask a password of them");
        check(&format!("flight = '10.0.0.1:9'\n{TLS}\n{USER}"), GOOD, "Users([\"anna\"])");
        check(&format!("flight = '127.0.0.1:9'\n{USER}"), GOOD, "Users([\"anna\"])");
        check(
            &format!("flight = '127.0.0.1:9'\n{USER}"),
            Some("short"),
            "`serve.users.anna.password_env` gives a password that is no good",
        );
        check(&format!("flight = '127.0.0.1:9'\n{USER}"), None, "names `P`, which the environment has not");
        check(
            "flight = '127.0.0.1:9'\n[users.anna]",
            None,
            "`serve.users.anna` needs either `password_file` or `password_env`",
        );
        check("flight = '127.0.0.1:9'\n[users.anna]\npassword_file = '/nowhere'", None, "`/nowhere` cannot be read");
        check("flight = '127.0.0.1:9'\n[users.'a\"b']\npassword_file = 'x'", None, "is no name for a user");
        check("flight = '127.0.0.1:9'\ntls_key = 'k'", None, "`serve.tls_key` needs `serve.tls_certificate`");
        check("flight = '127.0.0.1:9'\nmax_rows = 0", None, "`serve.max_rows` is 0");
        check("flight = '127.0.0.1:9'\nmax_row = 1", None, "unknown field `max_row`");
        check("flight = '127.0.0.1:9'\nidle_timeout = 'soon'", None, "duration format");
    }
}
