//! One line of a detection, `field|modifiers: values`, as tests on the values that an event has in that field.

use std::fmt;

use ipnet::IpNet;
use regex::Regex;

use super::json::Found;
use super::text::{Pattern, Where, find, fold};

/// A comparison with a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Order {
    Equal,
    Less,
    AtMost,
    More,
    AtLeast,
}

impl Order {
    pub(super) fn holds(self, one: f64, other: f64) -> bool {
        match self {
            Order::Equal => one == other,
            Order::Less => one < other,
            Order::AtMost => one <= other,
            Order::More => one > other,
            Order::AtLeast => one >= other,
        }
    }
}

/// A part of a point in time, in UTC.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Part {
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

/// What one value of a rule asks of one value of an event.
#[derive(Debug, Clone)]
pub(super) enum Test {
    Text(Pattern),
    Regex(Regex),
    Network(IpNet),
    Number(Order, f64),
    Time(Part, Order, f64),
    Bool(bool),
    /// The field is absent or null.
    Null,
}

/// All values of a line.
#[derive(Clone)]
pub(super) struct Item {
    pub(super) tests: Vec<Test>,
    /// `all`: each test must hold, be it for different elements of an array; otherwise one is enough.
    pub(super) all: bool,
    /// `neq`: the field is there, and no test holds.
    pub(super) negated: bool,
    /// `exists`: nothing but whether the field is there.
    pub(super) exists: Option<bool>,
}

impl fmt::Debug for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |is: bool, word: &'static str| if is { word } else { "" };
        write!(f, "{}{}", word(self.all, "all "), word(self.negated, "neq "))?;
        match self.exists {
            Some(exists) => write!(f, "exists {exists}"),
            None => write!(f, "{:?}", self.tests),
        }
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Test::Text(pattern) => pattern.fmt(f),
            Test::Regex(regex) => write!(f, "/{regex}/"),
            Test::Network(network) => network.fmt(f),
            Test::Number(order, number) => write!(f, "{order:?} {number}"),
            Test::Time(part, order, number) => write!(f, "{part:?} {order:?} {number}"),
            Test::Bool(is) => is.fmt(f),
            Test::Null => f.write_str("null"),
        }
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(exists) = self.exists {
            return write!(f, "exists {exists}");
        }
        let tests: Vec<String> = self.tests.iter().map(Test::to_string).collect();
        write!(f, "{}{}", if self.negated { "not " } else { "" }, tests.join(if self.all { " and " } else { " or " }))
    }
}

