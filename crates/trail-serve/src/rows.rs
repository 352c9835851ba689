//! The rows of a running statement: a task of its own reads the answer and keeps the limits, whether or not anybody reads what it
//! gives. At most a few batches wait.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use futures::stream::BoxStream;
use futures::{Stream, StreamExt};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use trail_query::QueryError;

use crate::audit::{Note, Outcome};

/// Batches that wait between the engine and who asked.
const WAITING: usize = 1;

/// Why rows end before the last.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Stopped {
    /// The engine says so.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// Somebody asked for that.
    #[error("the statement was cancelled")]
    Cancelled,
    /// Nobody reads them.
    #[error("nothing was read of the answer for {0:?}")]
    Unread(Duration),
}

/// What a statement may take while it runs.
#[derive(Debug, Clone)]
pub(crate) struct Bounds {
    pub(crate) until: Instant,
    pub(crate) timeout: Duration,
    pub(crate) max_rows: u64,
    pub(crate) idle: Duration,
    pub(crate) cancel: CancellationToken,
}

/// An answer as it is given. The work begins when the first row is asked for; dropping this stops it.
pub(crate) struct Rows {
    schema: SchemaRef,
    state: State,
}

enum State {
    Waiting(Option<Box<Work>>),
    Running(mpsc::Receiver<Result<RecordBatch, Stopped>>),
}

struct Work {
    batches: BoxStream<'static, Result<RecordBatch, QueryError>>,
    bounds: Bounds,
    note: Note,
}

impl Rows {
    pub(crate) fn new(
        schema: SchemaRef,
        batches: BoxStream<'static, Result<RecordBatch, QueryError>>,
        bounds: Bounds,
        note: Note,
    ) -> Self {
        Self { schema, state: State::Waiting(Some(Box::new(Work { batches, bounds, note }))) }
    }

    pub(crate) fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
}

impl fmt::Debug for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").field("schema", &self.schema).finish_non_exhaustive()
    }
}

impl Stream for Rows {
    type Item = Result<RecordBatch, Stopped>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let State::Waiting(work) = &mut self.state {
            let Some(work) = work.take() else { return Poll::Ready(None) };
            let (out, rows) = mpsc::channel(WAITING);
            tokio::spawn(work.run(out));
            self.state = State::Running(rows);
        }
        match &mut self.state {
            State::Running(rows) => rows.poll_recv(cx),
            State::Waiting(_) => Poll::Ready(None),
        }
    }
}

impl Work {
    async fn run(self: Box<Self>, out: mpsc::Sender<Result<RecordBatch, Stopped>>) {
        let Self { mut batches, bounds, mut note } = *self;
        let ended = give(&mut batches, &bounds, &mut note, &out).await;
        // The work has stopped before anybody hears of it.
        drop(batches);
        match ended {
            Ok(true) => note.ended(Outcome::Ok),
            Ok(false) => note.ended(Outcome::Gone),
            Err(stopped) => {
                match &stopped {
                    Stopped::Query(error) => note.failed(error),
                    Stopped::Cancelled => note.ended(Outcome::Cancelled),
                    Stopped::Unread(_) => note.ended(Outcome::Gone),
                }
                drop(note);
                let _ = timeout(bounds.idle, out.send(Err(stopped))).await;
            }
        }
    }
}

