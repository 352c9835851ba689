//! Threat lists: addresses, user agents and access keys that somebody has warned of.
//!
//! Functions for the SQL of rules: `listed_address(address)`, `listed_agent(agent)` and `listed_key(id)` give the names of the lists
//! that something stands on, else NULL. Where there is no list of the kind, what asks is simplified away: it costs nothing. A list
//! is put in the place of an older one while rules run; who reads its file or asks its URL is not known here.

use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};

use arrow::array::{Array, ArrayRef, AsArray, StringViewBuilder};
use arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, lit,
};
use ipnet::IpNet;
use serde::Deserialize;
use trail_query::write::visible;

use crate::error::DetectError;

/// So many of the lines that are no entries are told one by one.
const TOLD: usize = 10;
/// So much of such a line is shown.
const SHOWN: usize = 60;
/// A network of more addresses than this would list a good part of everybody: /8, and /16 of IPv6.
const WIDEST: [u128; 2] = [1 << 24, 1 << 112];
/// A glob needs as many characters beside its `*`, so that it does not mean everything.
const FEWEST: usize = 3;
/// Where the addresses of IPv4 lie among those of IPv6.
const IPV4: std::ops::RangeInclusive<u128> = 0xffff_0000_0000..=0xffff_ffff_ffff;

/// What stands on a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ListKind {
    /// Addresses and networks.
    Addresses,
    /// User agents, in any case; `*` is any text.
    Agents,
    /// Ids of access keys.
    Keys,
}

/// A threat list, ready to be asked. A copy shares its entries.
#[derive(Clone, Deserialize)]
#[serde(try_from = "Inline")]
pub struct List {
    name: String,
    kind: ListKind,
    entries: Arc<Entries>,
}

/// The lines of a list that are no entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refused {
    /// How many there are.
    pub count: usize,
    /// The first of them: the line, from 1, and what is wrong with it.
    pub first: Vec<(usize, String)>,
}

/// A list with its entries in the settings.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Inline {
    name: String,
    kind: ListKind,
    entries: Vec<String>,
}

enum Entries {
    /// From the first address to the last, in order, apart from each other.
    Addresses(Vec<(u128, u128)>),
    Agents {
        whole: HashSet<String, ahash::RandomState>,
        globs: Vec<Vec<String>>,
    },
    Keys(HashSet<String, ahash::RandomState>),
}

impl Refused {
    fn add(&mut self, line: usize, reason: String) {
        self.count += 1;
        if self.first.len() < TOLD {
            self.first.push((line, reason));
        }
    }
}

impl List {
    /// Reads a list: an entry a line; what follows a `#` is a comment, and so is what follows a `;` where no entry has one. A line
    /// that is no entry costs no other.
    pub fn read(name: &str, kind: ListKind, text: &[u8]) -> (List, Refused) {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let (mut entries, mut refused) = (Entries::none(kind), Refused::default());
        for (at, line) in text.split(|byte| *byte == b'\n').enumerate() {
            let added = match std::str::from_utf8(line) {
                Ok(line) => match bare(line, kind) {
                    "" => Ok(()),
                    entry => entries.add(entry),
                },
                Err(_) => Err("it is no UTF-8".to_owned()),
            };
            if let Err(reason) = added {
                refused.add(at + 1, reason);
            }
        }
        entries.settle();
        (List { name: name.to_owned(), kind, entries: Arc::new(entries) }, refused)
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many entries it has; addresses that lie side by side count as one.
    pub fn len(&self) -> usize {
        match &*self.entries {
            Entries::Addresses(ranges) => ranges.len(),
            Entries::Agents { whole, globs } => whole.len() + globs.len(),
            Entries::Keys(keys) => keys.len(),
        }
    }

    /// Whether it has no entry.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl fmt::Debug for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "List({}, {:?}, {})", self.name, self.kind, self.len())
    }
}

impl TryFrom<Inline> for List {
    type Error = String;

    fn try_from(inline: Inline) -> Result<List, String> {
        let (list, refused) = List::read(&inline.name, inline.kind, inline.entries.join("\n").as_bytes());
        match refused.first.into_iter().next() {
            Some((_, reason)) => Err(format!("the list `{}`: {reason}", visible(&inline.name))),
            None => Ok(list),
        }
    }
}

