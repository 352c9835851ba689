//! Which notices a route or a silence is about: globs over tags, and bounds of severity.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use globset::{Glob, GlobMatcher};
use jiff::Timestamp;
use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::channel::Format;
use crate::config::{Config, Route, Silence};
use crate::notice::{Notice, Severity};

/// Globs of which one must match. In a config file: one text, or a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Patterns(pub Vec<String>);

impl<'de> Deserialize<'de> for Patterns {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct OneOrMany;
        impl<'de> Visitor<'de> for OneOrMany {
            type Value = Patterns;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a glob or a list of globs, in quotes")
            }

            fn visit_str<E>(self, one: &str) -> Result<Patterns, E> {
                Ok(Patterns(vec![one.to_owned()]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut many: A) -> Result<Patterns, A::Error> {
                let mut patterns = Vec::new();
                while let Some(pattern) = many.next_element()? {
                    patterns.push(pattern);
                }
                Ok(Patterns(patterns))
            }
        }
        from.deserialize_any(OneOrMany)
    }
}

pub(crate) fn deserialize_until<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
    struct Until;
    impl Visitor<'_> for Until {
        type Value = Timestamp;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a time in quotes, such as \"2027-01-31T00:00:00Z\" or \"2027-01-31\"")
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Timestamp, E> {
            let midnight = || text.parse::<jiff::civil::Date>().ok()?.in_tz("UTC").ok().map(|day| day.timestamp());
            text.parse().ok().or_else(midnight).ok_or_else(|| {
                E::custom(format!("`{text}` is not a time (write `2027-01-31T00:00:00Z` or `2027-01-31`)"))
            })
        }
    }
    from.deserialize_any(Until).map_err(D::Error::custom)
}

/// A glob in which `*` crosses `/` and `:`, as ARNs need it.
pub(crate) fn glob(pattern: &str) -> Result<GlobMatcher, globset::Error> {
    Ok(Glob::new(pattern)?.compile_matcher())
}

/// Routes and silences of a config, ready to be asked.
#[derive(Debug)]
pub(crate) struct Filters {
    routes: Vec<(Filter, Vec<String>)>,
    default_route: Option<(Filter, Vec<String>)>,
    silences: Vec<Hush>,
    /// The forms that channels take in place of our own, by channel.
    forms: BTreeMap<String, Format>,
}

/// A silence, and whether its end has been told.
#[derive(Debug)]
struct Hush {
    filter: Filter,
    silence: Silence,
    told: AtomicBool,
}

/// What is to become of a notice.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Goes to these channels, each once.
    Routed(Vec<String>),
    Silenced,
    Unrouted,
}

impl Filters {
    pub(crate) fn new(config: &Config) -> Result<Self, globset::Error> {
        Ok(Self {
            routes: config.routes.iter().map(Filter::of_route).collect::<Result<_, _>>()?,
            default_route: config.default_route.as_ref().map(Filter::of_route).transpose()?,
            silences: config.silences.iter().map(Filter::of_silence).collect::<Result<_, _>>()?,
            forms: config.forms(),
        })
    }

    /// What becomes of a notice. Who names the channels has decided: neither routes nor silences are asked then.
    pub(crate) fn fate(&self, notice: &Notice, now: Timestamp) -> Fate {
        let mut channels = notice.channels.clone();
        if channels.is_empty() {
            if self.silences.iter().any(|hush| now < hush.silence.until && hush.filter.matches(notice)) {
                return Fate::Silenced;
            }
            let mut matching: Vec<_> = self.routes.iter().filter(|(filter, _)| filter.matches(notice)).collect();
            if matching.is_empty() {
                matching.extend(self.default_route.iter().filter(|(filter, _)| filter.matches(notice)));
            }
            channels = matching.into_iter().flat_map(|(_, channels)| channels.clone()).collect();
        }
        // A channel for findings in a form of its own has no use for what has none.
        channels.retain(|name| self.forms.get(name).is_none_or(|form| notice.forms.contains_key(form)));
        channels.sort();
        channels.dedup();
        if channels.is_empty() { Fate::Unrouted } else { Fate::Routed(channels) }
    }

    /// The silences that have ended and were not in an earlier answer.
    pub(crate) fn newly_ended(&self, now: Timestamp) -> impl Iterator<Item = &Silence> {
        let ended = self.silences.iter().filter(move |hush| now >= hush.silence.until);
        ended.filter(|hush| !hush.told.swap(true, Ordering::Relaxed)).map(|hush| &hush.silence)
    }
}

#[derive(Debug)]
struct Filter {
    from: Severity,
    to: Severity,
    tags: Vec<(String, Vec<GlobMatcher>)>,
}

impl Filter {
    fn new(from: Severity, to: Severity, tags: &BTreeMap<String, Patterns>) -> Result<Self, globset::Error> {
        let compile = |(tag, patterns): (&String, &Patterns)| {
            Ok((tag.clone(), patterns.0.iter().map(|p| glob(p)).collect::<Result<_, _>>()?))
        };
        Ok(Self { from, to, tags: tags.iter().map(compile).collect::<Result<_, globset::Error>>()? })
    }

    fn of_route(route: &Route) -> Result<(Self, Vec<String>), globset::Error> {
        Ok((Self::new(route.min_severity, Severity::Critical, &route.tags)?, route.channels.clone()))
    }

