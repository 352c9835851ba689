//! How a connection begins: a name, and proof by SCRAM-SHA-256 where there are users. The password itself never crosses the wire.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use datafusion_postgres::pgwire::api::auth::sasl::scram::ScramAuth;
use datafusion_postgres::pgwire::api::auth::sasl::{SASLState, SCRAM_SHA_256_METHOD, SCRAM_SHA_256_PLUS_METHOD};
use datafusion_postgres::pgwire::api::auth::{
    AuthSource, DefaultServerParameterProvider, LoginInfo, Password, StartupHandler, finish_authentication,
    protocol_negotiation, save_startup_parameters_to_metadata,
};
use datafusion_postgres::pgwire::api::{ClientInfo, METADATA_USER, PgWireConnectionState};
use datafusion_postgres::pgwire::error::{PgWireError, PgWireResult};
use datafusion_postgres::pgwire::messages::startup::{Authentication, PasswordMessageFamily, SecretKey};
use datafusion_postgres::pgwire::messages::{PgWireBackendMessage, PgWireFrontendMessage, ProtocolVersion};
use futures::{Sink, SinkExt};
use tokio::sync::Mutex;
use trail_query::write::visible;

use super::IntoError;
use super::error::fatal;
use super::session::{Listed, Session, Sessions};
use crate::catalog::settings::VERSION;
use crate::door::{Caller, Door, House};
use crate::limits::Places;
use crate::users::Users;

/// Who asks where there are no users.
pub(crate) const ANYBODY: &str = "local";
/// A wrong password costs so long.
const WRONG: Duration = Duration::from_millis(500);

/// The beginning of one connection.
pub(super) struct Login {
    session: Arc<Session>,
    sessions: Arc<Sessions>,
    places: Places,
    users: Users,
    scram: ScramAuth,
    state: Mutex<SASLState>,
    listed: std::sync::OnceLock<Listed>,
}

impl Login {
    pub(super) fn new(session: Arc<Session>, sessions: Arc<Sessions>, places: Places, house: &House) -> Self {
        let users = house.users.clone();
        let scram = ScramAuth::new(Arc::new(Source(users.clone())));
        let (state, listed) = (Mutex::new(SASLState::Initial), std::sync::OnceLock::new());
        Self { session, sessions, places, users, scram, state, listed }
    }

    async fn enter<C>(&self, client: &mut C, user: &str) -> PgWireResult<()>
    where
        C: ClientInfo + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::Error: fmt::Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let place = self.places.of(user).ok_or_else(|| {
            let most = self.places.most_of_one();
            let text = format!("too many connections of `{user}` (`serve.connections_per_user` is {most})");
            fatal("53300", text).into_error()
        })?;
        let mut secret = vec![0; if client.protocol_version() == ProtocolVersion::PROTOCOL3_0 { 4 } else { 32 }];
        aws_lc_rs::rand::fill(&mut secret)
            .map_err(|_| fatal("58000", "the system gives no random numbers").into_error())?;
        let key = match <[u8; 4]>::try_from(secret.as_slice()) {
            Ok(four) => SecretKey::I32(i32::from_be_bytes(four)),
            Err(_) => SecretKey::Bytes(Bytes::from(secret.clone())),
        };
        let listed = self.sessions.add(&self.session, secret);
        client.set_pid_and_secret_key(listed.number, key);
        let _ = self.listed.set(listed);
        let caller = Caller { who: user.to_owned(), door: Door::Postgres, from: self.session.from };
        self.session.welcome(caller, Some(place));
        let mut told = DefaultServerParameterProvider::default();
        told.server_version = format!("{VERSION} (Trailwarden {})", env!("CARGO_PKG_VERSION"));
        told.is_superuser = false;
        told.default_transaction_read_only = true;
        told.time_zone = "UTC".to_owned();
        told.date_style = "ISO, MDY".to_owned();
        finish_authentication(client, &told).await
    }
}

#[async_trait]
impl StartupHandler for Login {
    async fn on_startup<C>(&self, client: &mut C, message: PgWireFrontendMessage) -> PgWireResult<()>
    where
        C: ClientInfo + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::Error: fmt::Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        match message {
            PgWireFrontendMessage::Startup(startup) => {
                protocol_negotiation(client, &startup).await?;
                save_startup_parameters_to_metadata(client, &startup);
                client.set_state(PgWireConnectionState::AuthenticationInProgress);
                if self.users.is_empty() {
                    return self.enter(client, ANYBODY).await;
                }
                let ways = vec![SCRAM_SHA_256_METHOD.to_owned()];
                client.send(PgWireBackendMessage::Authentication(Authentication::SASL(ways))).await?;
                Ok(())
            }
            PgWireFrontendMessage::PasswordMessageFamily(message) if !self.users.is_empty() => {
                let mut state = self.state.lock().await;
                let message = match *state {
                    SASLState::Initial => {
                        let initial = message.into_sasl_initial_response()?;
                        if initial.auth_method != SCRAM_SHA_256_METHOD {
                            let known = initial.auth_method == SCRAM_SHA_256_PLUS_METHOD;
                            let way = if known { SCRAM_SHA_256_PLUS_METHOD } else { "this way" };
                            let text = format!("a password cannot be shown {way}: use {SCRAM_SHA_256_METHOD}");
                            return Err(fatal("28000", text).into_error());
                        }
                        *state = SASLState::ScramClientFirstReceived;
                        PasswordMessageFamily::SASLInitialResponse(initial)
                    }
                    SASLState::ScramServerFirstSent(_) => {
                        PasswordMessageFamily::SASLResponse(message.into_sasl_response()?)
                    }
                    _ => return Err(PgWireError::InvalidSASLState),
                };
                let user = client.metadata().get(METADATA_USER).cloned().unwrap_or_default();
                let (answer, next) = match self.scram.process_scram_message(client, message, &state).await {
                    Ok(done) => done,
                    Err(PgWireError::InvalidPassword(_)) => {
                        let shown: String = visible(&user).chars().take(100).collect();
                        let from = self.session.from;
                        tracing::warn!(target: "audit", who = shown, door = "postgres", %from, "refused: wrong user or password");
                        tokio::time::sleep(WRONG).await;
                        let text = format!("password authentication failed for user \"{shown}\"");
                        return Err(fatal("28P01", text).into_error());
                    }
                    Err(other) => return Err(other),
                };
                client.send(PgWireBackendMessage::Authentication(answer)).await?;
                *state = next;
                if matches!(*state, SASLState::Finished) {
                    return self.enter(client, &user).await;
                }
                Ok(())
            }
            _ => Err(fatal("08P01", "this is not how a connection begins").into_error()),
        }
    }
}

/// Where SCRAM finds what it compares with.
struct Source(Users);

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Source")
    }
}

#[async_trait]
impl AuthSource for Source {
    #[expect(elided_lifetimes_in_paths, reason = "the trait elides it")]
    async fn get_password(&self, login: &LoginInfo) -> PgWireResult<Password> {
        let salted = self.0.salted(login.user().unwrap_or_default());
        Ok(Password::new(Some(salted.salt), salted.password))
    }
}
