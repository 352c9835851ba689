//! Connections to other members, made all in one way, whoever asks for them.

use std::sync::Arc;
use std::time::Duration;

use ballista_core::extension::EndpointOverrideFn;
use ballista_core::serde::protobuf::RemoveSessionParams;
use ballista_core::serde::protobuf::scheduler_grpc_client::SchedulerGrpcClient;
use tonic::transport::{Channel, ClientTlsConfig, Endpoint};

use crate::error::innermost;
use crate::pass::Pass;
use crate::{Access, ClusterError};

/// The largest message: a plan names each file that it reads.
pub(crate) const MESSAGE: usize = 256 << 20;

const CONNECT: Duration = Duration::from_secs(10);
/// Who died without a word is noticed in this time, twice.
const ALIVE: Duration = Duration::from_secs(10);
/// What may be under way of one stream and of one connection.
const STREAM_WINDOW: u32 = 16 << 20;
const CONNECTION_WINDOW: u32 = 64 << 20;

pub(crate) type SchedulerClient = SchedulerGrpcClient<Channel>;

/// What a member calls others with.
#[derive(Debug, Clone)]
pub(crate) struct Dial {
    pass: Arc<Pass>,
    tls: Option<ClientTlsConfig>,
}

impl Dial {
    pub(crate) fn new(access: &Access) -> Result<Self, ClusterError> {
        Ok(Self { pass: Arc::new(access.pass()?), tls: access.trusted()? })
    }

    pub(crate) fn pass(&self) -> Arc<Pass> {
        self.pass.clone()
    }

    #[cfg(test)]
    pub(crate) fn with_pass(self, pass: Pass) -> Self {
        Self { pass: Arc::new(pass), ..self }
    }

    /// Whether everything is said over TLS.
    pub(crate) fn secret(&self) -> bool {
        self.tls.is_some()
    }

    fn endpoint(&self, authority: &str) -> Result<Endpoint, tonic::transport::Error> {
        let scheme = if self.secret() { "https" } else { "http" };
        let endpoint = Endpoint::from_shared(format!("{scheme}://{authority}"))?
            .user_agent(self.pass.header())?
            .connect_timeout(CONNECT)
            .tcp_nodelay(true)
            .http2_keep_alive_interval(ALIVE)
            .keep_alive_timeout(ALIVE)
            .keep_alive_while_idle(true)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW);
        match &self.tls {
            Some(tls) => endpoint.tls_config(tls.clone()),
            None => Ok(endpoint),
        }
    }

    /// What Ballista passes its own connections through before it makes them.
    pub(crate) fn customize(&self) -> EndpointOverrideFn {
        let dial = self.clone();
        Arc::new(move |endpoint: Endpoint| {
            let authority = endpoint.uri().authority().ok_or("an endpoint without a host")?.to_string();
            Ok(dial.endpoint(&authority)?)
        })
    }

    /// A connection to the scheduler, which has heard who we are and takes us.
    pub(crate) async fn scheduler(&self, address: &str) -> Result<SchedulerClient, ClusterError> {
        const MEMBER: &str = "scheduler";
        let unreachable = |error: tonic::transport::Error| self.unreachable(MEMBER, address, innermost(&error));
        let channel = self.endpoint(address).map_err(unreachable)?.connect().await.map_err(unreachable)?;
        let mut client =
            SchedulerClient::new(channel).max_decoding_message_size(MESSAGE).max_encoding_message_size(MESSAGE);
        // Changes nothing, and is answered as any other call would be.
        let hello = RemoveSessionParams { session_id: "hello".to_owned() };
        let answered = client.remove_session(hello).await;
        answered.map_err(|status| match ClusterError::answered(MEMBER, address, &status) {
            ClusterError::Unreachable { reason, .. } => self.unreachable(MEMBER, address, reason),
            other => other,
        })?;
        Ok(client)
    }

    /// Says what may be wrong where the reason alone does not.
    fn unreachable(&self, member: &'static str, address: &str, mut reason: String) -> ClusterError {
        let hint = match &*reason {
            reason if reason.contains("UnknownIssuer") || reason.contains("BadSignature") => {
                " (another CA signed its certificate)"
            }
            reason if reason.contains("NotValidForName") => " (its certificate is for another name)",
            // Somebody is there, and does not understand.
            reason if !self.secret() && !reason.contains("refused") => {
                " (if it speaks TLS, give the CA of the cluster)"
            }
            _ => "",
        };
        reason.push_str(hint);
        ClusterError::Unreachable { member, address: address.to_owned(), reason }
    }
}
