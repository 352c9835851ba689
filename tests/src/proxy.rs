//! A proxy that stands between the program and a server, and does to its calls what a bad day does.
//!
//! [`Proxy::http`] understands enough of HTTP to tell calls apart: each call is a connection of its own to the server behind.
//! [`Proxy::tcp`] understands nothing and passes bytes on.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use socket2::SockRef;

/// What a call asks for.
#[derive(Debug)]
pub struct Call {
    /// `GET`, `PUT`, …
    pub method: String,
    /// With the query.
    pub path: String,
    /// The service that the signature is for: `s3`, `sqs`, `sns`, …
    pub service: String,
    /// The head in full, in lower case.
    pub head: String,
    /// The body as text.
    pub body: String,
}

/// What happens to a call or a connection.
#[derive(Clone, Debug)]
pub enum Fault {
    /// The server never hears of it; the answer is this status with this body.
    Answer(u16, &'static str),
    /// The connection is reset at once.
    Reset,
    /// No answer for so long, then the connection is closed.
    Hang(Duration),
    /// The server does as it was told, and the answer is lost.
    LoseAnswer,
    /// The answer breaks off in the middle of its body, with a reset.
    BreakOff,
    /// The answer ends in the middle of its body as if that were all.
    CutShort,
    /// The answer comes in small pieces with waits between them, so long in all.
    Slow(Duration),
    /// The answer is no HTTP.
    Garbage,
}

type Rule = dyn Fn(&Call) -> Option<Fault> + Send + Sync;

/// What a proxy does now, and how often it did it.
#[derive(Default)]
struct State {
    rule: Mutex<Option<Box<Rule>>>,
    hits: AtomicU32,
}

/// A proxy on a port of its own; it stands until the process ends.
pub struct Proxy {
    address: SocketAddr,
    state: Arc<State>,
}

impl Proxy {
    /// In front of an HTTP server, `host:port`.
    pub fn http(server: &str) -> Proxy {
        Proxy::start(server, serve_http)
    }

    /// In front of any server, `host:port`. Its rule sees a call without anything in it for each connection.
    pub fn tcp(server: &str) -> Proxy {
        Proxy::start(server, serve_tcp)
    }

    fn start(server: &str, serve: fn(TcpStream, &str, &State) -> std::io::Result<()>) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let (state, server) = (Arc::new(State::default()), server.to_owned());
        let shared = state.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (state, server) = (shared.clone(), server.clone());
                // A broken connection is what this is for.
                std::thread::spawn(move || drop(serve(client, &server, &state)));
            }
        });
        Proxy { address, state }
    }

    /// Where it listens, `host:port`.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// From now on, calls that the rule has a fault for suffer it.
    pub fn disturb(&self, rule: impl Fn(&Call) -> Option<Fault> + Send + Sync + 'static) {
        self.state.hits.store(0, Ordering::SeqCst);
        *self.state.rule.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(rule));
    }

    /// From now on all is well again; how many calls were disturbed.
    pub fn calm(&self) -> u32 {
        *self.state.rule.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.hits()
    }

    /// How many calls have been disturbed since [`Proxy::disturb`].
    pub fn hits(&self) -> u32 {
        self.state.hits.load(Ordering::SeqCst)
    }
}

impl State {
    fn fault(&self, call: &Call) -> Option<Fault> {
        let rule = self.rule.lock().unwrap_or_else(PoisonError::into_inner);
        let fault = rule.as_ref().and_then(|rule| rule(call));
        if fault.is_some() {
            self.hits.fetch_add(1, Ordering::SeqCst);
        }
        fault
    }
}

