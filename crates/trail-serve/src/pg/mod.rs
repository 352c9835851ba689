//! The door for whoever speaks PostgreSQL's wire protocol.
//!
//! The protocol is `pgwire`'s; the socket is ours: what comes in is bounded before it is decoded, and a client that goes away while
//! its statement runs is noticed then, and not when the next row is sent.

mod answer;
mod ask;
mod error;
mod gate;
mod login;
mod session;
mod shape;
mod words;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use datafusion_postgres::pgwire::api::{ClientInfo, DefaultClient, NoopHandler, PgWireConnectionState};
use datafusion_postgres::pgwire::error::{ErrorInfo, PgWireError};
use datafusion_postgres::pgwire::messages::Message;
use datafusion_postgres::pgwire::messages::PgWireFrontendMessage;
use datafusion_postgres::pgwire::messages::response::ErrorResponse;
use datafusion_postgres::pgwire::tokio::TlsAcceptor;
use datafusion_postgres::pgwire::tokio::server::{PgWireMessageServerCodec, process_error, process_message};
use futures::StreamExt;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::codec::Framed;
use tokio_util::sync::CancellationToken;

use self::ask::Asking;
use self::error::fatal;
use self::login::Login;
use self::session::{Session, Sessions};
use crate::door::{Counted, Door, House};
use crate::limits::{Place, Places};
use crate::stream::Patient;

/// From the first byte to the last of the password.
const LOGIN: Duration = Duration::from_secs(20);
/// Those that find no place are told so, so many at a time; more are turned away without a word.
const TURNED_AWAY: usize = 64;
/// Nothing can be accepted for a while where there are no file descriptors left.
const BREATH: Duration = Duration::from_millis(100);
/// Bytes that wait between the socket and the protocol.
const PIPE: usize = 64 << 10;

const SSL_REQUEST: i32 = 80_877_103;
const GSS_REQUEST: i32 = 80_877_104;
const CANCEL_REQUEST: i32 = 80_877_102;
/// The first byte of TLS, from clients that begin with it.
const TLS_HELLO: u8 = 0x16;

/// Answers whoever comes until `stop`.
pub(crate) async fn serve(
    house: Arc<House>,
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    places: Places,
    stop: CancellationToken,
) {
    let sessions = Arc::new(Sessions::default());
    let away = Arc::new(Semaphore::new(TURNED_AWAY));
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let (stream, from) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(door = "postgres", %error, "a connection could not be accepted");
                tokio::time::sleep(BREATH).await;
                continue;
            }
        };
        let Some(place) = places.enter() else {
            let Ok(permit) = away.clone().try_acquire_owned() else { continue };
            let most = house.config.connections;
            tokio::spawn(async move {
                let told = turn_away(stream, most);
                let _ = timeout(Duration::from_secs(2), told).await;
                drop(permit);
            });
            continue;
        };
        let guest =
            Guest { house: house.clone(), sessions: sessions.clone(), places: places.clone(), from, tls: tls.clone() };
        let stop = stop.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                met = guest.meet(stream, place) => {
                    if let Err(error) = met {
                        tracing::debug!(door = "postgres", %from, %error, "a connection ended");
                    }
                }
            }
        });
    }
}

/// Says that there is no place.
async fn turn_away(mut stream: TcpStream, most: usize) -> io::Result<()> {
    // An answer to nothing is not read by all clients.
    let mut asked = [0; 8];
    stream.read_exact(&mut asked).await?;
    let text = format!("too many connections (`serve.connections` is {most}): try again later");
    say(&mut stream, fatal("53300", text)).await
}

async fn say(stream: &mut (impl AsyncWrite + Unpin), error: ErrorInfo) -> io::Result<()> {
    let mut bytes = BytesMut::new();
    ErrorResponse::from(error).encode(&mut bytes).map_err(io::Error::other)?;
    stream.write_all(&bytes).await?;
    stream.shutdown().await
}

/// A connection that has just come.
struct Guest {
    house: Arc<House>,
    sessions: Arc<Sessions>,
    places: Places,
    from: SocketAddr,
    tls: Option<TlsAcceptor>,
}

/// Anything that bytes go through.
trait Socket: AsyncRead + AsyncWrite + Unpin + Send + Sync {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + Sync> Socket for S {}

impl Guest {
    async fn meet(self, stream: TcpStream, place: Place) -> io::Result<()> {
        let _counted = Counted::new(Door::Postgres, &self.house);
        let _place = place;
        stream.set_nodelay(true)?;
        let until = Instant::now() + LOGIN;
        let Some((mut stream, head, secure)) = timeout_at(until, self.greet(stream)).await?? else { return Ok(()) };
        let code = i32::from_be_bytes([head[4], head[5], head[6], head[7]]);
        if code == CANCEL_REQUEST {
            return timeout_at(until, self.cancel(stream, head)).await?;
        }
        if self.tls.is_some() && !secure {
            let text = "this door asks for TLS: connect with `sslmode=require`, better with `sslmode=verify-full`";
            return say(&mut stream, fatal("28000", text)).await;
        }
        self.talk(stream, head, secure, until).await
    }

