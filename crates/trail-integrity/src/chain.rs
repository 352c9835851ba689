//! The walk along a chain, newest digest first: each digest judged with the help of the newer one, and the breaks between them.
//!
//! A digest names the one before it, so one that is removed is missed by name. Of several in a row only the newest is named;
//! the others are missed by the hour, for there is a digest for every hour, also for one without log files.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::address::{self, ChainId, DigestName, Held};
use crate::digest::DigestFile;
use crate::files::LogVerdict;
use crate::judge::{Judge, Newer};
use crate::trail_event::{self, TrailEvent};
use crate::verdict::{Kind, Problem, Severity, Verdict};

const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// A hole shorter than this is no missing digest.
const HALF_HOUR: SignedDuration = SignedDuration::from_mins(30);
/// A digest covers an hour and comes within the next; one hour more, and it is late.
const LATE: SignedDuration = SignedDuration::from_hours(3);
/// A newest digest that nothing proves is not believed that all between it and the next one is missing.
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// Missing digests that are listed one by one: a year of them.
const MOST_MISSING: usize = 9_000;

/// What is to be said of a digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DigestVerdict {
    /// Its address.
    pub uri: String,
    /// The time that it covers, where that is known.
    pub from: Option<Timestamp>,
    /// The end of that time.
    pub until: Option<Timestamp>,
    /// The fingerprint of the key that it names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// What is to be said of it.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// Whether what it says may be relied on: by its own signature, or by what the newer digest says of it.
    pub proven: bool,
    /// The time before it for which the chain has no digests, since it began anew after that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gap: Option<(Timestamp, Timestamp)>,
    /// The log files that it names.
    pub log_files: Vec<LogVerdict>,
}

/// A digest's verdict, and the digest where there is one.
pub(crate) struct Link<'a> {
    pub(crate) file: Option<&'a DigestFile>,
    pub(crate) said: DigestVerdict,
}

/// A chain after the walk.
pub(crate) struct Walked<'a> {
    pub(crate) id: ChainId,
    /// Newest first.
    pub(crate) links: Vec<Link<'a>>,
    pub(crate) problems: Vec<Problem>,
}

/// What a walk needs to know beside the chain itself.
pub(crate) struct Surroundings<'a> {
    pub(crate) judge: Judge<'a>,
    pub(crate) trail_events: &'a [TrailEvent],
    /// Digests that ended before were not looked for.
    pub(crate) from: Option<Timestamp>,
    /// Digests were looked for up to here.
    pub(crate) to: Option<Timestamp>,
    /// The buckets that were looked into.
    pub(crate) buckets: BTreeSet<&'a str>,
    /// The times of backfill digests that are proved, by their chains' standard ones.
    pub(crate) backfilled: BTreeMap<ChainId, Vec<(Timestamp, Timestamp)>>,
}

/// The chain of a digest, by what it says itself, so that one that was moved is still of its chain.
pub(crate) fn chain_of(file: &DigestFile) -> Option<ChainId> {
    own_name(file).map(|name| name.chain)
}

fn own_name(file: &DigestFile) -> Option<DigestName> {
    let stated = file.digest.as_ref().ok().and_then(|digest| DigestName::parse(&digest.uri()));
    stated.or_else(|| DigestName::parse(&file.uri))
}

pub(crate) fn walk<'a>(around: &Surroundings<'_>, id: ChainId, mut files: Vec<&'a DigestFile>) -> Walked<'a> {
    let end = |file: &DigestFile| own_name(file).map(|name| name.end);
    files.sort_by(|a, b| end(b).cmp(&end(a)).then_with(|| a.uri.cmp(&b.uri)));
    let mut walk = Walk {
        around,
        id: &id,
        places: HashMap::new(),
        named: HashMap::new(),
        links: Vec::new(),
        problems: Vec::new(),
    };
    walk.find_places(&files);
    for file in files {
        walk.judge(file);
    }
    let line = walk.line();
    for (at, digest) in line.iter().enumerate() {
        walk.beside(digest, at.checked_sub(1).map(|above| &line[above]));
        walk.before(digest, line.get(at + 1));
    }
    walk.end(line.first());
    let Walk { mut links, mut problems, .. } = walk;
    for problem in problems.iter_mut().filter(|problem| problem.kind.is_shared() && problem.count > 1) {
        problem.explanation.push_str(&format!(" So are {} more before it.", problem.count - 1));
    }
    // What is missing was found last and belongs between the others.
    links.sort_by_key(|link| std::cmp::Reverse(link.said.until));
    problems.sort_by_key(|problem| std::cmp::Reverse(problem.until));
    Walked { id, links, problems }
}

