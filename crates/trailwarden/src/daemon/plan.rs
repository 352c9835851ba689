//! A config file and its queries, checked as far as that goes without touching what runs.

use anyhow::Context as _;
use trail_detect::{Rules, Watch};
use trail_notify::{Secret, Wiring};
use trail_query::{Engine, Library};
use trail_web::Token;

use crate::cmd::{all_rules, library};
use crate::exit::usage;
use crate::settings::Settings;

/// All that a [`House`](super::House) is made of but the lake and the outbox, which stay open.
pub(super) struct Plan {
    pub(super) settings: Settings,
    pub(super) library: Library,
    pub(super) rules: Rules,
    pub(super) watch: Watch,
    /// The names of the sources, in their order.
    pub(super) sources: Vec<String>,
    pub(super) token: Option<Token>,
}

impl Plan {
    /// Reads the queries, plans the rules, and makes each source once to see that it can be made.
    pub(super) async fn new(settings: Settings) -> anyhow::Result<Self> {
        let library = library(settings.queries.as_deref())?;
        let rules = all_rules(&library, &settings.rules)?;
        let watch = Watch::new(rules.clone(), settings.detections().await?).await.map_err(usage)?;
        Engine::new(settings.query.clone())?;
        let mut sources = Vec::new();
        for source in &settings.sources {
            sources.push(source.build().await.map_err(usage)?.name().to_owned());
        }
        let token = match &settings.web {
            Some(web) => {
                let variable = web.token_env.as_deref().and_then(variable);
                web.token(variable).map_err(usage)?
            }
            None => None,
        };
        Ok(Self { settings, library, rules, watch, sources, token })
    }
}

/// What a running daemon holds open cannot change under it; names all that would.
pub(super) fn stays(old: &Settings, new: &Settings) -> anyhow::Result<()> {
    let listen = |settings: &Settings| settings.web.as_ref().map(|web| web.listen);
    // The lake's settings have no equality, for credentials that this file cannot hold.
    let storage = |settings: &Settings| format!("{:?}", settings.storage);
    let changed: Vec<_> = [
        ("lake", old.lake != new.lake),
        ("aws", old.aws != new.aws),
        ("storage", storage(old) != storage(new)),
        ("notify.outbox", old.notify.outbox != new.notify.outbox),
        ("web.listen", listen(old) != listen(new)),
    ]
    .into_iter()
    .filter(|&(_, changed)| changed)
    .map(|(key, _)| format!("`{key}`"))
    .collect();
    if changed.is_empty() {
        return Ok(());
    }
    Err(usage(format!("{} cannot change while it runs (restart to change it)", changed.join(", "))))
}

/// What notification needs of the world outside.
pub(super) async fn wiring(settings: &Settings) -> anyhow::Result<Wiring> {
    let see_all = "`trailwarden outbox show {delivery}` names all of them; the table `findings` has each under its id.";
    let mut wiring =
        Wiring { stdout: Some(Box::new(std::io::stdout())), see_all: Some(see_all.to_owned()), ..Wiring::default() };
    for name in settings.notify.secret_variables() {
        let secret = variable(name)
            .ok_or_else(|| usage(format!("the environment has no `{name}`, which a channel names for a secret")))?;
        wiring.secrets.insert(name.to_owned(), Secret::new(secret));
    }
    if settings.notify.needs_aws() {
        wiring.aws = Some(settings.aws.load().await.context("AWS for notification")?);
    }
    Ok(wiring)
}

fn variable(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "the config names a variable, and this is where it is read")]
    std::env::var(name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(old: &str, new: &str, expected: &str) {
        let settings = |more: &str| {
            let (top, tables) = more.split_once('|').unwrap_or((more, ""));
            let lake = if top.contains("lake =") { "" } else { "lake = \"x\"\n" };
            Settings::parse(&format!("{lake}{top}\n[[sources]]\nkind = \"folder\"\npath = \"logs\"\n{tables}")).unwrap()
        };
        let told = stays(&settings(old), &settings(new)).map_or_else(|error| error.to_string(), |()| String::new());
        assert!(told.starts_with(expected) && told.is_empty() == expected.is_empty(), "{told}");
    }

    #[test]
    fn what_is_held_open_stays() {
        check("", "poll = \"5s\"|[ingest]\nworkers = 2\n[notify]\ngroup_window = \"1s\"", "");
        check("lake = \"a\"", "lake = \"b\"", "`lake` cannot change");
        check(
            "",
            "|[storage]\ngroup_time = \"1s\"\n[notify]\noutbox = \"o\"",
            "`storage`, `notify.outbox` cannot change",
        );
        check("", "|[storage]\ngroup_time = \"30s\"", "");
        check("", "|[web]\n", "`web.listen` cannot change");
        check("|[web]\n", "|[web]\ntoken_env = \"T\"", "");
        check("", "|[aws]\nregion = \"eu-west-1\"", "`aws` cannot change");
    }
}
