//! Tells people: takes `Notice`s in and delivers them by mail, SNS, file or standard output.
//!
//! The way of a notice: dedup by its id, silences, groups, routes (all on the way in, in one transaction of the
//! `Outbox`), then rendering and delivery, with retries until its channel took it. A delivery has the same id on every try. A
//! channel has a rate and a circuit; what is too much for it or its readers becomes a digest.
//!
//! Invariants:
//! - This crate knows no findings, no SQL and no CloudTrail: who submits turns those into notices.
//! - It reads no clock, no environment and prints nothing: time comes as an argument, the rest in `Wiring`.
//! - What `submit` took is on disk, and is delivered at least once to each of its channels or listed as a dead letter.
//! - Strings of a notice are hostile: they are cleaned in `render`, escaped in HTML, and never reach a header as they are.
//!
//! To add a channel, write `channel/<name>.rs` with its config and an `impl Channel`, and add its line to
//! `channel::ChannelConfig`.

mod backoff;
mod channel;
mod clean;
mod config;
mod filter;
mod identity;
mod intake;
mod notice;
mod notifier;
mod outbox;
mod rate;
mod render;
#[cfg(test)]
mod sample;
mod secret;
mod tally;
mod wait;

pub use channel::{
    ChannelConfig, FileConfig, Format, SecurityHubConfig, SlackConfig, SmtpConfig, SnsConfig, StdoutConfig, Tls,
    WebhookConfig, Wiring,
};
pub use config::{Config, ConfigError, Retry, Route, Silence};
pub use filter::Patterns;
pub use intake::Intake;
pub use notice::{Attachment, Body, Notice, Section, Severity};
pub use notifier::{ChannelStatus, ErrorKind, Notifier, NotifyError, OpenCircuit, Report};
pub use outbox::{Delivery, Depth, Member, Outbox, OutboxError, State, Submitted};
pub use rate::Rate;
pub use secret::Secret;
