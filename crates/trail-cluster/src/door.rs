//! Where a member listens.

use std::net::SocketAddr;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tonic::transport::Server;
use tonic::transport::server::{Router, TcpIncoming};

use crate::{Access, Certificate, ClusterError};

const ALIVE: Duration = Duration::from_secs(10);
/// Who is being answered when the door closes gets so long to hear the end.
const GOODBYE: Duration = Duration::from_secs(3);

/// A port that is taken, and what is shown there.
pub(crate) struct Door {
    incoming: TcpIncoming,
    address: SocketAddr,
    server: Server,
}

impl Door {
    pub(crate) fn open(
        listen: SocketAddr,
        access: &Access,
        certificate: Option<&Certificate>,
    ) -> Result<Self, ClusterError> {
        access.guard(listen, certificate)?;
        let wrong =
            |error: &dyn std::fmt::Display| ClusterError::Setting(format!("cannot listen on `{listen}`: {error}"));
        let mut server = Server::builder().http2_keepalive_interval(Some(ALIVE)).http2_keepalive_timeout(Some(ALIVE));
        if let Some(certificate) = certificate {
            server = server.tls_config(certificate.shown()?).map_err(|error| {
                let named = certificate.chain.display();
                ClusterError::Setting(format!(
                    "the certificate in `{named}` cannot be used: {}",
                    crate::error::innermost(&error)
                ))
            })?;
        }
        let incoming = TcpIncoming::bind(listen).map_err(|error| wrong(&error))?.with_nodelay(Some(true));
        let address = incoming.local_addr().map_err(|error| wrong(&error))?;
        Ok(Self { incoming, address, server })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `stop`.
    pub(crate) async fn serve(
        self,
        services: impl FnOnce(Server) -> Router,
        stop: CancellationToken,
    ) -> Result<(), ClusterError> {
        let Self { incoming, server, .. } = self;
        let serving = services(server).serve_with_incoming_shutdown(incoming, stop.clone().cancelled_owned());
        let closed = async {
            stop.cancelled().await;
            tokio::time::sleep(GOODBYE).await;
        };
        tokio::select! {
            served = serving => served.map_err(|error| ClusterError::Failed(crate::error::innermost(&error))),
            () = closed => Ok(()),
        }
    }
}
