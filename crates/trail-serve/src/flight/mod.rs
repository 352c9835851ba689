//! The door for whoever speaks Arrow Flight SQL: ADBC, JDBC and ODBC drivers of that name, and Python.

mod about;
mod handles;
mod plain;
mod service;
mod status;

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use arrow_flight::flight_service_server::FlightServiceServer;
use datafusion_postgres::pgwire::tokio::TlsAcceptor;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tonic::transport::Server;
use tonic::transport::server::Connected;

use self::service::Service;
use crate::door::{Counted, Door, House};
use crate::limits::{Place, Places};
use crate::stream::Patient;

/// A handshake of TLS must be done in this time.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// What runs when the door is closed gets so long to say goodbye.
const GOODBYE: Duration = Duration::from_secs(2);
const BREATH: Duration = Duration::from_millis(100);
/// The longest message that comes in: a statement, or the values of one.
const LONGEST: usize = 1 << 20;
/// Calls that one connection has open at a time.
const STREAMS: u32 = 100;

/// Answers whoever comes until `stop`.
pub(crate) async fn serve(
    house: Arc<House>,
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    places: Places,
    stop: CancellationToken,
) {
    let (out, incoming) = mpsc::channel(8);
    let accepting = accept(house.clone(), listener, tls, places.clone(), out);
    let incoming = futures::stream::unfold(incoming, async |mut incoming| Some((incoming.recv().await?, incoming)));
    let service = FlightServiceServer::new(Service::new(house, places, stop.child_token()));
    let serving = Server::builder()
        .max_concurrent_streams(STREAMS)
        .http2_max_header_list_size(32 << 10)
        .add_service(service.max_decoding_message_size(LONGEST))
        .serve_with_incoming_shutdown(Box::pin(incoming), stop.clone().cancelled_owned());
    let closed = async {
        stop.cancelled().await;
        tokio::time::sleep(GOODBYE).await;
    };
    tokio::select! {
        () = async { tokio::select! { () = stop.cancelled() => {}, () = accepting => {} }; std::future::pending::<()>().await } => {}
        served = serving => if let Err(error) = served {
            tracing::warn!(door = "flight", %error, "the door was closed");
        },
        () = closed => {}
    }
}

async fn accept(
    house: Arc<House>,
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    places: Places,
    out: mpsc::Sender<io::Result<Guest>>,
) {
    loop {
        let (stream, from) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(door = "flight", %error, "a connection could not be accepted");
                tokio::time::sleep(BREATH).await;
                continue;
            }
        };
        // Who finds no place is turned away before HTTP is spoken: clients say that the server is not available.
        let Some(place) = places.enter() else { continue };
        let (house, tls, out) = (house.clone(), tls.clone(), out.clone());
        tokio::spawn(async move {
            match timeout(HANDSHAKE, meet(&house, stream, tls, from, place)).await {
                // Nobody takes it where the door has been closed.
                Ok(Ok(guest)) => drop(out.send(Ok(guest)).await),
                Ok(Err(error)) => tracing::debug!(door = "flight", %from, %error, "a connection ended"),
                Err(_) => tracing::debug!(door = "flight", %from, "a handshake was not done in time"),
            }
        });
    }
}

async fn meet(
    house: &House,
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    from: SocketAddr,
    place: Place,
) -> io::Result<Guest> {
    let counted = Counted::new(Door::Flight, house);
    stream.set_nodelay(true)?;
    let stream: Pin<Box<dyn Socket>> = match tls {
        Some(tls) => Box::pin(tls.accept(stream).await?),
        None => Box::pin(stream),
    };
    // A statement may be silent for as long as it runs.
    let patience = house.config.idle_timeout.max(house.config.statement_timeout + Duration::from_secs(60));
    Ok(Guest { stream: Patient::with_both(stream, patience), from: From(from), _held: (place, counted) })
}

trait Socket: AsyncRead + AsyncWrite + Send {}

impl<S: AsyncRead + AsyncWrite + Send> Socket for S {}

/// Where a call comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct From(pub(crate) SocketAddr);

/// A connection with its place.
struct Guest {
    stream: Patient<Pin<Box<dyn Socket>>>,
    from: From,
    _held: (Place, Counted),
}

impl Connected for Guest {
    type ConnectInfo = From;

    fn connect_info(&self) -> From {
        self.from
    }
}

impl AsyncRead for Guest {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Guest {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
