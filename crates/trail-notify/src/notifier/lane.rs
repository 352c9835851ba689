//! One channel's share of a pass: what is due goes out as far as its rate and its circuit allow.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::circuit::{Circuit, OpenCircuit};
use super::{Report, later};
use crate::backoff;
use crate::channel::{Channel, SendError, SendErrorKind};
use crate::config::{Config, Retry};
use crate::identity;
use crate::outbox::{Delivery, Due, Outbox, OutboxError, Shape};
use crate::rate::Bucket;
use crate::render::Parcel;
use crate::wait;

/// One pass tries no more than this many deliveries a channel, so that it ends and a stop is not kept waiting.
const BATCH: usize = 50;

/// What all lanes have from the config.
pub(super) struct Manner {
    retry: Retry,
    circuit_after: u32,
    group_window: Duration,
    rows: usize,
    digest_over: usize,
    digest_by: Vec<String>,
    see_all: Option<String>,
}

impl Manner {
    pub(super) fn new(config: &Config, see_all: Option<String>) -> Self {
        Self {
            retry: config.retry.clone(),
            circuit_after: config.circuit_after,
            group_window: config.group_window,
            rows: config.group_rows,
            digest_over: config.digest_over,
            digest_by: config.digest_by.clone(),
            see_all,
        }
    }
}

/// A channel, and what it may take now.
pub(super) struct Lane {
    channel: Arc<dyn Channel>,
    held: Mutex<Held>,
}

struct Held {
    circuit: Circuit,
    bucket: Bucket,
    /// After a digest the channel rests, so that a storm that goes on makes one digest each time and not one a second.
    rests_until: Option<Timestamp>,
    /// What it did since somebody asked.
    tally: Report,
}

impl Lane {
    pub(super) fn new(channel: Arc<dyn Channel>) -> Self {
        let bucket = Bucket::new(channel.rate());
        Self {
            channel,
            held: Mutex::new(Held { circuit: Circuit::default(), bucket, rests_until: None, tally: Report::default() }),
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn take_tally(&self) -> Report {
        std::mem::take(&mut self.held().tally)
    }

    pub(super) fn open_circuit(&self) -> Option<OpenCircuit> {
        self.held().circuit.open()
    }

    /// Until when nothing goes out, if that is known.
    pub(super) fn rests_until(&self) -> Option<Timestamp> {
        let held = self.held();
        [held.circuit.rests_until(), held.bucket.next(), held.rests_until].into_iter().flatten().max()
    }

    /// How many messages may go at `now`; none while the channel rests.
    fn free(&self, now: Timestamp) -> u32 {
        let mut held = self.held();
        let free = held.bucket.free(now);
        let rests = [held.circuit.rests_until(), held.rests_until].into_iter().flatten().any(|until| now < until);
        if rests { 0 } else { free }
    }
}

/// One channel's share of a pass.
pub(super) struct Pass {
    pub(super) outbox: Outbox,
    pub(super) name: String,
    pub(super) lane: Arc<Lane>,
    pub(super) manner: Arc<Manner>,
    pub(super) now: Timestamp,
}

impl Pass {
    pub(super) async fn run(self) -> Result<Report, OutboxError> {
        let mut report = Report::default();
        let shape = Shape {
            for_people: self.lane.channel.for_people(),
            digest_over: self.manner.digest_over,
            rows: self.manner.rows,
            digest_by: self.manner.digest_by.clone(),
        };
        for _ in 0..BATCH {
            let free = self.lane.free(self.now);
            if free == 0 {
                break;
            }
            let Some(Due { delivery, notices, tally }) = self.outbox.due(&self.name, free, &shape, self.now).await?
            else {
                break;
            };
            let parcel = Parcel {
                group: identity::group(&delivery.group_key),
                id: delivery.id.clone(),
                notices,
                see_all: self.manner.see_all.as_ref().map(|text| text.replace("{delivery}", &delivery.id)),
                digest: delivery.gathers > 0,
                tally,
                now: self.now,
                rows: self.manner.rows,
            };
            {
                let mut held = self.lane.held();
                held.bucket.take();
                if shape.for_people && parcel.digest && delivery.attempts == 0 {
                    let rest = self.lane.channel.rate().period().max(self.manner.group_window);
                    held.rests_until = Some(later(self.now, rest));
                }
            }
            match self.send(&parcel).await {
                Ok(()) => self.sent(&delivery, &mut report).await?,
                Err(error) => self.failed(&delivery, &error, &mut report).await?,
            }
        }
        Ok(report)
    }

    async fn sent(&self, delivery: &Delivery, report: &mut Report) -> Result<(), OutboxError> {
        self.outbox.sent(&delivery.id, self.now).await?;
        report.sent += 1;
        self.lane.held().tally.sent += 1;
        let (tries, notices) = (delivery.attempts.saturating_add(1), delivery.notices);
        tracing::info!(channel = self.name, delivery = delivery.id, notices, tries, "delivered");
        let was_open = self.lane.held().circuit.passed();
        if let Some(since) = was_open {
            tracing::warn!(channel = self.name, %since, "the channel takes messages again: what waits goes out");
        }
        Ok(())
    }

    async fn failed(&self, delivery: &Delivery, error: &SendError, report: &mut Report) -> Result<(), OutboxError> {
        let tries = delivery.attempts.saturating_add(1);
        let age = self.now.duration_since(delivery.opened);
        let old = age >= SignedDuration::try_from(self.manner.retry.give_up_after).unwrap_or(SignedDuration::MAX);
        if error.kind == SendErrorKind::Permanent || old {
            let text = if old { format!("given up: {error}") } else { error.to_string() };
            self.outbox.dead(&delivery.id, &text, self.now).await?;
            report.dead += 1;
            self.lane.held().tally.dead += 1;
            tracing::error!(
                channel = self.name,
                delivery = delivery.id,
                tries,
                error = text,
                "not delivered: dead letter (see `trailwarden outbox list --dead`)"
            );
        } else {
            let next = later(self.now, backoff::wait(&self.manner.retry, &delivery.id, tries));
            self.outbox.retry(&delivery.id, &error.text, next).await?;
            report.failed += 1;
            self.lane.held().tally.failed += 1;
            tracing::warn!(channel = self.name, delivery = delivery.id, tries, error = error.text, %next, "not delivered yet");
        }
        let (after, retry) = (self.manner.circuit_after, &self.manner.retry);
        let opened = self.lane.held().circuit.failed(error, after, retry, &self.name, self.now);
        if opened {
            tracing::error!(
                channel = self.name,
                failures = after,
                error = error.text,
                "the channel fails again and again: its messages wait, and one at a time probes it"
            );
        }
        Ok(())
    }

    /// No channel can hold a pass up: its time limit is kept here, since clients are known to wait forever on a silent server.
    async fn send(&self, parcel: &Parcel) -> Result<(), SendError> {
        let limit = self.lane.channel.time_limit();
        match tokio::time::timeout(limit, self.lane.channel.send(parcel)).await {
            Ok(result) => result,
            Err(_) => {
                let text = format!("no answer within {} (see `time_limit`)", wait::text(limit));
                Err(SendError::new(SendErrorKind::Down, text))
            }
        }
    }
}
