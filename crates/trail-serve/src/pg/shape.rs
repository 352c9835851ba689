//! Whether a message is built as the protocol says. The decoder trusts lengths that stand inside of messages; who comes from
//! outside is not trusted.

/// Reads a message's body from the front.
struct Body<'a>(&'a [u8]);

impl Body<'_> {
    fn take(&mut self, count: usize) -> Option<&[u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn text(&mut self) -> Option<()> {
        let end = self.0.iter().position(|byte| *byte == 0)?;
        self.take(end + 1).map(drop)
    }

    fn count(&mut self) -> Option<usize> {
        self.take(2).map(|bytes| usize::from(u16::from_be_bytes([bytes[0], bytes[1]])))
    }

    /// A value with its length before it; a length of -1 is NULL.
    fn value(&mut self) -> Option<()> {
        let bytes = self.take(4)?;
        match i32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) {
            -1 => Some(()),
            length => self.take(usize::try_from(length).ok()?).map(drop),
        }
    }

    fn end(self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}

/// Whether the first message of a connection, after its length, is well built.
pub(super) fn start(body: &[u8]) -> bool {
    fn read(mut body: Body<'_>) -> Option<()> {
        body.take(4)?;
        // Names and values, and an empty name at the end.
        while body.0.first().is_some_and(|byte| *byte != 0) {
            body.text()?;
            body.text()?;
        }
        body.text()?;
        body.end()
    }
    read(Body(body)).is_some()
}

/// Whether a later message is one that clients send, and well built. `first` is the first that proves a password.
pub(super) fn message(kind: u8, body: &[u8], first: bool) -> bool {
    fn read(kind: u8, mut body: Body<'_>, first: bool) -> Option<()> {
        match kind {
            b'p' if first => {
                body.text()?;
                body.value()?;
            }
            b'p' => return Some(()),
            b'Q' => body.text()?,
            b'P' => {
                body.text()?;
                body.text()?;
                let types = body.count()?;
                body.take(types * 4)?;
            }
            b'B' => {
                body.text()?;
                body.text()?;
                let formats = body.count()?;
                body.take(formats * 2)?;
                for _ in 0..body.count()? {
                    body.value()?;
                }
                let formats = body.count()?;
                body.take(formats * 2)?;
            }
            b'E' => {
                body.text()?;
                body.take(4)?;
            }
            b'D' | b'C' => {
                body.take(1)?;
                body.text()?;
            }
            b'S' | b'H' | b'X' => {}
            _ => return None,
        }
        body.end()
    }
    read(kind, Body(body), first).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_whole() {
        let check = |kind: u8, body: &[u8], expected: bool| {
            assert_eq!(message(kind, body, true), expected, "{} {body:?}", kind as char);
        };
        check(b'Q', b"SELECT 1\0", true);
        check(b'Q', b"SELECT 1", false);
        check(b'Q', b"SELECT 1\0x", false);
        check(b'P', b"\0SELECT $1\0\0\x01\0\0\0\x19", true);
        check(b'P', b"\0SELECT $1\0\0\x02\0\0\0\x19", false);
        check(b'B', b"\0\0\0\0\0\x01\0\0\0\x01x\0\0", true);
        check(b'B', b"\0\0\0\0\0\x01\xff\xff\xff\xff\0\0", true);
        check(b'B', b"\0\0\0\0\0\x01\0\0\0\x09x\0\0", false);
        check(b'B', b"\0\0\0\0\0\x01\xff\xff\xff\xf0\0\0", false);
        check(b'E', b"\0\0\0\0\0", true);
        check(b'E', b"\0", false);
        check(b'D', b"S\0", true);
        check(b'D', b"", false);
        check(b'S', b"", true);
        check(b'd', b"data", false);
        check(b'p', b"SCRAM-SHA-256\0\0\0\0\x02n,", true);
        check(b'p', b"SCRAM-SHA-256\0\x78\x78\x78\x78n,", false);
        assert!(message(b'p', b"c=biws", false));
        assert!(start(b"\0\x03\0\0user\0anna\0\0") && start(b"\0\x03\0\0\0"));
        assert!(!start(b"\0\x03") && !start(b"\0\x03\0\0user\0") && !start(b"\0\x03\0\0user\0anna\0"));
    }
}