/// A line without its comment. User agents have semicolons, and a `#` within a word.
fn bare(line: &str, kind: ListKind) -> &str {
    let line = line.trim();
    let end = match kind {
        ListKind::Addresses | ListKind::Keys => line.find(['#', ';']),
        ListKind::Agents if line.starts_with('#') => Some(0),
        ListKind::Agents => line.find(" #").or_else(|| line.find("\t#")),
    };
    line[..end.unwrap_or(line.len())].trim_end()
}

/// So much of a line as an error needs.
fn shown(entry: &str) -> String {
    let short: String = entry.chars().take(SHOWN).collect();
    let dots = if short.len() < entry.len() { "…" } else { "" };
    format!("`{}{dots}`", visible(&short))
}

impl Entries {
    fn none(kind: ListKind) -> Entries {
        match kind {
            ListKind::Addresses => Entries::Addresses(Vec::new()),
            ListKind::Agents => Entries::Agents { whole: HashSet::default(), globs: Vec::new() },
            ListKind::Keys => Entries::Keys(HashSet::default()),
        }
    }

    fn add(&mut self, entry: &str) -> Result<(), String> {
        match self {
            Entries::Addresses(ranges) => ranges.push(range(entry)?),
            Entries::Keys(keys) => {
                let letters = entry.bytes().all(|byte| byte.is_ascii_alphanumeric());
                if !letters || !(16..=128).contains(&entry.len()) {
                    return Err(format!("{} is no access key id (they look like AKIA1234567890EXAMPLE)", shown(entry)));
                }
                keys.insert(entry.to_ascii_uppercase());
            }
            Entries::Agents { whole, globs } => {
                let entry = entry.to_lowercase();
                if entry.chars().filter(|character| *character != '*').count() < FEWEST {
                    return Err(format!("{} would mean nearly every agent (write more than a `*`)", shown(&entry)));
                }
                match entry.contains('*') {
                    true => globs.push(entry.split('*').map(str::to_owned).collect()),
                    false => drop(whole.insert(entry)),
                }
            }
        }
        Ok(())
    }

    /// After the last entry.
    fn settle(&mut self) {
        if let Entries::Addresses(ranges) = self {
            ranges.sort_unstable();
            ranges.dedup_by(|next, before| {
                let touches = next.0 <= before.1.saturating_add(1);
                before.1 = if touches { before.1.max(next.1) } else { before.1 };
                touches
            });
            ranges.shrink_to_fit();
        }
    }
}

/// An address as a number; one of IPv4 is the same in both of its forms.
fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().into(),
        IpAddr::V6(address) => address.into(),
    }
}

fn range(entry: &str) -> Result<(u128, u128), String> {
    if let Ok(address) = entry.parse() {
        return Ok((number(address), number(address)));
    }
    let wrong = |_| format!("{} is no address and no network (write 198.51.100.7 or 198.51.100.0/24)", shown(entry));
    let network: IpNet = entry.parse().map_err(wrong)?;
    let (first, last) = (number(network.network()), number(network.broadcast()));
    let widest = WIDEST[usize::from(last < *IPV4.start() || first > *IPV4.end())];
    if last - first >= widest {
        return Err(format!("{} is wider than a /8 (a /16 of IPv6), which would list everybody", shown(entry)));
    }
    Ok((first, last))
}

/// Whether a text is the parts in their order, with anything between them.
fn is_like(parts: &[String], text: &str) -> bool {
    let [first, between @ .., last] = parts else { return false };
    let Some(mut rest) = text.strip_prefix(first.as_str()).and_then(|rest| rest.strip_suffix(last.as_str())) else {
        return false;
    };
    between.iter().all(|part| match rest.find(part.as_str()) {
        Some(at) => {
            rest = &rest[at + part.len()..];
            true
        }
        None => false,
    })
}

/// Something that may stand on lists, in the form in which they have it.
enum Asked<'a> {
    Address(u128),
    Agent(String),
    Key(&'a str),
}