impl Item {
    /// Whether the line holds for the values that `feed` tells of. What it calls says when it has heard enough.
    pub(super) fn holds(&self, feed: impl FnOnce(&mut dyn FnMut(Found<'_>) -> bool)) -> bool {
        let mut present = false;
        let mut one = false;
        let mut each = if self.all { vec![false; self.tests.len()] } else { Vec::new() };
        feed(&mut |found| {
            match found {
                Found::Null => return false,
                Found::Array => present = true,
                found => {
                    present = true;
                    if self.all {
                        let open = each.iter_mut().zip(&self.tests).filter(|(held, _)| !**held);
                        open.for_each(|(held, test)| *held = test.holds(&found));
                    } else {
                        one = one || self.tests.iter().any(|test| test.holds(&found));
                    }
                }
            }
            self.exists.is_some() || one
        });
        if let Some(exists) = self.exists {
            return exists == present;
        }
        if self.negated {
            return present && !one && !(self.all && each.iter().all(|held| *held));
        }
        let absent = |test: &Test| !present && matches!(test, Test::Null);
        if self.all {
            self.tests.iter().zip(&each).all(|(test, held)| *held || absent(test))
        } else {
            one || self.tests.iter().any(absent)
        }
    }

    /// Whether the line holds for one text.
    pub(super) fn holds_for(&self, text: &str) -> bool {
        self.holds(|see| {
            see(Found::Text(text.into()));
        })
    }

    /// The texts, folded, one of which a value must be for the line to hold.
    pub(super) fn exact(&self) -> Option<Vec<String>> {
        if self.negated || self.exists.is_some() || (self.all && self.tests.len() > 1) {
            return None;
        }
        let whole = |test: &Test| match test {
            Test::Text(pattern) => pattern.whole(),
            _ => None,
        };
        self.tests.iter().map(whole).collect()
    }

    /// A rough cost of asking, in the measure of `predicate::cost`.
    pub(super) fn cost(&self) -> u32 {
        let cost = |test: &Test| match test {
            Test::Text(pattern) if pattern.whole().is_some() => 1,
            Test::Regex(_) => 30,
            _ => 8,
        };
        self.tests.iter().map(cost).sum::<u32>().clamp(1, 90)
    }
}

impl Test {
    fn holds(&self, found: &Found<'_>) -> bool {
        match self {
            Test::Text(pattern) => text(found, |text| pattern.matches(text)),
            Test::Regex(regex) => text(found, |text| regex.is_match(text)),
            Test::Network(network) => {
                text(found, |text| text.parse().is_ok_and(|address| in_network(network, address)))
            }
            Test::Number(order, own) => number(found).is_some_and(|number| order.holds(number, *own)),
            Test::Time(part, order, own) => {
                time(found).is_some_and(|time| order.holds(f64::from(part_of(time, *part)), *own))
            }
            Test::Bool(own) => match found {
                Found::Bool(value) => value == own,
                // YAML 1.1 has more words for it, and rules were written by it.
                Found::Text(text) => match fold(text).as_str() {
                    "true" | "yes" | "1" => *own,
                    "false" | "no" | "0" => !*own,
                    _ => false,
                },
                _ => false,
            },
            Test::Null => false,
        }
    }
}

/// IPv4 addresses come in IPv6's clothes as well.
fn in_network(network: &IpNet, address: std::net::IpAddr) -> bool {
    network.contains(&address) || network.contains(&address.to_canonical())
}

/// Asks a question of a value's text; numbers and booleans have one, too.
pub(super) fn text(found: &Found<'_>, ask: impl FnOnce(&str) -> bool) -> bool {
    match found {
        Found::Text(text) | Found::Object(text) => ask(text),
        Found::Number(text) => ask(text),
        Found::Bool(value) => ask(if *value { "true" } else { "false" }),
        Found::Null | Found::Array => false,
    }
}

fn number(found: &Found<'_>) -> Option<f64> {
    match found {
        Found::Text(text) => text.trim().parse().ok(),
        Found::Number(text) => text.parse().ok(),
        _ => None,
    }
}

fn time(found: &Found<'_>) -> Option<jiff::civil::DateTime> {
    let utc = |time: jiff::Timestamp| time.to_zoned(jiff::tz::TimeZone::UTC).datetime();
    match found {
        Found::Text(text) => match text.parse::<jiff::Timestamp>() {
            Ok(time) => Some(utc(time)),
            Err(_) => text.parse().ok(),
        },
        Found::Number(text) => {
            let number: f64 = text.parse().ok()?;
            // Nobody means the year 33658: so large a number counts milliseconds.
            let seconds = if number > 1e12 { number / 1000.0 } else { number };
            jiff::Timestamp::from_second(seconds as i64).ok().map(utc)
        }
        _ => None,
    }
}

fn part_of(time: jiff::civil::DateTime, part: Part) -> i16 {
    match part {
        Part::Minute => time.minute().into(),
        Part::Hour => time.hour().into(),
        Part::Day => time.day().into(),
        Part::Week => time.date().iso_week_date().week().into(),
        Part::Month => time.month().into(),
        Part::Year => time.year(),
    }
}

/// `fieldref`: whether a value stands in another field's values at a place.
pub(super) fn refers(value: &Found<'_>, others: &[String], place: Where, cased: bool) -> bool {
    text(value, |value| {
        others.iter().any(
            |other| {
                if cased { find(place, value, other, true) } else { find(place, value, &fold(other), false) }
            },
        )
    })
}
