//! The listener: one request a connection, all of it bounded in bytes, time and number.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;

use crate::config::{Config, Token};
use crate::head::{Head, MOST_BYTES};
use crate::pages::{Answer, Pages, answer};

/// Connections that are answered at a time; more wait to be accepted.
const MOST_CONNECTIONS: usize = 32;
/// The longest that a connection may take, from its first byte to its last.
const LONGEST: Duration = Duration::from_secs(10);
/// What comes after the head is read for so long and thrown away: closing over unread bytes would take the answer back.
const LINGER: Duration = Duration::from_millis(200);
/// Nothing can be accepted for a while where there are no file descriptors left.
const BREATH: Duration = Duration::from_millis(100);

/// An open port.
#[derive(Debug)]
pub struct Listener {
    tcp: TcpListener,
    longest: Duration,
}

impl Listener {
    /// Opens the port that the settings name.
    ///
    /// # Errors
    /// When it cannot be opened, as where another process has it.
    pub async fn bind(config: &Config) -> io::Result<Self> {
        Ok(Self { tcp: TcpListener::bind(config.listen).await?, longest: LONGEST })
    }

    /// Where it listens: the system chooses the port where the settings say 0.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }

    /// Answers whoever asks, for as long as this is polled. The token may change meanwhile.
    pub async fn serve(self, pages: Arc<dyn Pages>, token: watch::Receiver<Option<Token>>) {
        let room = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        loop {
            // The semaphore is never closed.
            let Ok(place) = room.clone().acquire_owned().await else { return };
            match self.tcp.accept().await {
                Ok((stream, from)) => {
                    let (pages, token) = (pages.clone(), token.clone());
                    tokio::spawn(async move {
                        let served = timeout(self.longest, serve(stream, pages.as_ref(), &token)).await;
                        tracing::debug!(%from, ?served, "asked");
                        drop(place);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(BREATH).await;
                }
            }
        }
    }
}

async fn serve(mut stream: TcpStream, pages: &dyn Pages, token: &watch::Receiver<Option<Token>>) -> io::Result<()> {
    let mut bytes = Vec::with_capacity(1024);
    let (answered, body) = loop {
        if (&mut stream).take((MOST_BYTES - bytes.len()) as u64).read_buf(&mut bytes).await? == 0 {
            if bytes.len() < MOST_BYTES {
                return Ok(());
            }
            break (Answer::text("431 Request Header Fields Too Large", "the head is too long"), true);
        }
        match Head::parse(&bytes) {
            Ok(Some(head)) => {
                let token = token.borrow().clone();
                break (answer(&head, pages, token.as_ref()), head.method != "HEAD");
            }
            Ok(None) => {}
            Err(httparse::Error::TooManyHeaders) => {
                break (Answer::text("431 Request Header Fields Too Large", "there are too many headers"), true);
            }
            Err(_) => break (Answer::text("400 Bad Request", "this is no HTTP request"), true),
        }
    };
    let Answer { status, kind, header, body: text } = answered;
    let mut reply = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         X-Content-Type-Options: nosniff\r\n{header}Connection: close\r\n\r\n",
        text.len()
    );
    if body {
        reply.push_str(&text);
    }
    stream.write_all(reply.as_bytes()).await?;
    stream.shutdown().await?;
    let (mut rest, mut nowhere) = (stream.take(64 << 10), tokio::io::sink());
    // The other side closes as soon as it has read; whoever does not has had its answer.
    let _ = timeout(LINGER, tokio::io::copy(&mut rest, &mut nowhere)).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(1);

    struct Here;

    impl Pages for Here {
        fn metrics(&self) -> String {
            "# EOF\n".to_owned()
        }

        fn alive(&self) -> Result<(), String> {
            Ok(())
        }

        fn ready(&self) -> Result<(), String> {
            Err("not yet".to_owned())
        }
    }

    async fn open() -> SocketAddr {
        let config = Config { listen: "127.0.0.1:0".parse().unwrap(), ..Config::default() };
        let listener = Listener { longest: PATIENCE, ..Listener::bind(&config).await.unwrap() };
        let address = listener.address().unwrap();
        let (_, token) = watch::channel(None);
        tokio::spawn(listener.serve(Arc::new(Here), token));
        address
    }

    async fn ask(address: SocketAddr, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request).await.unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).await.unwrap();
        reply
    }

    #[tokio::test]
    async fn one_request_a_connection() {
        let address = open().await;
        let reply = ask(address, b"GET /health HTTP/1.1\r\nHost: x\r\n\r\nGET /ready HTTP/1.1\r\n\r\n").await;
        assert!(reply.starts_with("HTTP/1.1 200 OK\r\n") && reply.ends_with("\r\n\r\nalive\n"), "{reply}");
        let reply = ask(address, b"HEAD /ready HTTP/1.1\r\n\r\n").await;
        assert!(reply.starts_with("HTTP/1.1 503 ") && reply.ends_with("Connection: close\r\n\r\n"), "{reply}");
        let reply = ask(address, b"\x16\x03\x01\x02\x00\x01").await;
        assert!(reply.starts_with("HTTP/1.1 400 "), "{reply}");
    }

    #[tokio::test]
    async fn a_head_without_end_is_refused() {
        let address = open().await;
        let endless = [b"GET / HTTP/1.1\r\nx: ".as_slice(), &vec![b'a'; 2 * MOST_BYTES]].concat();
        assert!(ask(address, &endless).await.starts_with("HTTP/1.1 431 "));
    }

    #[tokio::test]
    async fn who_says_nothing_is_not_waited_for() {
        let address = open().await;
        let began = std::time::Instant::now();
        let mut idle = Vec::new();
        for _ in 0..MOST_CONNECTIONS {
            idle.push(TcpStream::connect(address).await.unwrap());
        }
        // All places are taken; the next is answered once they are given up.
        let reply = ask(address, b"GET /health HTTP/1.1\r\n\r\n").await;
        assert!(reply.ends_with("alive\n") && began.elapsed() >= PATIENCE / 2, "{reply}");
    }
}
