//! What callers do: the calls of `actions.json`, with slots for what differs from event to event.
//!
//! An entry: `by` (kinds of caller), `w` (weight among their calls), `s` and `n` (service and event name), `r` (read only),
//! `data` (a data event), `global` (recorded in the first region), `invoked` (the service that calls), `p`, `o`, `x`, `res`
//! (request, response, additional data, resources) and `err` (an error that is nobody's fault). `${name}` is a [slot](SLOTS),
//! the same value all over one event; `"${!name!}"` is one that is a number.

use std::collections::BTreeMap;

use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::record::{BASE32, letters, timestamp, uuid};
use super::world::Account;

/// A kind of call.
pub(super) struct Action {
    pub(super) weight: u32,
    pub(super) source: String,
    pub(super) name: String,
    pub(super) read_only: bool,
    pub(super) data: bool,
    pub(super) global: bool,
    pub(super) invoked: Option<String>,
    pub(super) error: Option<(String, String)>,
    parameters: Template,
    response: Template,
    extra: Option<Template>,
    resources: Option<Template>,
}

/// Actions by the kind of caller that makes them.
pub(super) type Actions = BTreeMap<String, Vec<Action>>;

/// An action's JSON for one event.
pub(super) struct Filled {
    pub(super) parameters: String,
    pub(super) response: String,
    pub(super) extra: Option<String>,
    pub(super) resources: Option<String>,
}

/// What an event fills in.
pub(super) struct Place<'a> {
    pub(super) account: &'a Account,
    pub(super) region: &'static str,
    pub(super) time: i64,
    /// A machine that calls works on its own role; others on any.
    pub(super) role: Option<&'a str>,
    /// Likewise its instance.
    pub(super) instance: Option<&'a str>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    by: &'a str,
    w: u32,
    s: String,
    n: String,
    r: bool,
    #[serde(default)]
    data: bool,
    #[serde(default)]
    global: bool,
    invoked: Option<String>,
    err: Option<(String, String)>,
    #[serde(borrow)]
    p: Option<&'a RawValue>,
    o: Option<&'a RawValue>,
    x: Option<&'a RawValue>,
    res: Option<&'a RawValue>,
}

/// All calls, by caller.
pub(super) fn load() -> Actions {
    let entries: Vec<Entry<'_>> =
        serde_json::from_str(include_str!("actions.json")).expect("actions.json is ours and tested");
    let mut actions = Actions::new();
    for entry in &entries {
        for by in entry.by.split(' ') {
            actions.entry(by.to_owned()).or_default().push(Action {
                weight: entry.w,
                source: entry.s.clone(),
                name: entry.n.clone(),
                read_only: entry.r,
                data: entry.data,
                global: entry.global,
                invoked: entry.invoked.clone(),
                error: entry.err.clone(),
                parameters: Template::new(entry.p.map_or("null", RawValue::get)),
                response: Template::new(entry.o.map_or("null", RawValue::get)),
                extra: entry.x.map(|json| Template::new(json.get())),
                resources: entry.res.map(|json| Template::new(json.get())),
            });
        }
    }
    actions
}

impl Action {
    pub(super) fn fill(&self, rng: &mut StdRng, place: &Place<'_>) -> Filled {
        let mut values = Values::default();
        let mut fill = |template: &Template| template.fill(rng, place, &mut values);
        Filled {
            parameters: fill(&self.parameters),
            response: fill(&self.response),
            extra: self.extra.as_ref().map(&mut fill),
            resources: self.resources.as_ref().map(&mut fill),
        }
    }
}

const SLOTS: [&str; 21] = [
    "account",
    "region",
    "uuid",
    "hex8",
    "hex17",
    "hex32",
    "base32",
    "base64",
    "time",
    "epoch",
    "number",
    "small",
    "bucket",
    "object",
    "function",
    "role",
    "instance",
    "table",
    "secret",
    "log_group",
    "session",
];

/// The values of the slots of one event, as they come up.
type Values = [Option<String>; SLOTS.len()];

/// JSON text in pieces: text, then the number of a slot, then text again.
struct Template(Vec<(String, Option<usize>)>);

