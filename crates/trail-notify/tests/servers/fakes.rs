//! Servers that misbehave on purpose, on free loopback ports.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// Takes connections and never says a word. Returns its port.
pub(crate) async fn silent() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            held.push(stream);
        }
    });
    port
}

/// A plain SMTP server that answers the n-th mail with the n-th of `answers`, and all later ones with 250.
/// Returns its port and everything that clients said, a string a connection.
pub(crate) async fn smtp(answers: &'static [&'static str]) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let said = Arc::clone(&heard);
    tokio::spawn(async move {
        for n in 0.. {
            let Ok((stream, _)) = listener.accept().await else { return };
            let answer = answers.get(n).copied().unwrap_or("250 taken");
            let text = converse(stream, answer).await.unwrap_or_else(|error| error.to_string());
            said.lock().unwrap().push(text);
        }
    });
    (port, heard)
}

async fn converse(stream: TcpStream, answer: &str) -> std::io::Result<String> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 localhost\r\n").await?;
    let (mut heard, mut data) = (String::new(), false);
    loop {
        let from = heard.len();
        if stream.read_line(&mut heard).await? == 0 {
            return Ok(heard);
        }
        let line = heard[from..].trim_end().to_owned();
        let reply = match line.split(' ').next().unwrap_or_default() {
            "." if data => {
                data = false;
                answer
            }
            _ if data => continue,
            "DATA" => {
                data = true;
                "354 go on"
            }
            "QUIT" => "221 bye",
            _ => "250 localhost",
        };
        stream.write_all(format!("{reply}\r\n").as_bytes()).await?;
    }
}

/// An AWS endpoint that refuses every call with this status and code. Returns its URL.
pub(crate) async fn refusing_aws(status: u16, code: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let body = format!(
                "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error><Type>Sender</Type>\
                 <Code>{code}</Code><Message>because</Message></Error></ErrorResponse>"
            );
            let mut request = vec![0; 65536];
            let _ = stream.read(&mut request).await;
            let reply = format!(
                "HTTP/1.1 {status} No\r\ncontent-type: text/xml\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.write_all(reply.as_bytes()).await;
        }
    });
    format!("http://127.0.0.1:{port}")
}