impl ListKind {
    /// Nothing of what cannot be an entry, such as the name of a service in the place of an address.
    fn asked(self, text: &str) -> Option<Asked<'_>> {
        match self {
            ListKind::Addresses => text.trim().parse().ok().map(|address| Asked::Address(number(address))),
            ListKind::Agents => Some(Asked::Agent(text.trim().to_lowercase())),
            ListKind::Keys => Some(Asked::Key(text)),
        }
    }
}

impl List {
    fn has(&self, asked: &Asked<'_>) -> bool {
        match (&*self.entries, asked) {
            (Entries::Addresses(ranges), Asked::Address(address)) => {
                let after = ranges.partition_point(|(first, _)| first <= address);
                after > 0 && ranges[after - 1].1 >= *address
            }
            (Entries::Agents { whole, globs }, Asked::Agent(agent)) => {
                whole.contains(agent) || globs.iter().any(|parts| is_like(parts, agent))
            }
            (Entries::Keys(keys), Asked::Key(key)) => keys.contains(*key),
            _ => false,
        }
    }
}

/// The lists of the settings, as they are at the moment.
#[derive(Debug, Default)]
pub(crate) struct Lists(RwLock<Vec<List>>);

impl Lists {
    pub(crate) fn new(lists: Vec<List>) -> Result<Lists, DetectError> {
        let mut names = BTreeSet::new();
        for list in &lists {
            if !names.insert(&list.name) {
                let name = visible(&list.name);
                return Err(DetectError::Setting(format!("the list `{name}` is there twice")));
            }
        }
        Ok(Lists(RwLock::new(lists)))
    }

    /// Puts a list in the place of the one of its name.
    pub(crate) fn replace(&self, list: &List) {
        let mut lists = self.0.write().unwrap_or_else(PoisonError::into_inner);
        lists.iter_mut().filter(|old| old.name == list.name).for_each(|old| old.clone_from(list));
    }

    /// Those of a kind.
    fn of(&self, kind: ListKind) -> Vec<List> {
        let lists = self.0.read().unwrap_or_else(PoisonError::into_inner);
        lists.iter().filter(|list| list.kind == kind).cloned().collect()
    }
}

#[derive(Debug)]
struct Listed {
    kind: ListKind,
    lists: Arc<Lists>,
    signature: Signature,
}

// A session has one set of lists.
impl PartialEq for Listed {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl Eq for Listed {}

impl Hash for Listed {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.kind.hash(state);
    }
}

/// The functions over these lists.
pub(crate) fn functions(lists: &Arc<Lists>) -> impl Iterator<Item = ScalarUDF> {
    let lists = lists.clone();
    [ListKind::Addresses, ListKind::Agents, ListKind::Keys].into_iter().map(move |kind| {
        let signature = Signature::exact(vec![DataType::Utf8View], Volatility::Stable);
        ScalarUDF::from(Listed { kind, lists: lists.clone(), signature })
    })
}

impl ScalarUDFImpl for Listed {
    fn name(&self) -> &str {
        match self.kind {
            ListKind::Addresses => "listed_address",
            ListKind::Agents => "listed_agent",
            ListKind::Keys => "listed_key",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn simplify(&self, args: Vec<Expr>, _info: &SimplifyContext) -> Result<ExprSimplifyResult> {
        // Which lists there are is as lasting as the plan; only what stands on them changes.
        Ok(match self.lists.of(self.kind).is_empty() {
            true => ExprSimplifyResult::Simplified(lit(ScalarValue::Utf8View(None))),
            false => ExprSimplifyResult::Original(args),
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let (texts, lists) = (arrays[0].as_string_view(), self.lists.of(self.kind));
        let mut column = StringViewBuilder::with_capacity(texts.len());
        for row in 0..texts.len() {
            let asked = texts.is_valid(row).then(|| self.kind.asked(texts.value(row))).flatten();
            let on =
                asked.map(|asked| lists.iter().filter(|list| list.has(&asked)).map(List::name).collect::<Vec<_>>());
            column.append_option(on.filter(|names| !names.is_empty()).map(|names| names.join(", ")));
        }
        Ok(ColumnarValue::Array(Arc::new(column.finish()) as ArrayRef))
    }
}

#[cfg(test)]
mod tests;
