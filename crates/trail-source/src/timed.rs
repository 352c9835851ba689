//! Sources that are read by time: slice after slice from a moment on, up to now.
//!
//! What is asked for by time may grow behind one's back, since events are taken in late. So each pass begins an `overlap` before
//! the moment up to which all is known to be in the lake, and once in a while (`full_relist`) at the window's own start again.
//!
//! **Why nothing is lost.** [`Progress`] moves on over a slice only when its answer was read to the end and everything in it has been
//! acknowledged, which is after the commit. Nothing of it outlives the process: a new one begins at `from`.
//!
//! **Why nothing is doubled.** An object is one slice, sorted; its version is a hash of its bytes. So (address, version) of what
//! was read before is of the very same bytes, and the lake skips it, in this process and the next. If a late event joins the slice, the
//! version is another, the slice is read again, and the lake knows the events in it that it has by their own ids. Where an answer is too
//! long for one object, the pages decide which events share one; if they come otherwise the next time, that is again another
//! version, and again the events' ids tell.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::carried::content_version;
use crate::error::SourceError;
use crate::object::{LogObject, Reader, Source};
use crate::window::{When, Window};

/// How many objects the reading may be ahead of who takes them: each has some megabytes.
const AHEAD: usize = 4;
/// An object is closed when it has so many bytes.
const FULL: usize = 8 << 20;

/// What is asked for a slice of time.
#[async_trait]
pub(crate) trait Slices: Send + Sync + 'static {
    /// Puts all events from `from` until before `to` into `slice`.
    async fn read(&self, from: Timestamp, to: Timestamp, slice: &mut Slice) -> Result<(), SourceError>;
}

/// How often a pass begins at the start of its window again, where the settings say nothing.
pub(crate) fn full_relist() -> Duration {
    Duration::from_secs(24 * 60 * 60)
}

/// How to go through time.
#[derive(Debug, Clone)]
pub(crate) struct Course {
    /// What addresses of objects begin with.
    pub(crate) uri: String,
    pub(crate) window: Window,
    pub(crate) overlap: Duration,
    pub(crate) full_relist: Duration,
    /// How long a slice is: slices begin at multiples of it.
    pub(crate) slice: SignedDuration,
}

/// The part of time that one pass reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stretch {
    number: u64,
    from: Timestamp,
    to: Timestamp,
    /// When the pass began: what happens later is not known of.
    now: Timestamp,
}

impl Course {
    /// The bounds that someone has set as moments; those that move with the clock would make other content of the same slice.
    fn fixed(&self, now: Timestamp) -> (Timestamp, Timestamp) {
        let (from, to) = self.window.bounds(now);
        let fixed = |when: Option<When>| when.is_some_and(|when| !matches!(when, When::Ago(_)));
        let from = from.filter(|_| fixed(self.window.from)).unwrap_or(Timestamp::MIN);
        (from, to.filter(|_| fixed(self.window.to)).unwrap_or(Timestamp::MAX))
    }

    /// The start of the slice that a moment is in.
    fn floor(&self, at: Timestamp) -> Timestamp {
        let length = self.slice.as_secs().max(1);
        Timestamp::from_second(at.as_second().div_euclid(length) * length).unwrap_or(at)
    }

    /// Reads slice after slice; stops where one fails, and goes on there in the next pass.
    async fn read(self, slices: Arc<dyn Slices>, stretch: Stretch, out: Out) {
        let (first, last) = self.fixed(stretch.now);
        let mut start = self.floor(stretch.from);
        while start < stretch.to && !out.found.is_closed() {
            let Ok(end) = start.checked_add(self.slice) else { return };
            let mut slice = Slice {
                name: format!("{}/{start}--{end}", self.uri),
                events: Vec::new(),
                bytes: 0,
                part: 0,
                start,
                out: out.clone(),
            };
            if let Err(error) = slices.read(start.max(first), end.min(last), &mut slice).await {
                // Nobody waiting is an end as well.
                let _ = out.found.send(Err(error)).await;
                return;
            }
            slice.close().await;
            out.progress.reach(stretch.number, end.min(stretch.now));
            start = end;
        }
        if start >= stretch.to && last <= stretch.now {
            // The end has passed, and all before it is read as of now: it need not be asked for again and again.
            out.progress.reach(stretch.number, stretch.now);
        }
    }
}

/// Events of one slice on their way into objects.
#[derive(Debug)]
pub(crate) struct Slice {
    name: String,
    /// Time and id, by which they are sorted, and the record.
    events: Vec<(i64, String, String)>,
    bytes: usize,
    part: usize,
    start: Timestamp,
    out: Out,
}

/// The way to whoever takes the objects.
#[derive(Debug, Clone)]
struct Out {
    pass: u64,
    found: mpsc::Sender<Result<LogObject, SourceError>>,
    progress: Arc<Progress>,
}

impl Slice {
    /// Adds an event: its time in milliseconds, its id, and its JSON.
    pub(crate) async fn add(&mut self, at: i64, id: &str, record: &str) {
        self.bytes += record.len() + 1;
        self.events.push((at, id.to_owned(), record.to_owned()));
        if self.bytes >= FULL {
            self.close().await;
        }
    }

    /// Makes an object of what there is.
    async fn close(&mut self) {
        let mut events = std::mem::take(&mut self.events);
        events.sort_unstable();
        let Some((newest, _, _)) = events.last() else { return };
        let modified = Timestamp::from_millisecond(*newest).ok();
        let mut text = Vec::with_capacity(std::mem::take(&mut self.bytes));
        for (_, _, record) in &events {
            text.extend_from_slice(record.as_bytes());
            text.push(b'\n');
        }
        self.part += 1;
        let part = if self.part > 1 { format!("+{}", self.part) } else { String::new() };
        let object = LogObject {
            uri: format!("{}{part}", self.name),
            version: content_version(&text),
            size: text.len() as u64,
            modified,
        };
        self.out.progress.open(self.out.pass, &object, self.start, text.into());
        // Who does not wait any more will not acknowledge it either, and so it comes again.
        let _ = self.out.found.send(Ok(object)).await;
    }
}