fn serve_http(client: TcpStream, server: &str, state: &State) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    let mut reader = BufReader::new(client.try_clone()?);
    // One call a connection: the answer's end is the connection's end, whatever its framing.
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if reader.read_until(b'\n', &mut head)? == 0 {
            return Ok(());
        }
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    let lower = text.to_ascii_lowercase();
    let header = |name: &str| {
        lower.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':').map(|value| value.trim().to_owned()))
    };
    if header("expect").is_some_and(|value| value.contains("100-continue")) {
        (&client).write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let mut body = vec![0; header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0)];
    reader.read_exact(&mut body)?;
    let mut words = text.split(' ');
    let call = Call {
        method: words.next().unwrap_or_default().to_owned(),
        path: words.next().unwrap_or_default().to_owned(),
        service: lower
            .split("/aws4_request")
            .next()
            .and_then(|scope| scope.rsplit('/').next())
            .unwrap_or_default()
            .to_owned(),
        body: String::from_utf8_lossy(&body).into_owned(),
        head: lower.clone(),
    };
    let fault = state.fault(&call);
    match fault {
        Some(Fault::Answer(status, body)) => {
            let answer = format!(
                "HTTP/1.1 {status} Fault\r\nContent-Type: application/xml\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
            return (&client).write_all(answer.as_bytes());
        }
        Some(Fault::Reset) => return reset(&client),
        Some(Fault::Hang(time)) => {
            std::thread::sleep(time);
            return Ok(());
        }
        Some(Fault::Garbage) => return (&client).write_all(b"\x16\x03\x01 this is not HTTP\r\n\r\n"),
        _ => {}
    }
    let mut upstream = TcpStream::connect(server)?;
    let kept = text.trim_end().lines().filter(|line| {
        let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
        name != "connection" && name != "expect"
    });
    let head = kept.chain(["Connection: close", "", ""]).collect::<Vec<_>>().join("\r\n");
    upstream.write_all(&[head.as_bytes(), &body].concat())?;
    let mut answer = Vec::new();
    upstream.read_to_end(&mut answer)?;
    let start = answer.windows(4).position(|four| four == b"\r\n\r\n").map_or(answer.len(), |at| at + 4);
    let middle = start + (answer.len() - start) / 2;
    match fault {
        Some(Fault::LoseAnswer) => reset(&client),
        Some(Fault::BreakOff) => {
            (&client).write_all(&answer[..middle])?;
            std::thread::sleep(Duration::from_millis(50));
            reset(&client)
        }
        Some(Fault::CutShort) => (&client).write_all(&answer[..middle]),
        Some(Fault::Slow(time)) => {
            (&client).write_all(&answer[..start])?;
            let pieces: Vec<&[u8]> = answer[start..].chunks((answer.len() - start).div_ceil(20).max(1)).collect();
            for piece in &pieces {
                (&client).write_all(piece)?;
                std::thread::sleep(time / pieces.len() as u32);
            }
            Ok(())
        }
        _ => (&client).write_all(&answer),
    }
}

fn serve_tcp(client: TcpStream, server: &str, state: &State) -> std::io::Result<()> {
    let nothing = || String::new();
    let call = Call { method: nothing(), path: nothing(), service: nothing(), head: nothing(), body: nothing() };
    let fault = state.fault(&call);
    match fault {
        Some(Fault::Reset) => return reset(&client),
        Some(Fault::Hang(time)) => {
            std::thread::sleep(time);
            return Ok(());
        }
        Some(Fault::Garbage) => return (&client).write_all(b"\x16\x03\x01\r\n\r\n"),
        _ => {}
    }
    let upstream = TcpStream::connect(server)?;
    let (mut to_server, mut from_client) = (upstream.try_clone()?, client.try_clone()?);
    std::thread::spawn(move || {
        // Either side may go at any moment.
        drop(std::io::copy(&mut from_client, &mut to_server));
        drop(to_server.shutdown(Shutdown::Write));
    });
    let (mut from_server, mut to_client) = (upstream, client);
    let mut passed = 0;
    let mut piece = [0; 1024];
    loop {
        let read = from_server.read(&mut piece)?;
        if read == 0 {
            return to_client.shutdown(Shutdown::Both);
        }
        passed += read;
        match fault {
            Some(Fault::Slow(time)) => std::thread::sleep(time),
            // After the greeting and the first words.
            Some(Fault::BreakOff) if passed > 200 => return reset(&to_client),
            _ => {}
        }
        to_client.write_all(&piece[..read])?;
    }
}

/// Closes without a goodbye, so that the other side sees a reset and not an end.
fn reset(stream: &TcpStream) -> std::io::Result<()> {
    SockRef::from(stream).set_linger(Some(Duration::ZERO))
}
