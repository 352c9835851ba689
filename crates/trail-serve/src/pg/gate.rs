//! Between the socket and the protocol: whole messages of bounded length go through, and who goes away is noticed at once.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::session::Session;

/// The longest message before the password was right.
const STRANGER: u32 = 10_000;
/// The longest after that: a statement, or the values of one.
const GUEST: u32 = 1 << 20;

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
    let rest = body(length, 8, STRANGER)?;
    write.write_all(&head).await?;
    pass(&mut read, &mut write, rest).await?;
    loop {
        let kind = read.read_u8().await?;
        let length = read.read_u32().await?;
        let most = if session.caller().is_some() { GUEST } else { STRANGER };
        let rest = body(length, 4, most)?;
        write.write_u8(kind).await?;
        write.write_u32(length).await?;
        pass(&mut read, &mut write, rest).await?;
    }
}

fn body(length: u32, read: u32, most: u32) -> io::Result<u32> {
    let wrong = |text: String| io::Error::new(io::ErrorKind::InvalidData, text);
    if length > most {
        return Err(wrong(format!("a message of {length} bytes is longer than {most}")));
    }
    length.checked_sub(read).ok_or_else(|| wrong(format!("a message cannot have a length of {length}")))
}

async fn pass(read: &mut (impl AsyncRead + Unpin), write: &mut (impl AsyncWrite + Unpin), count: u32) -> io::Result<()> {
    let copied = tokio::io::copy(&mut read.take(count.into()), write).await?;
    if copied < u64::from(count) { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
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
