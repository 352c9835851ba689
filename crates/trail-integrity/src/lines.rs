//! A report in the lines of `aws cloudtrail validate-logs`, for people who parse those.
//!
//! That command looks at one trail in one region of one account, so these lines are of one chain, and of its backfill after
//! it. What the command does not know (log files in no digest, a digest that a newer one proves) is not among them.

use jiff::Timestamp;

use crate::address::ChainId;
use crate::chain::DigestVerdict;
use crate::files::LogVerdict;
use crate::verdict::{Counts, Kind, Verdict};
use crate::verify::Report;

/// A piece of output, line ends included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Whether it goes to standard error.
    pub error: bool,
    /// The text.
    pub text: String,
}

/// What the command would print of this chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lines {
    /// In order.
    pub pieces: Vec<Piece>,
    /// Whether the command would end with 1: something is invalid.
    pub failed: bool,
}

/// Prints the chain `id` of a report. `trail_arn` is the ARN for the first line, `from` and `to` the time asked for, and
/// `verbose` adds what is valid.
pub fn lines(report: &Report, id: &ChainId, trail_arn: &str, from: Timestamp, to: Timestamp, verbose: bool) -> Lines {
    let mut printer = Printer { pieces: Vec::new(), verbose, blank: true };
    let header = format!("Validating log files for trail {trail_arn} between {} and {}\n\n", shown(from), shown(to));
    printer.put(false, header);
    let mut found: Option<(Timestamp, Timestamp)> = None;
    let mut ratios = Vec::new();
    let mut failed = false;
    for backfill in [false, true] {
        let id = ChainId { backfill, ..id.clone() };
        let (mut digests, mut logs) = (Counts::default(), Counts::default());
        for link in report.chains.iter().filter(|chain| chain.id == id).flat_map(|chain| &chain.links) {
            let state = digest_state(link, &id);
            digests.add(if state.is_none() { Verdict::Valid } else { link.verdict });
            printer.file(
                &format!("{}Digest file", if backfill { "(backfill) " } else { "" }),
                &link.uri,
                state.as_deref(),
            );
            if state.is_none() {
                let (start, end) = (link.from.unwrap_or(from).max(from), link.until.unwrap_or(to).min(to));
                found = Some(found.map_or((start, end), |(first, last)| (first.min(start), last.max(end))));
                for log in &link.log_files {
                    logs.add(log.verdict);
                    printer.file("Log file", &log.uri, log_state(log));
                }
            }
            if let Some((from, until)) = link.gap {
                let gap =
                    format!("No log files were delivered by CloudTrail between {} and {}", shown(from), shown(until));
                printer.status(true, gap);
            }
        }
        failed |= digests.total() > digests.valid || logs.total() > logs.valid;
        ratios.push(ratio(digests, if backfill { "backfill digest" } else { "digest" }));
        ratios.push(ratio(logs, if backfill { "backfill log" } else { "log" }));
    }
    printer.summary(from, to, found, &ratios.concat());
    Lines { pieces: printer.pieces, failed }
}

struct Printer {
    pieces: Vec<Piece>,
    verbose: bool,
    /// Whether a blank line was printed last.
    blank: bool,
}

impl Printer {
    fn put(&mut self, error: bool, text: String) {
        self.pieces.push(Piece { error, text });
    }

    /// A line about a file: what is wrong with it, or that it is valid.
    fn file(&mut self, what: &str, uri: &str, wrong: Option<&str>) {
        match wrong {
            Some(wrong) => self.status(true, format!("{what}\t{uri}\tINVALID: {wrong}")),
            None => self.status(false, format!("{what}\t{uri}\tvalid")),
        }
    }

    /// Errors have a blank line on either side.
    fn status(&mut self, error: bool, text: String) {
        if error {
            let before = if self.blank { "" } else { "\n" };
            self.put(true, format!("{before}{text}\n\n"));
            self.blank = true;
        } else if self.verbose {
            self.put(false, format!("{text}\n"));
            self.blank = false;
        }
    }

    fn summary(&mut self, from: Timestamp, to: Timestamp, found: Option<(Timestamp, Timestamp)>, ratios: &str) {
        let before = if self.blank { "" } else { "\n" };
        let mut text = format!("{before}Results requested for {} to {}\n", shown(from), shown(to));
        match found {
            _ if ratios.is_empty() => text.push_str("No digests found\n"),
            None => text.push_str("No valid digests found in range\n"),
            Some((first, last)) => text.push_str(&format!("Results found for {} to {}:\n", shown(first), shown(last))),
        }
        if !ratios.is_empty() {
            text.push_str(ratios);
            text.push('\n');
        }
        self.put(false, text);
    }
}

fn ratio(counts: Counts, name: &str) -> String {
    let total = counts.total();
    if total == 0 {
        return String::new();
    }
    let mut text = format!("\n{}/{total} {name} files valid", counts.valid);
    if counts.valid < total {
        text.push_str(&format!(", {}/{total} {name} files INVALID", total - counts.valid));
    }
    text
}

/// What the command says is wrong with a digest.
fn digest_state(link: &DigestVerdict, id: &ChainId) -> Option<String> {
    let fingerprint = link.fingerprint.as_deref().unwrap_or_default();
    let unknown = || format!("public key not found in region {} for fingerprint {fingerprint}", id.region);
    Some(match link.verdict {
        Verdict::Valid => return None,
        Verdict::Invalid(kind) | Verdict::Unverifiable(kind) => match kind {
            Kind::DigestMissing => "not found".to_owned(),
            Kind::DigestMalformed => "invalid format".to_owned(),
            Kind::DigestMoved => "has been moved from its original location".to_owned(),
            Kind::KeyUnknown | Kind::KeyOutsideTime => unknown(),
            Kind::KeyUnusable => format!("Unable to load PKCS #1 key with fingerprint {fingerprint}"),
            _ => "signature verification failed".to_owned(),
        },
    })
}

/// What the command says is wrong with a log file.
fn log_state(log: &LogVerdict) -> Option<&'static str> {
    match log.verdict.kind()? {
        Kind::LogMissing | Kind::LogMoved => Some("not found"),
        Kind::LogModified => Some("hash value doesn't match"),
        _ => Some("invalid format"),
    }
}

fn shown(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