/// Gives all batches; says no where nobody takes them any more.
async fn give(
    batches: &mut BoxStream<'static, Result<RecordBatch, QueryError>>,
    bounds: &Bounds,
    note: &mut Note,
    out: &mpsc::Sender<Result<RecordBatch, Stopped>>,
) -> Result<bool, Stopped> {
    let Bounds { until, timeout: limit, max_rows, idle, cancel } = bounds;
    let mut rows = 0;
    loop {
        let next = tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(Stopped::Cancelled),
            () = out.closed() => return Ok(false),
            () = sleep_until(*until) => return Err(QueryError::Timeout { limit: *limit }.into()),
            next = batches.next() => next,
        };
        let Some(batch) = next.transpose()? else { return Ok(true) };
        rows += batch.num_rows() as u64;
        if rows > *max_rows {
            return Err(QueryError::TooManyRows { limit: *max_rows }.into());
        }
        let count = batch.num_rows() as u64;
        tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(Stopped::Cancelled),
            () = sleep_until(*until) => return Err(QueryError::Timeout { limit: *limit }.into()),
            sent = timeout(*idle, out.send(Ok(batch))) => match sent {
                Ok(Ok(())) => note.add(count),
                Ok(Err(_)) => return Ok(false),
                Err(_) => return Err(Stopped::Unread(*idle)),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use arrow::array::Int64Array;
    use arrow::datatypes::{DataType, Field, Schema};

    use super::*;

    struct Flag(Arc<AtomicBool>);

    impl Drop for Flag {
        fn drop(&mut self) {
            self.0.store(true, Ordering::SeqCst);
        }
    }

    /// Rows without end, and a flag that is raised when the engine's stream is dropped.
    fn endless(change: impl FnOnce(&mut Bounds)) -> (Rows, Arc<AtomicBool>, CancellationToken) {
        let schema = Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, false)]));
        let batch = RecordBatch::try_new(schema.clone(), vec![Arc::new(Int64Array::from(vec![1; 10]))]).unwrap();
        let dropped = Arc::new(AtomicBool::new(false));
        let flag = Flag(dropped.clone());
        let batches = futures::stream::repeat_with(move || {
            let _ = &flag;
            Ok(batch.clone())
        });
        let minute = Duration::from_secs(60);
        let mut bounds = Bounds {
            until: Instant::now() + minute,
            timeout: minute,
            max_rows: u64::MAX,
            idle: minute,
            cancel: CancellationToken::new(),
        };
        change(&mut bounds);
        let cancel = bounds.cancel.clone();
        (Rows::new(schema, batches.boxed(), bounds, Note::new("x", "test", "", "")), dropped, cancel)
    }

    async fn until_dropped(dropped: &AtomicBool) {
        let wait = async {
            while !dropped.load(Ordering::SeqCst) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(Duration::from_secs(10), wait).await.expect("the engine's stream is dropped");
    }

    async fn error(rows: &mut Rows) -> String {
        loop {
            match rows.next().await {
                Some(Ok(_)) => {}
                Some(Err(stopped)) => return stopped.to_string(),
                None => return "the end".to_owned(),
            }
        }
    }

    #[tokio::test]
    async fn cancelled_rows_drop_the_stream() {
        let (mut rows, dropped, cancel) = endless(|_| {});
        assert_eq!(rows.next().await.unwrap().unwrap().num_rows(), 10);
        assert!(!dropped.load(Ordering::SeqCst));
        cancel.cancel();
        assert_eq!(error(&mut rows).await, "the statement was cancelled");
        until_dropped(&dropped).await;
    }

    #[tokio::test]
    async fn rows_that_nobody_holds_drop_the_stream() {
        let (mut rows, dropped, _) = endless(|_| {});
        rows.next().await.unwrap().unwrap();
        drop(rows);
        until_dropped(&dropped).await;
        let (rows, dropped, _) = endless(|_| {});
        drop(rows);
        until_dropped(&dropped).await;
    }

    #[tokio::test]
    async fn rows_and_time_have_an_end_that_is_told() {
        let (mut rows, dropped, _) = endless(|bounds| bounds.max_rows = 25);
        assert_eq!(error(&mut rows).await, "the answer has more than 25 rows (add a LIMIT, or raise `max_rows`)");
        until_dropped(&dropped).await;
        let (mut rows, dropped, _) = endless(|bounds| {
            bounds.timeout = Duration::from_millis(50);
            bounds.until = Instant::now() + bounds.timeout;
        });
        assert!(error(&mut rows).await.starts_with("the statement ran longer than 50ms"));
        until_dropped(&dropped).await;
    }

    #[tokio::test]
    async fn who_does_not_read_holds_little_and_not_for_long() {
        let (mut rows, dropped, _) = endless(|bounds| bounds.idle = Duration::from_millis(50));
        rows.next().await.unwrap().unwrap();
        until_dropped(&dropped).await;
        assert_eq!(error(&mut rows).await, "nothing was read of the answer for 50ms");
    }
}
