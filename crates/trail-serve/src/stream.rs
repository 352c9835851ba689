//! Sockets that do not wait for ever for the other side.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// A stream that fails when nothing goes through it, in neither direction, for too long.
pub(crate) struct Patient<S> {
    inner: S,
    patience: Duration,
    sleep: Pin<Box<Sleep>>,
    /// Whether waiting to read counts, too.
    reads: bool,
    /// Something is waited for, since `patience` before the sleep ends.
    waiting: bool,
}

impl<S> Patient<S> {
    /// One that fails where the other side takes nothing; to send nothing is its right.
    pub(crate) fn with_reader(inner: S, patience: Duration) -> Self {
        Self { inner, patience, sleep: Box::pin(sleep(patience)), reads: false, waiting: false }
    }

    /// One that fails where nothing happens at all.
    pub(crate) fn with_both(inner: S, patience: Duration) -> Self {
        Self { inner, patience, sleep: Box::pin(sleep(patience)), reads: true, waiting: false }
    }

    fn moved(&mut self) {
        self.waiting = false;
    }

    fn waits<T>(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        if !self.waiting {
            self.waiting = true;
            let then = Instant::now() + self.patience;
            self.sleep.as_mut().reset(then);
        }
        match self.sleep.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.inner).poll_read(cx, buf) {
            Poll::Pending if self.reads => self.waits(cx),
            Poll::Pending => Poll::Pending,
            ready => {
                self.moved();
                ready
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.inner).poll_write(cx, bytes) {
            Poll::Pending => self.waits(cx),
            ready => {
                self.moved();
                ready
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.inner).poll_flush(cx) {
            Poll::Pending => self.waits(cx),
            ready => ready,
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.inner).poll_shutdown(cx) {
            Poll::Pending => self.waits(cx),
            ready => ready,
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn who_takes_nothing_is_not_waited_for() {
        let (near, mut far) = tokio::io::duplex(64);
        let mut near = Patient::with_reader(near, Duration::from_millis(100));
        near.write_all(&[1; 64]).await.unwrap();
        let mut some = [0; 32];
        far.read_exact(&mut some).await.unwrap();
        near.write_all(&[1; 32]).await.unwrap();
        let error = near.write_all(&[1; 1]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn silence_counts_where_it_is_asked_for() {
        let (near, _far) = tokio::io::duplex(64);
        let mut near = Patient::with_both(near, Duration::from_millis(50));
        assert_eq!(near.read_u8().await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        let (near, mut far) = tokio::io::duplex(64);
        let mut near = Patient::with_reader(near, Duration::from_millis(20));
        let later = async {
            sleep(Duration::from_millis(80)).await;
            far.write_u8(7).await.unwrap();
        };
        assert_eq!(tokio::join!(near.read_u8(), later).0.unwrap(), 7);
    }
}