type Name = (String, String);

/// What has been found, and up to where all of it is safe.
#[derive(Debug, Default)]
struct Progress(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// The pass under way; one that was broken off has no say any more.
    pass: u64,
    /// Up to where all has been read.
    reached: Option<Timestamp>,
    /// When everything was last begun anew.
    full: Option<Timestamp>,
    /// Objects that are not acknowledged, with the start of their slice.
    open: HashMap<Name, Timestamp>,
    /// Their bytes, until they are read.
    bodies: HashMap<Name, Bytes>,
}

impl Progress {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a pass: says what it reads.
    fn begin(&self, course: &Course, now: Timestamp) -> Stretch {
        self.end();
        let mut known = self.known();
        let (from, to) = course.window.bounds(now);
        let from = from.unwrap_or(now);
        let again = known.reached.map(|reached| reached.checked_sub(course.overlap).unwrap_or(Timestamp::MIN));
        let due = known.full.is_none_or(|full| now.duration_since(full).unsigned_abs() >= course.full_relist);
        let from = match again {
            Some(again) if !due => again,
            // After a long outage, what was never read lies before the window as it is now.
            Some(again) => again.min(from),
            None => from,
        };
        let from = from.max(course.fixed(now).0);
        if due {
            known.full = Some(now);
            known.reached = Some(from);
        }
        Stretch { number: known.pass, from, to: to.map_or(now, |to| to.min(now)), now }
    }

    /// Ends a pass: what is not acknowledged is read again.
    fn end(&self) {
        let mut known = self.known();
        known.pass += 1;
        if let Some(oldest) = known.open.values().min().copied() {
            known.reached = known.reached.map(|reached| reached.min(oldest));
        }
        known.open.clear();
        known.bodies.clear();
    }

    fn open(&self, pass: u64, object: &LogObject, start: Timestamp, body: Bytes) {
        let mut known = self.known();
        if known.pass == pass {
            known.open.insert(name(object), start);
            known.bodies.insert(name(object), body);
        }
    }

    fn reach(&self, pass: u64, until: Timestamp) {
        let mut known = self.known();
        if known.pass == pass {
            known.reached = known.reached.max(Some(until));
        }
    }

    fn acknowledge(&self, objects: &[LogObject]) {
        let mut known = self.known();
        for name in objects.iter().map(name) {
            known.open.remove(&name);
            known.bodies.remove(&name);
        }
    }
}

fn name(object: &LogObject) -> Name {
    (object.uri.clone(), object.version.clone())
}

#[async_trait]
impl Reader for Progress {
    async fn read(&self, object: &LogObject, max_bytes: u64) -> Result<Bytes, SourceError> {
        let uri = object.uri.clone();
        if object.size > max_bytes {
            return Err(SourceError::TooLarge { uri, max: max_bytes });
        }
        let body = self.known().bodies.remove(&name(object));
        body.ok_or_else(|| SourceError::Reading { uri, reason: "it has been read, and comes again".to_owned() })
    }
}

/// A source that is read by time.
pub(crate) struct Timed {
    name: String,
    course: Course,
    slices: Arc<dyn Slices>,
    progress: Arc<Progress>,
    pass: Option<Pass>,
}

#[derive(Debug)]
struct Pass {
    found: mpsc::Receiver<Result<LogObject, SourceError>>,
    task: JoinSet<()>,
}

impl std::fmt::Debug for Timed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Timed").field("name", &self.name).field("course", &self.course).finish_non_exhaustive()
    }
}

impl Timed {
    pub(crate) fn new(name: String, course: Course, slices: impl Slices) -> Self {
        Self { name, course, slices: Arc::new(slices), progress: Arc::default(), pass: None }
    }

    fn begin(&self) -> Pass {
        let stretch = self.progress.begin(&self.course, Timestamp::now());
        tracing::debug!(source = self.name, from = %stretch.from, to = %stretch.to, "reading by time");
        let (send, found) = mpsc::channel(AHEAD);
        let out = Out { pass: stretch.number, found: send, progress: self.progress.clone() };
        let mut task = JoinSet::new();
        task.spawn(self.course.clone().read(self.slices.clone(), stretch, out));
        Pass { found, task }
    }
}

#[async_trait]
impl Source for Timed {
    fn name(&self) -> &str {
        &self.name
    }

    async fn next(&mut self) -> Result<Option<LogObject>, SourceError> {
        if self.pass.is_none() {
            self.pass = Some(self.begin());
        }
        let Some(pass) = &mut self.pass else { return Ok(None) };
        if let Some(found) = pass.found.recv().await {
            return found.map(Some);
        }
        let ended = pass.task.join_next().await;
        self.pass = None;
        match ended {
            Some(Err(error)) => Err(SourceError::Listing { place: self.name.clone(), reason: error.to_string() }),
            Some(Ok(())) | None => Ok(None),
        }
    }

    async fn ack(&mut self, objects: &[LogObject]) -> Result<(), SourceError> {
        self.progress.acknowledge(objects);
        Ok(())
    }

    async fn release(&mut self) {
        self.pass = None;
        self.progress.end();
    }

    fn reader(&self) -> Arc<dyn Reader> {
        self.progress.clone()
    }
}

#[cfg(test)]
mod tests;