impl Template {
    fn new(json: &str) -> Template {
        let json = json.replace("\"${!", "${").replace("!}\"", "}");
        let mut pieces = Vec::new();
        let mut rest = json.as_str();
        while let Some((text, after)) = rest.split_once("${") {
            let (name, after) = after.split_once('}').expect("a slot ends with a brace");
            let slot =
                SLOTS.iter().position(|slot| *slot == name).unwrap_or_else(|| panic!("no slot is called `{name}`"));
            pieces.push((text.to_owned(), Some(slot)));
            rest = after;
        }
        pieces.push((rest.to_owned(), None));
        Template(pieces)
    }

    fn fill(&self, rng: &mut StdRng, place: &Place<'_>, values: &mut Values) -> String {
        let mut out = String::new();
        for (text, slot) in &self.0 {
            out.push_str(text);
            if let Some(slot) = slot {
                out.push_str(values[*slot].get_or_insert_with(|| value(SLOTS[*slot], rng, place)));
            }
        }
        out
    }
}

fn value(slot: &str, rng: &mut StdRng, place: &Place<'_>) -> String {
    let account = place.account;
    let mut any = |list: &[String]| list.choose(rng).cloned().unwrap_or_default();
    match slot {
        "account" => account.id.clone(),
        "region" => place.region.to_owned(),
        "bucket" => any(&account.buckets),
        "function" => any(&account.functions),
        "instance" => place.instance.map_or_else(|| any(&account.instances), str::to_owned),
        "role" => match place.role {
            Some(role) => role.to_owned(),
            None => account.roles.choose(rng).map(|(name, _)| name.clone()).unwrap_or_default(),
        },
        "log_group" => format!("/aws/lambda/{}", any(&account.functions)),
        "table" => ["orders", "customers", "stock"].choose(rng).copied().unwrap_or_default().to_owned(),
        "secret" => format!("{}/database-Ab12Cd", any(&account.functions)),
        "object" => format!("2026/{:02}/part-{:05}.parquet", rng.random_range(1..13), rng.random_range(0..20_000)),
        "session" => format!("ops-{:017x}", rng.random::<u128>() >> 60),
        "uuid" => uuid(rng),
        "hex8" => format!("{:08x}", rng.random::<u32>()),
        "hex17" => format!("{:017x}", rng.random::<u128>() >> 60),
        "hex32" => format!("{:032x}", rng.random::<u128>()),
        "base32" => letters(rng, BASE32, 16),
        "base64" => letters(rng, b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 75),
        "time" => timestamp(place.time / 300 * 300),
        "epoch" => place.time.to_string(),
        "number" => rng.random_range(100..5_000_000_u32).to_string(),
        "small" => rng.random_range(1..400_u32).to_string(),
        other => unreachable!("`{other}` is not in SLOTS"),
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::super::world::World;
    use super::*;

    #[test]
    fn every_action_fills_to_json() {
        let world = World::new(1, 2, false);
        let mut rng = StdRng::seed_from_u64(1);
        let place =
            Place { account: &world.accounts[0], region: "eu-west-1", time: 1_772_000_000, role: None, instance: None };
        for (by, actions) in load() {
            for action in actions {
                let filled = action.fill(&mut rng, &place);
                for json in [Some(filled.parameters), Some(filled.response), filled.extra, filled.resources]
                    .into_iter()
                    .flatten()
                {
                    serde_json::from_str::<serde_json::Value>(&json)
                        .unwrap_or_else(|error| panic!("{by} {}: {error}: {json}", action.name));
                }
            }
        }
    }

    #[test]
    fn a_slot_has_one_value_in_one_event() {
        let world = World::new(1, 1, false);
        let mut rng = StdRng::seed_from_u64(1);
        let place = Place { account: &world.accounts[0], region: "us-east-1", time: 0, role: None, instance: None };
        let filled = Template::new("${uuid} ${uuid}").fill(&mut rng, &place, &mut Values::default());
        let (a, b) = filled.split_once(' ').unwrap();
        assert_eq!(a, b);
    }
}
