//! Reading by time, against answers that are in memory.

use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

/// A service that has events, and may fail.
#[derive(Debug, Default)]
struct Memory {
    /// Times in seconds, and ids.
    events: Mutex<Vec<(i64, String)>>,
    asked: Mutex<Vec<(Timestamp, Timestamp)>>,
    /// The slice at which it fails.
    broken: Mutex<Option<Timestamp>>,
    reversed: AtomicBool,
}

impl Memory {
    fn add(&self, at: Timestamp, id: &str) {
        self.events.lock().unwrap().push((at.as_second(), id.to_owned()));
    }
}

#[async_trait]
impl Slices for Arc<Memory> {
    async fn read(&self, from: Timestamp, to: Timestamp, slice: &mut Slice) -> Result<(), SourceError> {
        self.asked.lock().unwrap().push((from, to));
        if *self.broken.lock().unwrap() == Some(from) {
            return Err(SourceError::Call { call: "x:Y", place: "memory".to_owned(), reason: "throttled".to_owned() });
        }
        let mut events = self.events.lock().unwrap().clone();
        if self.reversed.load(Ordering::Relaxed) {
            events.reverse();
        }
        for (at, id) in events.into_iter().filter(|(at, _)| (from.as_second()..to.as_second()).contains(at)) {
            slice.add(at * 1000, &id, &format!("{{\"eventID\":\"{id}\"}}")).await;
        }
        Ok(())
    }
}

fn ago(minutes: i64) -> Timestamp {
    // Nothing here depends on where in a slice now is.
    Timestamp::now() - SignedDuration::from_mins(minutes)
}

fn source(memory: &Arc<Memory>, from: &str, to: Option<&str>) -> Timed {
    let course = Course {
        uri: "memory://x".to_owned(),
        window: Window::parse(Some(from), to).expect("a window"),
        overlap: Duration::from_secs(15 * 60),
        full_relist: Duration::from_secs(24 * 60 * 60),
        slice: SignedDuration::from_mins(5),
    };
    Timed::new("memory".to_owned(), course, memory.clone())
}

/// One pass: the objects with their text, and errors by their message. Acknowledges what it finds if told to.
async fn pass(source: &mut Timed, acknowledge: bool) -> Vec<(LogObject, String)> {
    let reader = source.reader();
    let mut found = Vec::new();
    loop {
        match source.next().await {
            Ok(Some(object)) => {
                let body = reader.read(&object, 1 << 30).await.expect("its bytes");
                found.push((object, String::from_utf8(body.to_vec()).expect("text")));
            }
            Ok(None) => break,
            Err(error) => found.push((
                LogObject { uri: String::new(), version: String::new(), size: 0, modified: None },
                error.to_string(),
            )),
        }
    }
    if acknowledge {
        let objects: Vec<LogObject> = found.iter().map(|(object, _)| object.clone()).collect();
        source.ack(&objects).await.expect("nothing can fail");
    }
    source.release().await;
    found
}

