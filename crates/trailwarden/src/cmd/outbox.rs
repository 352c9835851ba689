//! `outbox`: what waits to be told and what was given up; sending it again; a lost outbox made anew.

use std::path::Path;

use anyhow::Context as _;
use serde_json::json;
use trail_detect::Rules;
use trail_notify::{Delivery, Intake, Member, Outbox, State};
use trail_query::{Engine, write::visible};
use trail_source::Window;

use super::{library, open_lake};
use crate::args::{OutboxArgs, OutboxCommand};
use crate::clock;
use crate::exit::{Status, usage};
use crate::outbox::{seed, tell_again};
use crate::settings::Settings;

/// Shows or changes the outbox that the config names.
pub(crate) async fn run(args: OutboxArgs) -> anyhow::Result<Status> {
    let settings = Settings::load(&args.config)?;
    let path = settings.notify.outbox.as_path();
    match args.command {
        OutboxCommand::List { dead, waiting, json } => {
            let states = [(State::Pending, !dead), (State::Dead, !waiting)];
            list(path, states.into_iter().filter(|(_, wanted)| *wanted).map(|(state, _)| state), json).await
        }
        OutboxCommand::Show { id, json } => show(path, &id, json).await,
        OutboxCommand::Resend { ids, all } => resend(path, ids, all).await,
        OutboxCommand::Rebuild { since } => rebuild(&settings, &since).await,
    }
}

/// Needs no lock, so that it can be asked for while the daemon runs.
async fn list(path: &Path, states: impl Iterator<Item = State>, json: bool) -> anyhow::Result<Status> {
    let outbox = Outbox::open_read_only(path)?;
    let mut count = 0;
    for state in states {
        for delivery in outbox.list(state, u32::MAX).await? {
            count += 1;
            if json { say!("{}", as_json(&delivery)) } else { say!("{}", line(&delivery)) }
        }
    }
    if !json {
        say!("{count} messages; {}", delivers(path));
    }
    Ok(Status::Fine)
}

async fn show(path: &Path, id: &str, json: bool) -> anyhow::Result<Status> {
    let found = Outbox::open_read_only(path)?.show(id).await?;
    if found.is_empty() {
        return Err(usage(format!("the outbox has no message and no notice `{}`", visible(id))));
    }
    for (delivery, members) in &found {
        if json {
            let mut object = as_json(delivery);
            object["members"] = members.iter().map(|one| json!({"id": one.id, "title": one.title})).collect();
            say!("{object}");
            continue;
        }
        say!("{}", line(delivery));
        for Member { id, title } in members {
            say!("  {}  {}", visible(id), visible(title.as_deref().unwrap_or("(told)")));
        }
    }
    Ok(Status::Fine)
}

async fn resend(path: &Path, ids: Vec<String>, all: bool) -> anyhow::Result<Status> {
    // Opened for reading first, since opening to write would make a file where there is none.
    let dead = Outbox::open_read_only(path)?.list(State::Dead, u32::MAX).await?;
    let known = |id: &String| dead.iter().any(|delivery| delivery.id == *id);
    if let Some(id) = ids.iter().find(|id| !known(id)) {
        let text = format!("`{}` is no message that was given up (see `trailwarden outbox list --dead`)", visible(id));
        return Err(usage(text));
    }
    let ids = if all { dead.into_iter().map(|delivery| delivery.id).collect() } else { ids };
    let count = Outbox::open(path)?.resend(ids, clock::now()).await?;
    say!("{count} messages go out again under their old ids; {}", delivers(path));
    Ok(Status::Fine)
}

async fn rebuild(settings: &Settings, since: &str) -> anyhow::Result<Status> {
    let now = clock::now();
    let (since, _) = Window::parse(Some(since), None).map_err(usage)?.bounds(now);
    let since = since.context("`--since` names no time")?;
    let rules = Rules::load(&library(settings.queries.as_deref())?).map_err(usage)?;
    let lake = open_lake(&settings.lake, settings.storage.clone(), &settings.aws, false).await?;
    let engine = Engine::new(settings.query.clone())?;
    engine.attach_lake(&lake).await?;
    let intake = Intake::open(&settings.notify).await?;
    let known = seed(&engine, &intake, since, now).await?;
    let told = tell_again(&engine, (&intake, &settings.notify), &rules, since, now).await?;
    say!(
        "findings since {since}: {} go out, {} were known, {} are silenced, {} have no route; {known} older ones count as told; {}",
        told.queued,
        told.known,
        told.silenced,
        told.unrouted,
        delivers(&settings.notify.outbox)
    );
    Ok(Status::Fine)
}

/// Who takes up what waits.
fn delivers(path: &Path) -> &'static str {
    if Outbox::is_in_use(path) {
        "a running daemon delivers from this outbox, and looks every minute"
    } else {
        "no daemon delivers from this outbox now: what waits goes out when `trailwarden run` does"
    }
}

fn line(delivery: &Delivery) -> String {
    let mut line = format!(
        "{}  {:8}  {:8}  {}  {} notices since {}, {} tries",
        delivery.id,
        delivery.state.name(),
        delivery.severity,
        visible(&delivery.channel),
        delivery.notices,
        delivery.opened,
        delivery.attempts,
    );
    match delivery.state {
        State::Pending => line += &format!(", next {}", delivery.next_try),
        State::Digested => line += &format!(", went on in {}", delivery.digest.as_deref().unwrap_or("a digest")),
        State::Sent | State::Dead => {}
    }
    if let Some(error) = &delivery.last_error {
        line += &format!(": {}", visible(error));
    }
    line
}

fn as_json(delivery: &Delivery) -> serde_json::Value {
    json!({
        "id": delivery.id, "channel": delivery.channel, "state": delivery.state.name(), "severity": delivery.severity,
        "group": delivery.group_key, "notices": delivery.notices, "attempts": delivery.attempts, "opened": delivery.opened,
        "next_try": (delivery.state == State::Pending).then_some(delivery.next_try), "error": delivery.last_error,
        "gathers": delivery.gathers, "digest": delivery.digest,
    })
}
