//! IAM's own word: asked once in a while, kept in the lake, and looked at by the rules that hold it against the logs.

use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use trail_detect::fingerprint;
use trail_query::Engine;
use trail_source::IamSnapshot;

use super::pulse::Pulse;
use super::{House, watch};
use crate::exit::sentence;
use crate::settings::IamAccount;
use crate::{clock, iam};

/// Its name among the parts.
const PART: &str = "iam";
/// What failed is asked again after so long.
const AGAIN: Duration = Duration::from_secs(300);
/// Whether this daemon leads now, and whether it is time, is looked at this often.
const LOOK: Duration = Duration::from_secs(10);

/// Asks until told to stop.
pub(super) async fn run(house: Arc<House>) -> anyhow::Result<()> {
    let pulse = house.pulse(PART, "");
    loop {
        let leads = *house.kept.leads.borrow();
        let pause = if leads && !pass(&house, &pulse).await { AGAIN } else { LOOK };
        pulse.rest(pause);
        tokio::select! {
            () = house.cancel.cancelled() => return Ok(()),
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Asks once, for who wants no more.
pub(super) async fn once(house: &House) {
    pass(house, &house.pulse(PART, "")).await;
}

/// Asks if it is time; false if anything failed.
async fn pass(house: &House, pulse: &Pulse) -> bool {
    match try_pass(house).await {
        Ok(false) => pulse.beat(),
        Ok(true) => pulse.succeeded(),
        Err(error) => {
            let error = sentence(&error);
            pulse.failed(&error);
            tracing::warn!(error, "IAM's word on access keys is not known, and will be asked for again");
            return false;
        }
    }
    true
}

/// Whether it was time for any account. One that cannot be asked keeps back none of the others.
async fn try_pass(house: &House) -> anyhow::Result<bool> {
    let now = clock::now();
    let mut due = Vec::new();
    for account in &house.settings.iam.accounts {
        let mark = house.lake.mark(&mark(account));
        if mark.get().await?.is_none_or(|last| last > now || now >= last + house.settings.iam.every) {
            due.push((account, mark));
        }
    }
    if due.is_empty() {
        return Ok(false);
    }
    let known = watch::engine(house).await?;
    let (mut kept, mut failed) = (Vec::new(), None);
    for (account, mark) in due {
        match ask(house, account).await {
            Ok(snapshot) => {
                keep(house, &known, &snapshot).await?;
                kept.push(mark);
            }
            Err(error) => failed = Some(error),
        }
    }
    if !kept.is_empty() {
        // Another engine: the one before does not know what was just put into the lake.
        let engine = watch::engine(house).await?;
        watch::tell(house, house.watch.advance_access_keys(&house.lake, &engine, now.as_microsecond()).await?).await?;
        // Last, so that a crash before that has everything asked and told once more, and not half a day later.
        for mark in kept {
            mark.set(now).await?;
        }
    }
    failed.map_or(Ok(true), Err)
}

/// The name of the lake's mark that says when an account was asked.
fn mark(account: &IamAccount) -> String {
    let IamAccount { file, aws } = account;
    let file = file.as_ref().map(|file| file.display().to_string());
    let parts = [&file, &aws.endpoint_url, &aws.profile, &aws.role_arn];
    format!("iam-{}", fingerprint(parts.map(|part| part.as_deref().unwrap_or_default())))
}

/// Puts the answer into the lake, unless it is there: a file may stay the same for long.
async fn keep(house: &House, known: &Engine, snapshot: &IamSnapshot) -> anyhow::Result<()> {
    let asked = known.sql("SELECT account, taken FROM iam_access_keys_history WHERE accesskeyid IS NULL").await?;
    let asked = asked.collect().await?;
    if !asked.iter().any(|batch| has(batch, snapshot)) {
        house.lake.append_access_keys(&iam::rows(snapshot)?).await?;
    }
    Ok(())
}

async fn ask(house: &House, account: &IamAccount) -> anyhow::Result<IamSnapshot> {
    let from = account.file.as_ref().map_or_else(|| "ask".to_owned(), |file| file.display().to_string());
    let own = account.aws == Default::default();
    iam::snapshot(&from, if own { &house.settings.aws } else { &account.aws }).await
}

fn has(asked: &RecordBatch, snapshot: &IamSnapshot) -> bool {
    let (accounts, times) = (asked.column(0), asked.column(1));
    (0..asked.num_rows()).any(|row| {
        trail_detect::text(accounts, row).as_ref() == Some(&snapshot.account)
            && trail_detect::time(times, row) == Some(snapshot.taken_at.as_microsecond())
    })
}