    /// Agrees on TLS, and reads the first eight bytes of what is really wanted.
    async fn greet(&self, mut stream: TcpStream) -> io::Result<Option<(Box<dyn Socket>, [u8; 8], bool)>> {
        let mut first = [0; 1];
        if stream.peek(&mut first).await? == 0 {
            return Ok(None);
        }
        if first[0] == TLS_HELLO {
            let Some(tls) = &self.tls else { return Ok(None) };
            let stream = tls.accept(stream).await?;
            // Without this name within TLS, it could be another protocol's client that somebody leads here.
            if stream.get_ref().1.alpn_protocol() != Some(b"postgresql") {
                return Ok(None);
            }
            return first_of(Box::new(stream), true).await.map(Some);
        }
        let mut head = [0; 8];
        // One request for TLS and one for GSSAPI, and then the start.
        for _ in 0..3 {
            stream.read_exact(&mut head).await?;
            match (i32::from_be_bytes([head[4], head[5], head[6], head[7]]), &self.tls) {
                // What comes after it in the clear goes to TLS, which takes it for what it is: no handshake.
                (SSL_REQUEST, Some(tls)) => {
                    stream.write_all(b"S").await?;
                    return first_of(Box::new(tls.accept(stream).await?), true).await.map(Some);
                }
                (SSL_REQUEST | GSS_REQUEST, _) => stream.write_all(b"N").await?,
                _ => return Ok(Some((Box::new(stream), head, false))),
            }
        }
        Ok(None)
    }

    async fn cancel(&self, mut stream: Box<dyn Socket>, head: [u8; 8]) -> io::Result<()> {
        let length = i32::from_be_bytes([head[0], head[1], head[2], head[3]]);
        // The length, the code, the number of the session and its key of 4 to 256 bytes.
        let Some(key) =
            usize::try_from(length).ok().and_then(|length| length.checked_sub(12)).filter(|key| *key <= 256)
        else {
            return Ok(());
        };
        let number = stream.read_i32().await?;
        let mut secret = vec![0; key];
        stream.read_exact(&mut secret).await?;
        self.sessions.cancel(number, &secret);
        stream.shutdown().await
    }

    async fn talk(self, stream: Box<dyn Socket>, head: [u8; 8], secure: bool, until: Instant) -> io::Result<()> {
        let (read, write) = tokio::io::split(stream);
        let (near, far) = tokio::io::duplex(PIPE);
        let idle = self.house.config.idle_timeout;
        let session = Arc::new(Session::new(self.house.clone(), self.from));
        // Ends with this connection, and this connection's statement with it.
        let mut gate = JoinSet::new();
        gate.spawn(gate::copy(read, far, head, session.clone()));
        let socket = tokio::io::join(near, Patient::with_reader(write, idle));
        let mut socket = Framed::new(socket, PgWireMessageServerCodec::new(DefaultClient::new(self.from, secure)));
        socket.set_state(PgWireConnectionState::AwaitingStartup);
        let login = Arc::new(Login::new(session.clone(), self.sessions, self.places, &self.house));
        let asking = Arc::new(Asking::new(session.clone()));
        // Copying there is none, and cancelling goes over connections of their own, which never come so far.
        let nothing = Arc::new(NoopHandler);
        loop {
            let known = session.caller().is_some();
            let next = match known {
                true => timeout(idle, socket.next()).await,
                false => timeout_at(until, socket.next()).await,
            };
            let message = match next {
                Ok(Some(Ok(PgWireFrontendMessage::Terminate(_)))) => return Ok(()),
                Ok(Some(Ok(message))) => message,
                Ok(Some(Err(error))) => return process_error(&mut socket, error, false).await,
                Ok(None) => match session.refused() {
                    Some(text) => return process_error(&mut socket, fatal("54000", text).into_error(), false).await,
                    None => return Ok(()),
                },
                Err(_) if known => {
                    let text = format!("nothing was asked for {idle:?} (`serve.idle_timeout`)");
                    return process_error(&mut socket, fatal("57P05", text).into_error(), false).await;
                }
                Err(_) => return Ok(()),
            };
            let extended = message.is_extended_query();
            let done = process_message(
                message,
                &mut socket,
                login.clone(),
                asking.clone(),
                asking.clone(),
                nothing.clone(),
                nothing.clone(),
            )
            .await;
            if let Err(error) = done {
                let info = ErrorInfo::from(error);
                let over = info.is_fatal() || session.gone().is_cancelled();
                process_error(&mut socket, PgWireError::UserError(Box::new(info)), extended).await?;
                if over {
                    return Ok(());
                }
            }
        }
    }
}

async fn first_of(mut stream: Box<dyn Socket>, secure: bool) -> io::Result<(Box<dyn Socket>, [u8; 8], bool)> {
    let mut head = [0; 8];
    stream.read_exact(&mut head).await?;
    Ok((stream, head, secure))
}

trait IntoError {
    fn into_error(self) -> PgWireError;
}

impl IntoError for ErrorInfo {
    fn into_error(self) -> PgWireError {
        PgWireError::UserError(Box::new(self))
    }
}
