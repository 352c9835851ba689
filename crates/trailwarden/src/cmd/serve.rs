//! `serve`: doors for other programs (PostgreSQL's wire protocol, Arrow Flight SQL) over a lake or over logs.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use trail_serve::{Config, Outcome, User, Watcher};
use trail_source::Window;

use super::{Over, attach, library, open_lake};
use crate::args::{ServeArgs, UserArg};
use crate::doors;
use crate::exit::{Status, usage};
use crate::settings::Settings;
use crate::stop::stop_signal;

/// Opens the doors, and answers until a signal comes.
pub(crate) async fn run(args: ServeArgs) -> anyhow::Result<Status> {
    let settings = args.config.as_deref().map(Settings::load).transpose()?;
    let config = doors_of(&args, settings.as_ref());
    config.check().map_err(usage)?;
    let library = library(settings.as_ref().and_then(|settings| settings.queries.as_deref()))?;
    let query = settings.as_ref().map(|settings| settings.query.clone()).unwrap_or_default();
    let access = settings.as_ref().map(|settings| settings.cluster.clone()).unwrap_or_default();
    let engine = crate::engine::open(query, &access).await?;
    let lake = match &settings {
        Some(settings) => {
            let lake = open_lake(&settings.lake, settings.storage.clone(), &settings.aws, false).await?;
            engine.attach_lake(&lake).await?;
            engine.attach_views(&library).await;
            Some(lake)
        }
        None => match attach(&engine, &args.over(), &args.aws.config(), Window::default(), &library).await? {
            Over::Lake(lake) => Some(lake),
            Over::Logs(_) => None,
        },
    };
    let stop = CancellationToken::new();
    let (behind, engines) = watch::channel(engine);
    let doors = doors::open(&config, engines, Arc::new(Nobody)).await?;
    // Who started us must learn where the doors are, also where the system chose the ports.
    for (door, address) in doors.addresses() {
        say!("{} {address}", door.name());
    }
    let following = async {
        match lake {
            Some(lake) => doors::follow(behind, lake, library, stop.clone()).await,
            None => {
                stop.cancelled().await;
                drop(behind);
            }
        }
    };
    let signal = async {
        stop_signal().await;
        stop.cancel();
    };
    tokio::join!(doors.serve(stop.clone()), following, signal);
    Ok(Status::Fine)
}

/// The settings of the doors: the config file's, and over them what the arguments say.
fn doors_of(args: &ServeArgs, settings: Option<&Settings>) -> Config {
    let mut config = settings.and_then(|settings| settings.serve.clone()).unwrap_or_default();
    config.postgres = args.pg.or(config.postgres);
    config.flight = args.flight.or(config.flight);
    config.tls_certificate = args.tls_cert.clone().or(config.tls_certificate);
    config.tls_key = args.tls_key.clone().or(config.tls_key);
    let users = args
        .users
        .iter()
        .map(|UserArg { name, file }| (name.clone(), User { password_file: Some(file.clone()), ..User::default() }));
    config.users.extend(users);
    config.statement_timeout = args.timeout.map_or(config.statement_timeout, Duration::from_secs);
    config.max_rows = args.max_rows.unwrap_or(config.max_rows);
    config
}

/// Counts nothing: `serve` alone has no page for it.
#[derive(Debug)]
struct Nobody;

impl Watcher for Nobody {
    fn connections(&self, _: &'static str, _: i64) {}

    fn asked(&self, _: &'static str, _: Outcome, _: u64, _: Duration) {}
}