fn ids(found: &[(LogObject, String)]) -> Vec<String> {
    let mut ids: Vec<String> = found
        .iter()
        .flat_map(|(_, text)| text.lines())
        .filter_map(|line| line.strip_prefix("{\"eventID\":\"")?.strip_suffix("\"}").map(str::to_owned))
        .collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn the_same_events_are_the_same_object_and_a_late_one_makes_another() {
    let memory = Arc::new(Memory::default());
    let at = ago(12);
    memory.add(at, "b");
    memory.add(at, "a");
    let mut one = source(&memory, "1h", None);
    let first = pass(&mut one, true).await;
    assert_eq!(first.len(), 1);
    assert_eq!(first[0].1, "{\"eventID\":\"a\"}\n{\"eventID\":\"b\"}\n");
    let start = one.course.floor(at);
    assert_eq!(first[0].0.uri, format!("memory://x/{start}--{}", start + SignedDuration::from_mins(5)));
    // Whatever order they come in, in whatever process.
    memory.reversed.store(true, Ordering::Relaxed);
    assert_eq!(pass(&mut one, true).await, first);
    assert_eq!(pass(&mut source(&memory, "2h", None), true).await, first);
    // An event that is taken in late, within the overlap.
    memory.add(at, "late");
    let second = pass(&mut one, true).await;
    assert_eq!(second[0].0.uri, first[0].0.uri);
    assert_ne!(second[0].0.version, first[0].0.version);
    assert_eq!(ids(&second), ["a", "b", "late"]);
}

#[tokio::test]
async fn a_pass_reaches_back_by_the_overlap_and_fully_when_due() {
    let memory = Arc::new(Memory::default());
    memory.add(ago(50), "old");
    memory.add(ago(3), "new");
    let mut timed = source(&memory, "1h", None);
    assert_eq!(ids(&pass(&mut timed, true).await), ["new", "old"]);
    assert_eq!(ids(&pass(&mut timed, true).await), ["new"]);
    memory.add(ago(50), "very late");
    assert_eq!(ids(&pass(&mut timed, true).await), ["new"]);
    timed.course.full_relist = Duration::ZERO;
    assert_eq!(ids(&pass(&mut timed, true).await), ["new", "old", "very late"]);
}

#[tokio::test]
async fn what_is_not_acknowledged_comes_again() {
    let memory = Arc::new(Memory::default());
    memory.add(ago(50), "old");
    memory.add(ago(3), "new");
    let mut timed = source(&memory, "1h", None);
    assert_eq!(ids(&pass(&mut timed, false).await), ["new", "old"]);
    let again = pass(&mut timed, false).await;
    assert_eq!(ids(&again), ["new", "old"]);
    // All but one.
    let again = pass(&mut timed, false).await;
    drop(again);
    let objects = {
        let mut objects = Vec::new();
        while let Some(object) = timed.next().await.expect("readable") {
            objects.push(object);
        }
        objects
    };
    timed.ack(&objects[1..]).await.expect("nothing can fail");
    timed.release().await;
    assert_eq!(ids(&pass(&mut timed, true).await), ["new", "old"]);
    assert_eq!(ids(&pass(&mut timed, true).await), ["new"]);
}

#[tokio::test]
async fn a_pass_that_fails_goes_on_where_it_failed() {
    let memory = Arc::new(Memory::default());
    memory.add(ago(170), "one");
    memory.add(ago(70), "two");
    let mut timed = source(&memory, "3h", None);
    *memory.broken.lock().unwrap() = Some(timed.course.floor(ago(100)));
    let found = pass(&mut timed, true).await;
    assert_eq!(ids(&found), ["one"]);
    assert_eq!(found[1].1, "`x:Y` on `memory` failed: throttled");
    assert_eq!(ids(&pass(&mut timed, true).await), Vec::<String>::new());
    *memory.broken.lock().unwrap() = None;
    memory.asked.lock().unwrap().clear();
    assert_eq!(ids(&pass(&mut timed, true).await), ["two"]);
    let first = memory.asked.lock().unwrap()[0].0;
    assert!((ago(126)..ago(114)).contains(&first), "{first}: not from the start again");
}

#[tokio::test]
async fn an_outage_longer_than_the_window_loses_nothing() {
    let memory = Arc::new(Memory::default());
    let course = source(&memory, "1h", None).course;
    let progress = Progress::default();
    let at = |text: &str| text.parse::<Timestamp>().expect("a timestamp");
    let first = progress.begin(&course, at("2026-03-01T10:00:00Z"));
    assert_eq!((first.from, first.to), (at("2026-03-01T09:00:00Z"), at("2026-03-01T10:00:00Z")));
    progress.reach(first.number, at("2026-03-01T10:00:00Z"));
    // Three days later, whether everything is due again or not.
    let later = progress.begin(&course, at("2026-03-04T10:00:00Z"));
    assert_eq!(later.from, at("2026-03-01T09:45:00Z"));
    let failed = progress.begin(&course, at("2026-03-04T10:01:00Z"));
    assert_eq!(failed.from, at("2026-03-01T09:30:00Z"));
    let failed = progress.begin(&course, at("2026-03-04T10:02:00Z"));
    assert_eq!(failed.from, at("2026-03-01T09:30:00Z"), "failures do not move it further back");
    // A pass that was broken off has no say.
    progress.reach(first.number, at("2026-03-04T10:00:00Z"));
    assert_eq!(progress.begin(&course, at("2026-03-04T10:03:00Z")).from, at("2026-03-01T09:30:00Z"));
}

#[tokio::test]
async fn fixed_bounds_cut_slices() {
    let memory = Arc::new(Memory::default());
    let mut timed = source(&memory, "2026-03-01T10:02:00Z", Some("2026-03-01T10:11:00Z"));
    assert!(pass(&mut timed, true).await.is_empty());
    let asked = memory.asked.lock().unwrap().clone();
    let shown: Vec<String> = asked.iter().map(|(from, to)| format!("{from} {to}")).collect();
    assert_eq!(
        shown,
        [
            "2026-03-01T10:02:00Z 2026-03-01T10:05:00Z",
            "2026-03-01T10:05:00Z 2026-03-01T10:10:00Z",
            "2026-03-01T10:10:00Z 2026-03-01T10:11:00Z"
        ]
    );
    // Once read, a gap of the past is not asked for again before everything is.
    assert!(pass(&mut timed, true).await.is_empty());
    assert_eq!(memory.asked.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn a_slice_too_large_for_one_object_is_several() {
    let memory = Arc::new(Memory::default());
    let at = ago(12);
    let long = "x".repeat(1 << 20);
    for number in 0..20 {
        memory.add(at, &format!("{number:02}{long}"));
    }
    let found = pass(&mut source(&memory, "1h", None), true).await;
    let uris: Vec<&str> = found.iter().map(|(object, _)| object.uri.rsplit("--").next().expect("an end")).collect();
    assert_eq!(found.len(), 3, "{uris:?}");
    assert!(uris[1].ends_with("Z+2") && uris[2].ends_with("Z+3"), "{uris:?}");
    assert_eq!(ids(&found).len(), 20);
    assert!(found.iter().all(|(object, _)| object.size < 10 << 20));
}
