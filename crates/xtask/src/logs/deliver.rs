//! Events to log objects: grouped by account and region, cut by time, named and packed as CloudTrail does.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::ops::Range;
use std::path::Path;

use anyhow::{Context, Result};
use flate2::{Compression, GzBuilder};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use super::record::{Event, letters};
use super::world::{REGIONS, World};

/// About how many events an object holds.
const EVENTS: usize = 250;

/// CloudTrail delivers every five minutes or so, and about five minutes late.
const EVERY: i64 = 300;

/// Sums over what was written.
#[derive(Default)]
pub(super) struct Delivered {
    pub(super) objects: usize,
    pub(super) duplicates: usize,
    pub(super) bytes: u64,
}

impl Delivered {
    pub(super) fn add(&mut self, other: &Delivered) {
        self.objects += other.objects;
        self.duplicates += other.duplicates;
        self.bytes += other.bytes;
    }
}

/// Writes the events of one stretch of time; some also a second time, in another region's object, as AWS does now and then.
pub(super) fn write(
    out: &Path,
    world: &World,
    rng: &mut StdRng,
    events: Vec<Event>,
    span: Range<i64>,
) -> Result<Delivered> {
    let mut delivered = Delivered::default();
    let mut trails: BTreeMap<(String, &'static str), Vec<Event>> = BTreeMap::new();
    for event in events {
        if rng.random_bool(0.01) {
            let other =
                REGIONS.iter().position(|region| *region == event.region).map_or(0, |at| (at + 1) % REGIONS.len());
            trails.entry((event.account.clone(), REGIONS[other])).or_default().push(event.clone());
            delivered.duplicates += 1;
        }
        trails.entry((event.account.clone(), event.region)).or_default().push(event);
    }
    for ((account, region), mut events) in trails {
        events.sort_by_key(|event| event.time);
        let slots = (span.end - span.start) / EVERY;
        let objects = (events.len() / EVENTS).clamp(1, usize::try_from(slots.max(1))?) as i64;
        let length = (span.end - span.start) / objects;
        // A session may run on past the end: its tail comes with the last object.
        let slot = |event: &Event| ((event.time - span.start) / length).clamp(0, objects - 1);
        for chunk in events.chunk_by_mut(|a, b| slot(a) == slot(b)) {
            let last = chunk.last().map_or(span.end, |event| event.time);
            // AWS promises no order within an object; most are nearly sorted.
            if rng.random_bool(0.3) {
                chunk.shuffle(rng);
            }
            let at = (last / EVERY + 2) * EVERY;
            delivered.bytes += write_object(out, world, rng, (&account, region), at, chunk)?;
            delivered.objects += 1;
        }
    }
    Ok(delivered)
}

/// One object; returns its bytes before compression.
fn write_object(
    out: &Path,
    world: &World,
    rng: &mut StdRng,
    trail: (&str, &str),
    at: i64,
    events: &[Event],
) -> Result<u64> {
    let (account, region) = trail;
    let time = jiff::Timestamp::from_second(at)?.to_zoned(jiff::tz::TimeZone::UTC);
    let mut folder = out.join("AWSLogs");
    folder.extend(&world.organization);
    folder.extend([account, "CloudTrail", region]);
    folder.push(time.strftime("%Y/%m/%d").to_string());
    fs::create_dir_all(&folder).with_context(|| format!("cannot create `{}`", folder.display()))?;
    let tail = letters(rng, b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 16);
    let path = folder.join(format!("{account}_CloudTrail_{region}_{}_{tail}.json.gz", time.strftime("%Y%m%dT%H%MZ")));

    let mut body = String::with_capacity(events.iter().map(|event| event.json.len() + 1).sum::<usize>() + 16);
    body.push_str(r#"{"Records":["#);
    for (number, event) in events.iter().enumerate() {
        if number > 0 {
            body.push(',');
        }
        body.push_str(&event.json);
    }
    body.push_str("]}");
    // No time and no name in the header: the same events are the same bytes.
    let mut packed = GzBuilder::new().write(Vec::new(), Compression::new(6));
    packed.write_all(body.as_bytes())?;
    fs::write(&path, packed.finish()?).with_context(|| format!("cannot write `{}`", path.display()))?;
    Ok(body.len() as u64)
}
