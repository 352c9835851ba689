//! The whole of it: evidence in, report out.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;

use crate::address::{self, ChainId, Held, LogName};
use crate::chain::{self, DigestVerdict, Surroundings, Walked};
use crate::digest::DigestFile;
use crate::files::{Cover, LogFiles, LogVerdict, Matching, Strays, Without};
use crate::judge::Judge;
use crate::keys::PublicKeys;
use crate::trail_event::TrailEvent;
use crate::verdict::{Counts, Kind, Problem, Severity, Verdict};

/// All that is known of some accounts and regions. Chains do not reach from one account and region to another, so a big
/// organization can be looked at one after the other; but all trails of one account and region belong together, since a log
/// file that is in no digest of one may be in a digest of another.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// Whether all this lies where CloudTrail put it.
    pub held: Held,
    /// The digests, in any order.
    pub digests: &'a [DigestFile],
    /// The log files.
    pub log_files: &'a LogFiles,
    /// CloudTrail's keys.
    pub keys: &'a PublicKeys,
    /// What was done to the trails.
    pub trail_events: &'a [TrailEvent],
    /// Digests that ended before were not looked for. None where all were: then what is older than the oldest digest counts as
    /// expired, and not as missing.
    pub from: Option<Timestamp>,
    /// Digests were looked for up to here, which is not after now. None where it does not matter that no more have come.
    pub to: Option<Timestamp>,
}

/// What is to be said of the evidence.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The chains, by account, region and trail.
    pub chains: Vec<ChainReport>,
    /// The log files that no digest names although they should be in one, and those of which that cannot be told.
    pub strays: Vec<LogVerdict>,
    /// How many log files are in no digest since they are too new, or of a time for which there are no digests. Those of an
    /// account and region without any digest are not among them; they are a problem.
    pub outside: u64,
    /// What a person should know of.
    pub problems: Vec<Problem>,
}

/// What is to be said of a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChainReport {
    /// The chain.
    #[serde(flatten)]
    pub id: ChainId,
    /// From here on there is a proved digest…
    pub from: Option<Timestamp>,
    /// …and up to here.
    pub until: Option<Timestamp>,
    /// Its digests, missing ones included.
    pub digests: Counts,
    /// The log files that its digests name.
    pub log_files: Counts,
    /// Digest by digest, newest first.
    pub links: Vec<DigestVerdict>,
}

impl Report {
    /// Takes in the report on other accounts and regions.
    pub fn extend(&mut self, other: Self) {
        self.chains.extend(other.chains);
        self.strays.extend(other.strays);
        self.outside += other.outside;
        self.problems.extend(other.problems);
    }

    /// The severity of the worst problem; none where there are no problems.
    pub fn worst(&self) -> Option<Severity> {
        self.problems.iter().map(|problem| problem.severity).max()
    }

    /// The sum over the chains: digests and log files.
    pub fn counts(&self) -> (Counts, Counts) {
        let add = |sum: Counts, more: Counts| Counts {
            valid: sum.valid + more.valid,
            invalid: sum.invalid + more.invalid,
            unverifiable: sum.unverifiable + more.unverifiable,
        };
        self.chains.iter().fold((Counts::default(), Counts::default()), |(digests, logs), chain| {
            (add(digests, chain.digests), add(logs, chain.log_files))
        })
    }
}

/// Looks at the evidence.
pub fn verify(evidence: &Evidence<'_>) -> Report {
    let mut chains: BTreeMap<ChainId, Vec<&DigestFile>> = BTreeMap::new();
    for file in evidence.digests {
        // What neither says nor bears the name of a chain is no digest, wherever it lies.
        if let Some(id) = chain::chain_of(file) {
            chains.entry(id).or_default().push(file);
        }
    }
    let mut around = Surroundings {
        judge: Judge { keys: evidence.keys, held: evidence.held },
        trail_events: evidence.trail_events,
        from: evidence.from,
        to: evidence.to,
        buckets: evidence.digests.iter().filter_map(|file| address::bucket(&file.uri)).collect::<BTreeSet<_>>(),
        backfilled: BTreeMap::new(),
    };
    // Backfill first: it explains gaps in the others.
    let (backfill, standard): (Vec<_>, Vec<_>) = chains.into_iter().partition(|(id, _)| id.backfill);
    let mut walked = Vec::new();
    for (id, files) in backfill {
        let chain = chain::walk(&around, id, files);
        let mut spans: Vec<(Timestamp, Timestamp)> = chain
            .links
            .iter()
            .filter(|link| link.said.proven)
            .filter_map(|link| link.said.from.zip(link.said.until))
            .collect();
        spans.sort_unstable();
        around.backfilled.insert(ChainId { backfill: false, ..chain.id.clone() }, spans);
        walked.push(chain);
    }
    for (id, files) in standard {
        walked.push(chain::walk(&around, id, files));
    }
    walked.sort_by(|a, b| a.id.cmp(&b.id));
    judge_log_files(evidence.log_files, walked)
}

