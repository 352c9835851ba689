//! TLS of the doors: rustls with aws-lc-rs, whatever other provider is linked in.

use std::path::Path;
use std::sync::Arc;

use datafusion_postgres::pgwire::tokio::TlsAcceptor;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::{Config, ConfigError};

/// The certificate chain and its key, ready for a door that speaks `alpn` within TLS.
pub(crate) fn acceptor(config: &Config, alpn: &[u8]) -> Result<Option<TlsAcceptor>, ConfigError> {
    let (Some(certificate), Some(key)) = (&config.tls_certificate, &config.tls_key) else { return Ok(None) };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(|found| found.collect::<Result<Vec<_>, _>>())
        .map_err(|error| unreadable("tls_certificate", certificate, &error))?;
    if chain.is_empty() {
        return Err(unreadable("tls_certificate", certificate, &"it has no PEM certificate"));
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| unreadable("tls_key", key, &error))?;
    let built = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, private));
    let mut built = built.map_err(|error| unreadable("tls_key", key, &error))?;
    built.alpn_protocols = vec![alpn.to_vec()];
    Ok(Some(TlsAcceptor::from(Arc::new(built))))
}

fn unreadable(key: &str, path: &Path, error: &dyn std::fmt::Display) -> ConfigError {
    ConfigError::new(key, format!("`{}` cannot be used: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_used_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("cert.pem");
        let config = Config { tls_certificate: Some(file.clone()), tls_key: Some(file.clone()), ..Config::default() };
        let told = |config: &Config| acceptor(config, b"h2").map(|_| ()).unwrap_err().to_string();
        assert!(told(&config).starts_with("`serve.tls_certificate` `"), "{}", told(&config));
        std::fs::write(&file, "nothing").unwrap();
        assert!(told(&config).ends_with("it has no PEM certificate"), "{}", told(&config));
        assert!(acceptor(&Config::default(), b"h2").unwrap().is_none());
    }
}
