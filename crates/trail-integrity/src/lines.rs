//! A report in the lines of `aws cloudtrail validate-logs`, for people who parse those.
//!
//! That command looks at one trail in one region of one account, so these lines are of one chain, and of its backfill after
//! it. What the command does not know (log files in no digest, a digest that a newer one proves) is not among them. Held against
//! aws-cli 1.46.3, whose output is the same to the byte but where several digests in a row are missing: that names one of them.

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
pub fn of_chain(
    report: &Report,
    id: &ChainId,
    trail_arn: &str,
    from: Timestamp,
    to: Timestamp,
    verbose: bool,
) -> Lines {
    let mut printer = Printer { pieces: Vec::new(), verbose, blank: true };
    let header = format!("Validating log files for trail {trail_arn} between {} and {}\n\n", shown(from), shown(to));
    printer.put(false, header);
    let mut found: Option<(Timestamp, Timestamp)> = None;
    let mut ratios = String::new();
    let mut failed = false;
    let mut logs = Counts::default();
    for backfill in [false, true] {
        let id = ChainId { backfill, ..id.clone() };
        let mut digests = Counts::default();
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
                printer.status(true, &gap);
            }
        }
        failed |= digests.total() > digests.valid;
        ratios.push_str(&ratio(digests, if backfill { "backfill digest" } else { "digest" }));
    }
    failed |= logs.total() > logs.valid;
    ratios.push_str(&ratio(logs, "log"));
    printer.summary(from, to, found, &ratios);
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
            Some(wrong) => self.status(true, &format!("{what}\t{uri}\tINVALID: {wrong}")),
            None => self.status(false, &format!("{what}\t{uri}\tvalid")),
        }
    }

    /// Errors have a blank line on either side.
    fn status(&mut self, error: bool, text: &str) {
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
    let unknown = || format!("public key not found in region {} for fingerprint {fingerprint}", id.home_region);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forge::{Forged, Plan, Signer};
    use crate::{Evidence, Held, verify};

    fn at(text: &str) -> Timestamp {
        format!("2026-03-01T{text}:00Z").parse().expect("a time")
    }

    /// Six hours with one log file each, and what is printed of them; the folders are left out, errors begin with `E`.
    #[track_caller]
    fn check(
        plan: impl FnOnce(&mut Plan),
        tamper: impl FnOnce(&mut Forged),
        verbose: bool,
        failed: bool,
        expected: &str,
    ) {
        let mut whole = Plan { hours: 6, log_files: 1, ..Plan::new(at("00:00")) };
        plan(&mut whole);
        let signer = Signer::new("eu-west-1", at("00:00"), at("23:00"));
        let mut forged = whole.forge(&[signer]);
        tamper(&mut forged);
        let report = verify(&Evidence {
            held: Held::InPlace,
            digests: &forged.digest_files(),
            log_files: &forged.log_files(Held::InPlace),
            keys: &forged.keys,
            trail_events: &[],
            from: Some(at("00:00")),
            to: None,
        });
        let (from, to) = (at("00:00"), at("07:00"));
        let lines = of_chain(&report, &whole.chain, &whole.chain.trail_arn(), from, to, verbose);
        let piece = |piece: &Piece| if piece.error { format!("E{}", piece.text) } else { piece.text.clone() };
        let shown: String = lines.pieces.iter().map(piece).collect();
        let short = |line: &str| {
            let columns: Vec<&str> = line.split('\t').collect();
            match columns[..] {
                [what, uri, state] => format!("{what}|{}|{state}", uri.rsplit('/').next().unwrap_or_default()),
                _ => line.to_owned(),
            }
        };
        let short: String = shown.split_inclusive('\n').map(short).collect();
        let short = short.replace("111111111111_CloudTrail", "A");
        let header = "Validating log files for trail arn:aws:cloudtrail:eu-west-1:111111111111:trail/audit between 2026-03-01T00:00:00Z and 2026-03-01T07:00:00Z\n\n";
        let short = short.strip_prefix(header).unwrap_or_else(|| panic!("{short}"));
        assert_eq!(short, expected);
        assert_eq!(lines.failed, failed);
    }

    #[test]
    fn valid_ones_are_counted_and_listed_on_demand() {
        check(
            |_| {},
            |_| {},
            false,
            false,
            "Results requested for 2026-03-01T00:00:00Z to 2026-03-01T07:00:00Z\n\
             Results found for 2026-03-01T00:00:00Z to 2026-03-01T06:00:00Z:\n\n\
             6/6 digest files valid\n6/6 log files valid\n",
        );
        check(
            |plan| {
                plan.hours = 1;
                plan.chain.region = "us-east-1".to_owned();
            },
            |_| {},
            true,
            false,
            "Digest file|A-Digest_us-east-1_audit_eu-west-1_20260301T010000Z.json.gz|valid\n\
             Log file|A_us-east-1_20260301T0000Z_fc81d4623564c469.json.gz|valid\n\n\
             Results requested for 2026-03-01T00:00:00Z to 2026-03-01T07:00:00Z\n\
             Results found for 2026-03-01T00:00:00Z to 2026-03-01T01:00:00Z:\n\n\
             1/1 digest files valid\n1/1 log files valid\n",
        );
        check(
            |plan| plan.hours = 0,
            |_| {},
            false,
            false,
            "Results requested for 2026-03-01T00:00:00Z to 2026-03-01T07:00:00Z\nNo digests found\n",
        );
    }

    #[test]
    fn what_is_invalid_is_said_as_the_command_says_it() {
        let tamper = |forged: &mut Forged| {
            let logs: Vec<String> = forged.log_files.keys().cloned().collect();
            forged.log_files.remove(&logs[0]);
            forged.log_files.get_mut(&logs[1]).expect("a log file").push(b' ');
            forged.digests[5].metadata.clear();
            forged.digests[4].body = serde_json::json!([]);
            forged.digests.remove(3);
        };
        check(
            |_| {},
            tamper,
            false,
            true,
            "EDigest file|A-Digest_eu-west-1_audit_eu-west-1_20260301T060000Z.json.gz|INVALID: signature verification failed\n\n\
             EDigest file|A-Digest_eu-west-1_audit_eu-west-1_20260301T050000Z.json.gz|INVALID: invalid format\n\n\
             EDigest file|A-Digest_eu-west-1_audit_eu-west-1_20260301T040000Z.json.gz|INVALID: not found\n\n\
             ELog file|A_eu-west-1_20260301T0100Z_12109c3e6763fe35.json.gz|INVALID: hash value doesn't match\n\n\
             ELog file|A_eu-west-1_20260301T0000Z_3db6bf6eaad81214.json.gz|INVALID: not found\n\n\
             Results requested for 2026-03-01T00:00:00Z to 2026-03-01T07:00:00Z\n\
             Results found for 2026-03-01T00:00:00Z to 2026-03-01T03:00:00Z:\n\n\
             3/6 digest files valid, 3/6 digest files INVALID\n1/3 log files valid, 2/3 log files INVALID\n",
        );
        let without_keys = |forged: &mut Forged| {
            let key = forged.keys.iter().next().expect("a key").clone();
            forged.keys = crate::PublicKeys::default();
            for digest in &mut forged.digests {
                digest.fields().insert("digestPublicKeyFingerprint".to_owned(), "31e8".into());
            }
            forged.keys.add(crate::PublicKey { fingerprint: "5e1f".to_owned(), region: None, ..key });
        };
        check(
            |plan| plan.hours = 1,
            without_keys,
            false,
            true,
            "EDigest file|A-Digest_eu-west-1_audit_eu-west-1_20260301T010000Z.json.gz|INVALID: public key not found in region \
             eu-west-1 for fingerprint 31e8\n\n\
             Results requested for 2026-03-01T00:00:00Z to 2026-03-01T07:00:00Z\n\
             No valid digests found in range\n\n0/1 digest files valid, 1/1 digest files INVALID\n",
        );
    }

    #[test]
    fn gaps_and_backfill() {
        check(
            |plan| plan.backfilled.push(2..4),
            |_| {},
            false,
            false,
            "ENo log files were delivered by CloudTrail between 2026-03-01T02:00:00Z and 2026-03-01T04:00:00Z\n\n\
             Results requested for 2026-03-01T00:00:00Z to 2026-03-01T07:00:00Z\n\
             Results found for 2026-03-01T00:00:00Z to 2026-03-01T06:00:00Z:\n\n\
             4/4 digest files valid\n2/2 backfill digest files valid\n6/6 log files valid\n",
        );
        check(
            |plan| {
                plan.hours = 2;
                plan.backfilled.push(0..2);
            },
            |forged| forged.digests[1].uri = forged.digests[1].uri.replace("/03/01/", "/03/02/"),
            true,
            true,
            "E(backfill) Digest file|A-Digest_eu-west-1_audit_eu-west-1_20260301T020000Z_backfill.json.gz|INVALID: has been moved \
             from its original location\n\n\
             (backfill) Digest file|A-Digest_eu-west-1_audit_eu-west-1_20260301T010000Z_backfill.json.gz|valid\n\
             Log file|A_eu-west-1_20260301T0000Z_3db6bf6eaad81214.json.gz|valid\n\n\
             Results requested for 2026-03-01T00:00:00Z to 2026-03-01T07:00:00Z\n\
             Results found for 2026-03-01T00:00:00Z to 2026-03-01T01:00:00Z:\n\n\
             1/2 backfill digest files valid, 1/2 backfill digest files INVALID\n1/1 log files valid\n",
        );
    }
}
