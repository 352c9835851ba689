//! Between the socket and the protocol: whole messages of bounded length go through, and who goes away is noticed at once.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::session::Session;
use super::shape;

/// The longest message before the password was right.
const STRANGER: u32 = 10_000;
/// The longest after that: a statement, or the values of one.
const GUEST: u32 = 1 << 20;
/// Bytes that are kept for the next message.
const KEPT: usize = 16 << 10;

/// Copies until the other side goes, or sends what is too long. Then the session's statement is stopped.
pub(super) async fn copy(
    read: impl AsyncRead + Unpin,
    write: impl AsyncWrite + Unpin,
    head: [u8; 8],
    session: Arc<Session>,
) {
    let ended = copy_all(read, write, head, &session).await;
    if let Err(error) = &ended
        && error.kind() == io::ErrorKind::InvalidData
    {
        session.refuse(error.to_string());
    }
    session.gone().cancel();
}

async fn copy_all(
    read: impl AsyncRead + Unpin,
    mut write: impl AsyncWrite + Unpin,
    head: [u8; 8],
    session: &Session,
) -> io::Result<()> {
    let mut read = tokio::io::BufReader::new(read);
    let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]);
    let mut message = head.to_vec();
    fill(&mut read, &mut message, body(length, 8, STRANGER)?).await?;
    if !shape::start(&message[4..]) {
        return Err(wrong("this is not how a connection begins".to_owned()));
    }
    write.write_all(&message).await?;
    let mut first = true;
    loop {
        let kind = read.read_u8().await?;
        let length = read.read_u32().await?;
        let most = if session.caller().is_some() { GUEST } else { STRANGER };
        message.clear();
        fill(&mut read, &mut message, body(length, 4, most)?).await?;
        if !shape::message(kind, &message, first) {
            return Err(wrong(
                "a message is not built as the protocol says, or is of a kind that is not taken here".to_owned(),
            ));
        }
        first &= kind != b'p';
        write.write_u8(kind).await?;
        write.write_u32(length).await?;
        write.write_all(&message).await?;
        // One long message must not hold its memory for good.
        message.shrink_to(KEPT);
    }
}

fn wrong(text: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text)
}

fn body(length: u32, read: u32, most: u32) -> io::Result<u32> {
    if length > most {
        return Err(wrong(format!("a message of {length} bytes is longer than {most}")));
    }
    length.checked_sub(read).ok_or_else(|| wrong(format!("a message cannot have a length of {length}")))
}

/// Reads so many bytes more, as they come: a length alone takes no memory.
async fn fill(read: &mut (impl AsyncRead + Unpin), message: &mut Vec<u8>, count: u32) -> io::Result<()> {
    let got = read.take(count.into()).read_to_end(message).await?;
    if (got as u64) < u64::from(count) { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_believed_within_bounds() {
        let check = |length, read, most, expected: &str| {
            let found = body(length, read, most).map_or_else(|error| error.to_string(), |rest| rest.to_string());
            assert_eq!(found, expected);
        };
        check(100, 8, STRANGER, "92");
        check(4, 4, GUEST, "0");
        check(3, 4, GUEST, "a message cannot have a length of 3");
        check(u32::MAX, 4, GUEST, "a message of 4294967295 bytes is longer than 1048576");
        check(STRANGER + 1, 8, STRANGER, "a message of 10001 bytes is longer than 10000");
    }
}