fn judge_log_files(files: &LogFiles, walked: Vec<Walked<'_>>) -> Report {
    let links = || walked.iter().flat_map(|chain| &chain.links);
    let stated = links().filter_map(|link| {
        let digest = link.file?.digest.as_ref().ok()?;
        Some((digest.log_files.as_slice(), doubt(&link.said)))
    });
    let mut matching = Matching::new(files, stated);
    let mut cover: BTreeMap<(String, String), Cover> = BTreeMap::new();
    let mut report = Report::default();
    for Walked { id, links, problems } in walked {
        report.problems.extend(problems);
        let proven: Vec<(Timestamp, Timestamp)> = links
            .iter()
            .filter(|link| link.said.proven)
            .filter_map(|link| link.said.from.zip(link.said.until))
            .collect();
        let cover = cover.entry((id.account.clone(), id.region.clone())).or_default();
        let mut chain = ChainReport {
            id,
            from: None,
            until: None,
            digests: Counts::default(),
            log_files: Counts::default(),
            links: Vec::new(),
        };
        for link in links {
            let mut said = link.said;
            let doubt = doubt(&said);
            if let Some((from, until)) = said.from.zip(said.until) {
                match doubt {
                    None => {
                        cover.prove(from, until);
                        chain.from = Some(from);
                        chain.until = chain.until.or(Some(until));
                    }
                    // One beside those that prove the time casts no doubt on it.
                    Some(_) if proven.iter().any(|span| span.0 < until && from < span.1) => {}
                    Some(kind) => cover.doubt(from, until, kind),
                }
            }
            let entries =
                link.file.and_then(|file| file.digest.as_ref().ok()).map_or(&[][..], |digest| &digest.log_files);
            said.log_files = match doubt {
                None => entries.iter().map(|entry| matching.proven(entry)).collect(),
                Some(kind) => entries.iter().filter_map(|entry| matching.doubted(entry, kind)).collect(),
            };
            chain.digests.add(said.verdict);
            for log in &said.log_files {
                chain.log_files.add(log.verdict);
                report.problems.extend(problem(log, Some(&chain.id)));
            }
            chain.links.push(said);
        }
        report.chains.push(chain);
    }
    cover.values_mut().for_each(Cover::close);
    let Strays { told, outside, without_digests } = matching.strays(&cover);
    (report.strays, report.outside) = (told, outside);
    report.problems.extend(without_digests.into_iter().map(|(area, without)| no_digests(area, without)));
    let added = report.strays.iter().filter(|log| log.verdict == Verdict::Invalid(Kind::LogAdded));
    let added: Vec<Problem> = added.filter_map(|log| problem(log, None)).collect();
    report.problems.extend(added);
    // A log file that two chains name is one problem.
    let mut known = BTreeSet::new();
    report.problems.retain(|problem| known.insert(problem.id()));
    report
}

/// What is wrong with a digest that proves nothing.
fn doubt(said: &DigestVerdict) -> Option<Kind> {
    if said.proven { None } else { said.verdict.kind() }
}

fn no_digests((account, region): (String, String), without: Without) -> Problem {
    let Without { count, first } = without;
    let explanation = format!(
        "There are {count} log files of account {account} in {region} and no digests: log file validation is off, or the digests \
         were removed."
    );
    Problem {
        kind: Kind::NoDigests,
        severity: Kind::NoDigests.severity(),
        object: first,
        count,
        account: Some(account),
        region: Some(region),
        chain: None,
        from: None,
        until: None,
        explanation,
    }
}

fn problem(log: &LogVerdict, chain: Option<&ChainId>) -> Option<Problem> {
    // Where the digest is at fault, the problem is the digest's.
    let (why, kind) = (log.why.as_ref()?, log.verdict.kind()?);
    let name = LogName::parse(&log.uri);
    Some(Problem {
        kind,
        severity: kind.severity(),
        object: log.uri.clone(),
        count: 1,
        account: name.as_ref().map(|name| name.account.clone()),
        region: name.as_ref().map(|name| name.region.clone()),
        chain: chain.cloned(),
        from: name.as_ref().map(|name| name.delivered.0),
        until: name.as_ref().map(|name| name.delivered.1),
        explanation: format!("Log file `{}` {why}.", log.uri),
    })
}