/// A digest that has its place in the chain, and the time that it covers.
struct Placed<'a> {
    file: &'a DigestFile,
    proven: bool,
    from: Timestamp,
    until: Timestamp,
}

struct Walk<'a, 'b> {
    around: &'b Surroundings<'b>,
    id: &'b ChainId,
    /// The digest that has a place in the chain, by the name of that place. The others of its place are copies.
    places: HashMap<String, &'a DigestFile>,
    /// What newer digests say of a place.
    named: HashMap<String, Newer>,
    links: Vec<Link<'a>>,
    problems: Vec<Problem>,
}

impl<'a> Walk<'a, '_> {
    fn held(&self) -> Held {
        self.around.judge.held
    }

    /// The place of a digest: where it says that it belongs, or where it lies if it says nothing.
    fn place(&self, file: &DigestFile) -> String {
        let stated = file.digest.as_ref().map(crate::Digest::uri);
        self.held().name(stated.as_deref().unwrap_or(&file.uri)).to_owned()
    }

    /// What lies in its place has it before what was moved, and a digest before what is none.
    fn find_places(&mut self, files: &[&'a DigestFile]) {
        for &file in files {
            let place = self.place(file);
            let rank = |file: &DigestFile| (file.digest.is_ok(), self.held().name(&file.uri) == place);
            let better = self.places.get(&place).is_none_or(|other| rank(file) > rank(other));
            if better {
                self.places.insert(place, file);
            }
        }
    }

    fn is_placed(&self, file: &DigestFile) -> bool {
        self.places.get(&self.place(file)).is_some_and(|placed| std::ptr::eq(*placed, file))
    }

    fn judge(&mut self, file: &'a DigestFile) {
        let place = self.place(file);
        let judgement = self.around.judge.judge(file, self.id.backfill, &self.id.region, self.named.get(&place));
        let (from, until) = span(file, judgement.proven).unzip();
        if let Some((kind, _)) = &judgement.problem
            && self.shares(*kind, file, until)
            && let Some(last) = self.problems.last_mut()
        {
            last.from = from;
            last.count += 1;
        } else if let Some((kind, why)) = judgement.problem {
            self.tell(kind, &file.uri, 1, from, until, format!("Digest `{}` {why}.", file.uri));
            // CloudTrail writes no digest without a signature: in its own bucket, one of which nothing else is known was made up,
            // or somebody wrote it anew.
            if let Some(last) = self.problems.last_mut()
                && judgement.verdict == Verdict::Unverifiable(Kind::SignatureLost)
                && self.around.judge.held == Held::InPlace
            {
                last.severity = Severity::High;
            }
        }
        if let Ok(digest) = &file.digest
            && let Some(previous) = &digest.previous
        {
            let says =
                Newer { proven: judgement.proven, hash: previous.hash, signature: digest.previous_signature.clone() };
            let name = self.held().name(&previous.uri()).to_owned();
            let entry = self.named.entry(name).or_insert_with(|| says.clone());
            if says.proven && !entry.proven {
                *entry = says;
            }
        }
        let said = DigestVerdict {
            uri: file.uri.clone(),
            from,
            until,
            fingerprint: file.digest.as_ref().ok().map(|digest| digest.fingerprint.clone()),
            verdict: judgement.verdict,
            proven: judgement.proven,
            gap: None,
            log_files: Vec::new(),
        };
        self.links.push(Link { file: Some(file), said });
    }

    /// The digests that the chain runs through, newest first: those that are proved, and those that one in line names. Anybody
    /// can put others beside them, and these must not look like breaks. Of the newest one nothing newer tells; it is believed
    /// where nothing speaks against it, as in a copy that lost its signature.
    fn line(&self) -> Vec<Placed<'a>> {
        let mut line: Vec<Placed<'a>> = Vec::new();
        let mut named: BTreeSet<&str> = BTreeSet::new();
        let previous: Vec<Option<String>> = self.links.iter().map(|link| previous_uri(link.file?)).collect();
        for (link, previous) in self.links.iter().zip(&previous) {
            let (Some(file), Some((from, until))) = (link.file, link.said.from.zip(link.said.until)) else { continue };
            let (proven, doubtful) = (link.said.proven, matches!(link.said.verdict, Verdict::Unverifiable(_)));
            let is_newest = line.is_empty() && doubtful && self.is_timely(until);
            if self.is_placed(file) && (proven || is_newest || named.contains(&self.place(file)[..])) {
                if proven || doubtful {
                    named.extend(previous.as_ref().map(|uri| self.held().name(uri)));
                }
                line.push(Placed { file, proven, from, until });
            }
        }
        line.sort_by_key(|placed| std::cmp::Reverse(placed.until));
        if let [newest, next, ..] = &line[..]
            && !newest.proven
            && newest.from.duration_since(next.until) > DAY
        {
            line.remove(0);
        }
        line
    }

    /// Whether a digest of that time can be there already.
    fn is_timely(&self, until: Timestamp) -> bool {
        self.around.to.is_none_or(|to| until <= to + HOUR)
    }

    /// Looks at a digest that the newer one in line does not name.
    fn beside(&mut self, digest: &Placed<'a>, above: Option<&Placed<'_>>) {
        let goes_on_with =
            above.and_then(|above| above.file.digest.as_ref().ok()).and_then(|above| above.previous.as_ref());
        if let Some(previous) = goes_on_with
            && !self.named.contains_key(&self.place(digest.file))
            && self.places.contains_key(self.held().name(&previous.uri()))
        {
            let uri = &digest.file.uri;
            let explanation = format!("Digest `{uri}` is CloudTrail's, but the newer one goes on with another.");
            self.tell(Kind::DigestUnlinked, uri, 1, Some(digest.from), Some(digest.until), explanation);
        }
    }

    /// Looks at what is between a digest and the next older one in line.
    fn before(&mut self, digest: &Placed<'a>, older: Option<&Placed<'_>>) {
        let older_end = older.map(|older| older.until);
        match digest.file.digest.as_ref().map(|digest| &digest.previous) {
            Ok(None) if digest.proven => {
                if let Some(from) = older_end
                    && from < digest.from
                {
                    self.gap(digest.file, from, digest.from);
                }
            }
            Ok(Some(previous)) if self.places.contains_key(self.held().name(&previous.uri())) => {}
            Ok(Some(previous)) if digest.proven => self.missing_by_name(&previous.uri(), digest.from, older_end),
            // What it says of the one before cannot be relied on, or it says nothing.
            _ => {
                if let (Some(floor), Some(name)) = (older_end, own_name(digest.file)) {
                    self.missing(&name, &digest.file.uri, None, digest.from, floor);
                }
            }
        }
    }

    /// The digest before is named and is not there.
    fn missing_by_name(&mut self, uri: &str, start: Timestamp, older_end: Option<Timestamp>) {
        if self.held() == Held::InPlace
            && address::bucket(uri).is_none_or(|bucket| !self.around.buckets.contains(bucket))
        {
            return;
        }
        let Some(name) = DigestName::parse(uri) else { return };
        let floor = match (older_end, self.around.from) {
            (Some(end), _) => end,
            // How far back the chain goes is not known.
            (None, Some(from)) if name.end >= from => name.end - HOUR,
            // It was not looked for; or all that is older is gone, as it is where objects expire.
            (None, _) => return,
        };
        self.missing(&name, uri, Some(uri), start, floor);
    }

    /// Tells of the digests between `floor` and `start` that are not there. `like` is the address of one of the chain.
    fn missing(&mut self, name: &DigestName, like: &str, named: Option<&str>, start: Timestamp, floor: Timestamp) {
        let mut gone: Vec<(String, Timestamp)> = Vec::new();
        let mut end = start;
        if let Some(uri) = named {
            gone.push((uri.to_owned(), name.end));
            end = name.end - HOUR;
        }
        let stop = trail_event::explanation(self.around.trail_events, self.id, floor, end);
        let mut stopped_until = None;
        while end.duration_since(floor) > HALF_HOUR && gone.len() < MOST_MISSING {
            let uri = name.sibling(like, end);
            if stop.is_some_and(|event| event.at <= floor.max(end - HOUR)) {
                stopped_until = stopped_until.or(Some(end));
            } else if !self.places.contains_key(self.held().name(&uri)) {
                // One that is there, and proves nothing, is not missing.
                gone.push((uri, end));
            }
            end -= HOUR;
        }
        if let (Some(event), Some(until)) = (stop, stopped_until) {
            self.stopped(like, event, floor.max(event.at), until);
        }
        let (Some((first, last_end)), Some((_, first_end))) = (gone.first().cloned(), gone.last()) else { return };
        let from = floor.max(*first_end - HOUR);
        let explanation = match gone.len() {
            1 => format!("Digest `{first}` is not there, and the log files of its hour cannot be verified."),
            count => format!(
                "{count} digests in a row, from {from} to {last_end}, are not there (the newest is `{first}`), and the log files of \
                 that time cannot be verified."
            ),
        };
        self.tell(Kind::DigestMissing, &first, gone.len() as u64, Some(from), Some(last_end), explanation);
        for (uri, end) in gone {
            let said = DigestVerdict {
                uri,
                from: Some(end - HOUR),
                until: Some(end),
                fingerprint: None,
                verdict: Verdict::Invalid(Kind::DigestMissing),
                proven: false,
                gap: None,
                log_files: Vec::new(),
            };
            self.links.push(Link { file: None, said });
        }
    }

    /// The chain begins anew after a time without digests.
    fn gap(&mut self, file: &DigestFile, from: Timestamp, until: Timestamp) {
        // Each backfill is a chain of its own.
        if self.id.backfill {
            return;
        }
        let here = |link: &&mut Link<'_>| link.file.is_some_and(|other| std::ptr::eq(other, file));
        if let Some(link) = self.links.iter_mut().find(here) {
            link.said.gap = Some((from, until));
        }
        let spans = self.around.backfilled.get(self.id).map_or(&[][..], Vec::as_slice);
        if covers(spans, from, until) {
            let explanation = format!(
                "CloudTrail delivered the digests from {from} to {until} later, as backfill; they are there and good."
            );
            self.tell(Kind::Backfilled, &file.uri, 1, Some(from), Some(until), explanation);
        } else if let Some(event) = trail_event::explanation(self.around.trail_events, self.id, from, until) {
            self.stopped(&file.uri, event, from, until);
        } else {
            let explanation = format!(
                "There are no digests from {from} to {until}, where the chain begins anew, and no event tells that the trail was \
                 stopped."
            );
            self.tell(Kind::Gap, &file.uri, 1, Some(from), Some(until), explanation);
        }
    }

    fn stopped(&mut self, object: &str, event: &TrailEvent, from: Timestamp, until: Timestamp) {
        let by = event.principal.as_ref().map_or(String::new(), |principal| format!(" by `{principal}`"));
        let explanation =
            format!("There are no digests from {from} to {until}: {}{by} at {} stopped them.", event.action, event.at);
        self.tell(Kind::LoggingStopped, object, 1, Some(from), Some(until), explanation);
    }

    /// Looks at what is after the newest digest.
    fn end(&mut self, newest: Option<&Placed<'_>>) {
        let (Some(newest), Some(to)) = (newest, self.around.to) else { return };
        // One that is there and proves nothing has been told of already.
        let there = self.links.iter().filter(|link| link.file.is_some_and(|file| self.is_placed(file)));
        let last = there.filter_map(|link| link.said.until).filter(|until| self.is_timely(*until)).max();
        if self.id.backfill || last.is_none_or(|last| to.duration_since(last) <= LATE) {
            return;
        }
        let (newest, end) = (newest.file, newest.until);
        if let Some(event) = trail_event::explanation(self.around.trail_events, self.id, end, to) {
            self.stopped(&newest.uri, event, end, to);
            return;
        }
        let explanation = format!(
            "The newest digest of the {} ends at {end}, and none came until {to}: the trail was stopped, or its newest digests were \
             removed.",
            self.id
        );
        self.tell(Kind::DigestsStopped, &newest.uri, 1, Some(end), Some(to), explanation);
    }

    /// Whether a digest has the problem of the newer one, which was told last.
    fn shares(&self, kind: Kind, file: &DigestFile, until: Option<Timestamp>) -> bool {
        let fingerprint = file.digest.as_ref().ok().map(|digest| &digest.fingerprint);
        kind.is_shared()
            && self.problems.last().is_some_and(|last| last.kind == kind && last.from.is_some() && last.from <= until)
            && (kind == Kind::SignatureLost
                || self.links.last().is_some_and(|above| above.said.fingerprint.as_ref() == fingerprint))
    }

    /// Notes a problem.
    fn tell(
        &mut self,
        kind: Kind,
        object: &str,
        count: u64,
        from: Option<Timestamp>,
        until: Option<Timestamp>,
        explanation: String,
    ) {
        self.problems.push(Problem {
            kind,
            severity: kind.severity(),
            object: object.to_owned(),
            count,
            account: Some(self.id.account.clone()),
            region: Some(self.id.region.clone()),
            chain: Some(self.id.clone()),
            from,
            until,
            explanation,
        });
    }
}

fn previous_uri(file: &DigestFile) -> Option<String> {
    file.digest.as_ref().ok()?.previous.as_ref().map(crate::Previous::uri)
}

/// The time that a digest covers: by what it says, where that is proved, or else by its name.
fn span(file: &DigestFile, proven: bool) -> Option<(Timestamp, Timestamp)> {
    match &file.digest {
        Ok(digest) if proven => Some((digest.start, digest.end)),
        _ => DigestName::parse(&file.uri).or_else(|| own_name(file)).map(|name| (name.end - HOUR, name.end)),
    }
}

/// Whether the spans, in order, leave no hole between `from` and `until`.
fn covers(spans: &[(Timestamp, Timestamp)], from: Timestamp, until: Timestamp) -> bool {
    let reach = spans.iter().fold(from, |reach, span| if span.0 <= reach { reach.max(span.1) } else { reach });
    reach >= until
}
