//! What the members of a cluster know each other by: a token that all share, and certificates of a CA of their own.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tonic::transport::{Certificate as Authority, ClientTlsConfig, Identity, ServerTlsConfig};

use crate::ClusterError;
use crate::pass::Pass;

/// A shorter token could be guessed.
const LEAST_TOKEN: usize = 16;

/// How a member is known to the others, and knows them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Access {
    /// The file whose first line is the token of the cluster.
    pub token_file: Option<PathBuf>,
    /// The CA, as PEM, that signed the certificates of scheduler and executors. With it, all is said over TLS.
    pub ca: Option<PathBuf>,
}

/// What a member that listens shows of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The certificate chain, as PEM.
    pub chain: PathBuf,
    /// Its key, as PEM.
    pub key: PathBuf,
}

impl Access {
    /// What is shown with every call, and asked of every caller.
    pub(crate) fn pass(&self) -> Result<Pass, ClusterError> {
        let Some(file) = &self.token_file else { return Ok(Pass::new(None)) };
        let text = read(file, "the token")?;
        let token = text.lines().next().unwrap_or_default().trim_end();
        if token.len() < LEAST_TOKEN || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(ClusterError::Setting(format!(
                "the token in `{}` is no good: use {LEAST_TOKEN} or more letters, digits and signs, without spaces",
                file.display()
            )));
        }
        Ok(Pass::new(Some(token.to_owned())))
    }

    /// How the others' certificates are checked; none where nothing is said over TLS.
    pub(crate) fn trusted(&self) -> Result<Option<ClientTlsConfig>, ClusterError> {
        let Some(file) = &self.ca else { return Ok(None) };
        let pem = read(file, "the CA")?;
        if !pem.contains("BEGIN CERTIFICATE") {
            return Err(ClusterError::Setting(format!("the CA in `{}` is no PEM certificate", file.display())));
        }
        Ok(Some(ClientTlsConfig::new().ca_certificate(Authority::from_pem(pem))))
    }

    /// Refuses an address that others can reach without being asked who they are.
    pub(crate) fn guard(&self, listen: SocketAddr, certificate: Option<&Certificate>) -> Result<(), ClusterError> {
        match (&self.ca, certificate) {
            (Some(_), None) => {
                let text = "a CA without a certificate of one's own: give both, or neither".to_owned();
                return Err(ClusterError::Setting(text));
            }
            (None, Some(_)) => {
                let text = "a certificate without the CA that signed it: give both, or neither".to_owned();
                return Err(ClusterError::Setting(text));
            }
            _ => {}
        }
        if listen.ip().is_loopback() || (self.token_file.is_some() && certificate.is_some()) {
            return Ok(());
        }
        Err(ClusterError::Setting(format!(
            "`{listen}` can be reached by other machines: give a token, a certificate and its CA, or listen on \
             `127.0.0.1:{}`",
            listen.port()
        )))
    }

    /// Refuses to call `host:port` where that would say the token so that anybody could overhear it.
    pub(crate) fn guard_address(&self, address: &str) -> Result<(), ClusterError> {
        self.guard_call(address.rsplit_once(':').map_or(address, |(host, _)| host))
    }

    /// Refuses to say the token to another machine where anybody could overhear it.
    fn guard_call(&self, host: &str) -> Result<(), ClusterError> {
        let near = host == "localhost"
            || host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        if near || self.ca.is_some() {
            return Ok(());
        }
        Err(ClusterError::Setting(format!(
            "`{host}` is another machine, and nothing is said to one without TLS: give the CA of the cluster"
        )))
    }
}

impl Certificate {
    /// What is shown to whoever calls.
    pub(crate) fn shown(&self) -> Result<ServerTlsConfig, ClusterError> {
        let (chain, key) = (read(&self.chain, "the certificate")?, read(&self.key, "the key")?);
        Ok(ServerTlsConfig::new().identity(Identity::from_pem(chain, key)))
    }
}

fn read(file: &Path, what: &str) -> Result<String, ClusterError> {
    std::fs::read_to_string(file)
        .map_err(|error| ClusterError::Setting(format!("cannot read {what} in `{}`: {error}", file.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_can_be_reached_asks_who_calls_and_is_not_overheard() {
        let certificate = Certificate { chain: "c".into(), key: "k".into() };
        let full = Access { token_file: Some("t".into()), ca: Some("ca".into()) };
        let check = |access: &Access, listen: &str, certificate: Option<&Certificate>| {
            let told = access.guard(listen.parse().unwrap(), certificate);
            told.map_or_else(|error| error.to_string(), |()| "fine".to_owned())
        };
        assert_eq!(check(&Access::default(), "127.0.0.1:0", None), "fine");
        assert_eq!(check(&full, "0.0.0.0:1", Some(&certificate)), "fine");
        let open = "`0.0.0.0:1` can be reached by other machines: give a token, a certificate and its CA, or listen on `127.0.0.1:1`";
        assert_eq!(check(&Access::default(), "0.0.0.0:1", None), open);
        let half = Access { token_file: None, ..full.clone() };
        assert_eq!(check(&half, "0.0.0.0:1", Some(&certificate)), open);
        assert!(check(&full, "127.0.0.1:1", None).starts_with("a CA without a certificate"));
        assert!(
            check(&Access::default(), "127.0.0.1:1", Some(&certificate)).starts_with("a certificate without the CA")
        );
        for (host, fine) in
            [("localhost", true), ("127.0.0.1", true), ("[::1]", true), ("10.0.0.1", false), ("s", false)]
        {
            assert_eq!(Access::default().guard_call(host).is_ok(), fine, "{host}");
            full.guard_call(host).unwrap();
        }
    }

    #[test]
    fn files_of_no_use_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let token = folder.path().join("token");
        let access = Access { token_file: Some(token.clone()), ca: Some(token.clone()) };
        let told = || access.pass().map(drop).unwrap_err().to_string();
        assert!(told().starts_with("cannot read the token in `"), "{}", told());
        for text in ["short", "with a space in it", ""] {
            std::fs::write(&token, text).unwrap();
            assert!(told().contains("is no good: use 16 or more"), "{}", told());
        }
        assert!(access.trusted().map(drop).unwrap_err().to_string().ends_with("is no PEM certificate"));
        std::fs::write(&token, "0123456789abcdef\nand more\n").unwrap();
        assert!(access.pass().is_ok());
    }
}
