//! Who may ask: passwords, and the tokens that Flight SQL gives for them. None of it is ever printed.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::{hmac, rand};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use datafusion_postgres::pgwire::api::auth::sasl::scram::{SCRAM_ITERATIONS, gen_salted_password};

/// How long a token is good for; clients ask for another when they connect.
pub(crate) const TOKEN_LIVES: Duration = Duration::from_secs(12 * 3600);
const SALT: usize = 16;
const TIME: usize = 8;

/// A user and the password.
pub(crate) struct Known {
    name: String,
    password: String,
}

impl Known {
    pub(crate) fn new(name: &str, password: &str) -> Self {
        Self { name: name.to_owned(), password: password.to_owned() }
    }
}

/// What SCRAM wants of a user: a salt, and the password mixed with it.
#[derive(Clone)]
pub(crate) struct Salted {
    pub(crate) salt: Vec<u8>,
    pub(crate) password: Vec<u8>,
}

/// All users. Its `Debug` shows names alone.
#[derive(Clone)]
pub(crate) struct Users(Arc<Inner>);

struct Inner {
    known: Vec<(Known, Salted)>,
    /// Of this process alone: signs tokens, and makes the salts of users that there are not.
    key: hmac::Key,
}

impl Users {
    pub(crate) fn new(known: Vec<Known>) -> Result<Self, String> {
        let random = |_| "cannot have passwords: the system gives no random numbers".to_owned();
        let salted = |known: Known| {
            let mut salt = vec![0; SALT];
            rand::fill(&mut salt).map_err(random)?;
            let password = gen_salted_password(&known.password, &salt, SCRAM_ITERATIONS);
            Ok::<_, String>((known, Salted { salt, password }))
        };
        let mut key = [0; 32];
        rand::fill(&mut key).map_err(random)?;
        let known = known.into_iter().map(salted).collect::<Result<_, _>>()?;
        Ok(Self(Arc::new(Inner { known, key: hmac::Key::new(hmac::HMAC_SHA256, &key) })))
    }

    /// True where nobody has to show anything.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.known.is_empty()
    }

    /// The user's name, if the password is right. How long that takes tells nothing of who there is.
    pub(crate) fn verify(&self, name: &str, password: &str) -> Option<&str> {
        let mut found = None;
        for (known, _) in &self.0.known {
            let right = verify_slices_are_equal(known.password.as_bytes(), password.as_bytes()).is_ok();
            if right & (known.name == name) {
                found = Some(known.name.as_str());
            }
        }
        found
    }

    /// What SCRAM wants. For a user that there is not, something that looks like it and fits no password.
    pub(crate) fn salted(&self, name: &str) -> Salted {
        let found = self.0.known.iter().find(|(known, _)| known.name == name);
        found.map_or_else(
            || {
                let tag = hmac::sign(&self.0.key, format!("salt of {name}").as_bytes());
                let (salt, password) = tag.as_ref().split_at(SALT);
                Salted { salt: salt.to_owned(), password: [password, password].concat() }
            },
            |(_, salted)| salted.clone(),
        )
    }

    /// A token that says who it was given to and until when.
    pub(crate) fn token(&self, name: &str) -> String {
        let until = now().saturating_add(TOKEN_LIVES.as_secs());
        let said = [&until.to_be_bytes(), name.as_bytes()].concat();
        let tag = hmac::sign(&self.0.key, &said);
        BASE64_URL_SAFE_NO_PAD.encode([tag.as_ref(), &said].concat())
    }

    /// Who a token was given to, if it is one of ours and still good.
    pub(crate) fn bearer(&self, token: &str) -> Option<&str> {
        self.bearer_at(token, now())
    }

    fn bearer_at(&self, token: &str, now: u64) -> Option<&str> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
        let (tag, said) = bytes.split_at_checked(hmac::HMAC_SHA256.tag_len())?;
        hmac::verify(&self.0.key, said, tag).ok()?;
        let (until, name) = said.split_at_checked(TIME)?;
        let until = u64::from_be_bytes(until.try_into().ok()?);
        let name = std::str::from_utf8(name).ok()?;
        let known = self.0.known.iter().map(|(known, _)| known.name.as_str()).find(|known| *known == name);
        known.filter(|_| now < until)
    }
}

impl fmt::Debug for Users {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.0.known.iter().map(|(known, _)| &known.name).collect();
        write!(f, "Users({names:?})")
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn users() -> Users {
        Users::new(vec![Known::new("anna", "correct horse"), Known::new("bert", "battery staple")]).unwrap()
    }

    #[test]
    fn a_password_is_of_one_user() {
        let users = users();
        assert_eq!(users.verify("anna", "correct horse"), Some("anna"));
        for (name, password) in [("anna", "battery staple"), ("anna", ""), ("carl", "correct horse"), ("", "")] {
            assert_eq!(users.verify(name, password), None, "{name} {password}");
        }
        assert_eq!(format!("{users:?}"), "Users([\"anna\", \"bert\"])");
    }

    #[test]
    fn a_token_is_of_one_user_one_process_and_a_time() {
        let (users, others) = (users(), self::users());
        let token = users.token("anna");
        assert_eq!(users.bearer(&token), Some("anna"));
        assert_eq!(others.bearer(&token), None);
        assert_eq!(users.bearer(&users.token("carl")), None);
        assert_eq!(users.bearer_at(&token, now() + TOKEN_LIVES.as_secs() + 2), None);
        let mut changed = BASE64_URL_SAFE_NO_PAD.decode(&token).unwrap();
        *changed.last_mut().unwrap() ^= 1;
        assert_eq!(users.bearer(&BASE64_URL_SAFE_NO_PAD.encode(changed)), None);
        for token in ["", "x", "AAAA", &token[1..]] {
            assert_eq!(users.bearer(token), None);
        }
    }

    #[test]
    fn a_user_that_there_is_not_looks_like_one() {
        let users = users();
        let (known, unknown) = (users.salted("anna"), users.salted("carl"));
        assert_eq!((known.salt.len(), known.password.len()), (unknown.salt.len(), unknown.password.len()));
        assert_eq!(unknown.salt, users.salted("carl").salt);
        assert_ne!(unknown.salt, users.salted("dora").salt);
        assert_eq!(known.password, gen_salted_password("correct horse", &known.salt, SCRAM_ITERATIONS));
    }
}
