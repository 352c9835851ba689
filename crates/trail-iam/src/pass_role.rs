//! The roles that a request hands to a service. `iam:PassRole` is a permission and no API, so no event ever tells of it; it is
//! read off the role ARNs in the parameters of the call that passed them.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::arn::{self, Arn};

/// The most role ARNs taken from one text.
const MAX_ROLES: usize = 256;

/// All role ARNs (`arn:*:iam::<account>:role/*`) that are whole string values of a JSON text, in order, each once. Keys do not
/// count, nor do ARNs inside a longer text such as an embedded policy. Of broken JSON: what stood before the break.
pub fn role_arns(json: &str) -> Vec<String> {
    let mut found = Vec::new();
    // Nearly all requests name no role: leave before parsing. The slash may be escaped, so it is not part of the needle.
    if json.contains(":role") {
        let mut parser = serde_json::Deserializer::from_str(json);
        // An error means the text broke off, and what was found before it stands.
        let _ = Roles(&mut found).deserialize(&mut parser);
    }
    found
}

/// Walks a value without building it and keeps the role ARNs among its strings.
struct Roles<'f>(&'f mut Vec<String>);

impl<'de> DeserializeSeed<'de> for Roles<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Roles<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        let is_role = text.starts_with("arn:")
            && Arn::parse(text).is_some_and(|arn| arn::is_account_id(arn.account) && arn.role().is_some());
        if is_role && self.0.len() < MAX_ROLES && !self.0.iter().any(|seen| seen == text) {
            self.0.push(text.to_owned());
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(Roles(self.0))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while entries.next_key::<IgnoredAny>()?.is_some() {
            entries.next_value_seed(Roles(self.0))?;
        }
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}
