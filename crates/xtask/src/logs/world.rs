//! Who lives in the synthetic organization: accounts, people, machines, and where each calls from.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

use super::record::{BASE32, letters};

/// The regions that the organization uses. Global services record in the first.
pub(super) const REGIONS: [&str; 4] = ["us-east-1", "eu-west-1", "us-west-2", "ap-southeast-2"];

/// The organization.
pub(super) struct World {
    /// Its id, when trails are the organization's and the layout bears the level `o-…`.
    pub(super) organization: Option<String>,
    pub(super) accounts: Vec<Account>,
    pub(super) people: Vec<Person>,
}

/// One AWS account and the callers that belong to it.
pub(super) struct Account {
    /// Twelve digits.
    pub(super) id: String,
    /// Where most of it runs.
    pub(super) home: &'static str,
    /// Its share of the events, among all accounts.
    pub(super) weight: f64,
    pub(super) buckets: Vec<String>,
    pub(super) functions: Vec<String>,
    /// Roles of instances: name and unique id.
    pub(super) roles: Vec<(String, String)>,
    pub(super) instances: Vec<String>,
    pub(super) ci: User,
    pub(super) monitor: User,
    /// An operator with a console password and MFA.
    pub(super) operator: User,
    /// A user whose key was forgotten.
    pub(super) forgotten: User,
    pub(super) terraform_id: String,
    pub(super) audit_id: String,
    /// The id of the role by which people come in, and the tail of its name.
    pub(super) people_role: (String, String),
    /// The /24 behind which its machines call.
    pub(super) network: String,
}

/// An IAM user.
pub(super) struct User {
    /// `AIDA…`.
    pub(super) id: String,
    pub(super) name: String,
    /// `AKIA…`.
    pub(super) key: String,
}

/// A person who comes in through IAM Identity Center.
pub(super) struct Person {
    pub(super) email: String,
    /// Where the person works: the office or home.
    pub(super) addresses: [String; 2],
}

const PEOPLE: [&str; 12] = [
    "amara.okafor",
    "ben.lindqvist",
    "chiara.rossi",
    "dmitri.volkov",
    "elena.garcia",
    "farid.haddad",
    "grace.chen",
    "hugo.martin",
    "ines.silva",
    "jonas.weber",
    "kavya.nair",
    "liam.murphy",
];
const FUNCTIONS: [&str; 6] =
    ["ingest-orders", "resize-images", "send-invoices", "sync-stock", "rotate-secrets", "nightly-export"];
const BUCKETS: [&str; 5] = ["orders", "images", "invoices", "exports", "access-logs"];
const ROLES: [&str; 4] = ["orders-api", "web-frontend", "batch-worker", "search-index"];

impl World {
    /// The same seed and sizes give the same organization.
    ///
    /// All addresses are of ranges kept for documentation and benchmarks (RFC 5737, RFC 2544): they belong to nobody.
    pub(super) fn new(seed: u64, accounts: usize, organization: bool) -> World {
        let mut rng = StdRng::seed_from_u64(seed);
        let rng = &mut rng;
        let organization =
            organization.then(|| format!("o-{}", letters(rng, b"abcdefghijklmnopqrstuvwxyz0123456789", 10)));
        let accounts = (0..accounts).map(|number| Account::new(rng, number)).collect();
        let people = PEOPLE
            .iter()
            .enumerate()
            .map(|(number, name)| Person {
                email: format!("{name}@example.com"),
                addresses: [
                    format!("203.0.113.{}", rng.random_range(10..30)),
                    format!("198.18.{}.{}", number * 7 + 1, rng.random_range(2..250)),
                ],
            })
            .collect();
        World { organization, accounts, people }
    }

    /// An account, chosen by its share of the events.
    pub(super) fn account(&self, rng: &mut StdRng) -> &Account {
        self.accounts
            .choose_weighted(rng, |account| account.weight)
            .expect("there is an account, and its weight is above 0")
    }
}

impl Account {
    fn new(rng: &mut StdRng, number: usize) -> Account {
        let id = rng.random_range(100_000_000_000_u64..1_000_000_000_000).to_string();
        let short = &id[8..];
        let mut user = |name: &str| User {
            id: format!("AIDA{}", letters(rng, BASE32, 17)),
            name: name.to_owned(),
            key: format!("AKIA{}", letters(rng, BASE32, 16)),
        };
        let (ci, monitor, operator, forgotten) =
            (user("ci-deploy"), user("metrics-reader"), user("ops-anna"), user("backup-legacy"));
        let role_id = |rng: &mut StdRng| format!("AROA{}", letters(rng, BASE32, 17));
        Account {
            home: REGIONS[number % 2],
            weight: 1.0 / (number as f64 + 1.5),
            buckets: BUCKETS.iter().map(|name| format!("acme-{name}-{short}")).collect(),
            functions: FUNCTIONS.iter().map(|name| (*name).to_owned()).collect(),
            roles: ROLES.iter().map(|name| ((*name).to_owned(), role_id(rng))).collect(),
            instances: (0..12).map(|_| format!("i-{:017x}", rng.random::<u128>() >> 60)).collect(),
            ci,
            monitor,
            operator,
            forgotten,
            terraform_id: role_id(rng),
            audit_id: role_id(rng),
            people_role: (role_id(rng), format!("{:016x}", rng.random::<u64>())),
            network: format!("198.19.{}", number % 250 + 1),
            id,
        }
    }
}