    fn of_silence(silence: &Silence) -> Result<Hush, globset::Error> {
        let to = silence.max_severity.unwrap_or(Severity::Critical);
        let filter = Self::new(Severity::Info, to, &silence.tags)?;
        Ok(Hush { filter, silence: silence.clone(), told: AtomicBool::new(false) })
    }

    fn matches(&self, notice: &Notice) -> bool {
        (self.from..=self.to).contains(&notice.severity)
            && self.tags.iter().all(|(tag, globs)| {
                let mut values = notice.tags.get(tag).into_iter().chain(notice.labels.get(tag).into_iter().flatten());
                values.any(|value| globs.iter().any(|glob| glob.is_match(value)))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn filters(text: &str) -> Filters {
        Filters::new(&toml::from_str(text).unwrap()).unwrap()
    }

    #[test]
    fn routes() {
        let filters = filters(
            r#"
            routes = [
                { min_severity = "high", channels = ["pager", "mail"] },
                { tags = { account = ["1111*", "2222*"], principal = "arn:*:role/*" }, channels = ["mail"] },
            ]
            default_route = { min_severity = "low", channels = ["log"] }
            "#,
        );
        let check = |severity, account: &str, principal: &str, want: &[&str]| {
            let mut notice = sample::notice("a");
            notice.severity = severity;
            notice.tags = [("account", account), ("principal", principal)].map(|(k, v)| (k.into(), v.into())).into();
            let want = match want {
                [] => Fate::Unrouted,
                names => Fate::Routed(names.iter().map(|n| n.to_string()).collect()),
            };
            assert_eq!(filters.fate(&notice, sample::at(0)), want, "{severity} {account} {principal}");
        };
        check(Severity::Critical, "999", "x", &["mail", "pager"]);
        check(Severity::High, "1111", "arn:aws:iam::1:role/a/b", &["mail", "pager"]);
        check(Severity::Low, "2222", "arn:aws:iam::1:role/a/b", &["mail"]);
        check(Severity::Low, "2222", "arn:aws:iam::1:user/a", &["log"]);
        check(Severity::Info, "3", "x", &[]);
    }

    #[test]
    fn silences_hide_until_they_end() {
        let filters = filters(
            r#"
            default_route = { channels = ["log"] }
            [[silences]]
            tags = { detection = "root-*" }
            max_severity = "medium"
            owner = "anna"
            reason = "drill"
            until = "2026-11-01T01:00:00Z"
            "#,
        );
        let check = |severity, detection: &str, second, silenced: bool| {
            let mut notice = sample::notice("a");
            notice.severity = severity;
            notice.tags = [("detection".to_owned(), detection.to_owned())].into();
            let fate = filters.fate(&notice, sample::at(second));
            assert_eq!(fate == Fate::Silenced, silenced, "{severity} {detection} {second}");
        };
        check(Severity::Medium, "root-usage", 0, true);
        check(Severity::High, "root-usage", 0, false);
        check(Severity::Medium, "key-unused", 0, false);
        check(Severity::Medium, "root-usage", 3599, true);
        check(Severity::Medium, "root-usage", 3600, false);
        // The end is told once.
        let ended = |second| filters.newly_ended(sample::at(second)).map(|s| s.owner.clone()).collect::<Vec<_>>();
        assert_eq!((ended(3599), ended(3600), ended(3601)), (vec![], vec!["anna".to_owned()], vec![]));
    }

    #[test]
    fn labels_have_several_values_of_which_one_must_match() {
        let filters = filters(
            r#"
            routes = [{ tags = { topic = ["12", "4?"], account = "1*" }, channels = ["mail"] }]
            "#,
        );
        let check = |topics: &[&str], account: &str, taken: bool| {
            let mut notice = sample::notice("a");
            notice.labels.insert("topic".into(), topics.iter().map(|t| (*t).to_owned()).collect());
            notice.tags.insert("account".into(), account.into());
            assert_eq!(filters.fate(&notice, sample::at(0)) != Fate::Unrouted, taken, "{topics:?} {account}");
        };
        check(&["7", "12"], "111", true);
        check(&["41"], "111", true);
        check(&["41"], "222", false);
        check(&["112", "4"], "111", false);
        check(&[], "111", false);
    }

    #[test]
    fn named_channels_and_forms() {
        let filters = filters(
            r#"
            default_route = { channels = ["mail", "hub"] }
            silences = [{ tags = { detection = "*" }, owner = "o", reason = "r", until = "2026-11-02" }]
            [channels.mail]
            kind = "stdout"
            [channels.hub]
            kind = "file"
            path = "x"
            format = "ocsf"
            "#,
        );
        let check = |channels: &[&str], ocsf: bool, second, want: &[&str]| {
            let mut notice = sample::notice("a");
            notice.channels = channels.iter().map(|c| (*c).to_owned()).collect();
            if ocsf {
                notice.forms.insert(Format::Ocsf, serde_json::Value::Null);
            }
            let fate = filters.fate(&notice, sample::at(second));
            let got = if let Fate::Routed(names) = fate { names } else { Vec::new() };
            assert_eq!(got, want, "{channels:?} {ocsf} {second}");
        };
        check(&[], true, 0, &[]);
        check(&[], true, 86_400, &["hub", "mail"]);
        check(&[], false, 86_400, &["mail"]);
        check(&["mail"], false, 0, &["mail"]);
        check(&["hub"], false, 0, &[]);
    }
}
