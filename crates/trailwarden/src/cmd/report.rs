//! `report`: a report for a period, into a folder.

use anyhow::Context as _;
use jiff::tz::TimeZone;
use trail_query::Config;
use trail_report::{Access, Coverage, Period, access_report};
use trail_source::Window;

use super::{Over, attach, library};
use crate::args::{AccessArgs, ReportArgs, ReportCommand};
use crate::exit::{Status, usage};
use crate::{clock, engine, iam};

/// Makes the report that the arguments name.
pub(crate) async fn run(args: ReportArgs, zone: TimeZone) -> anyhow::Result<Status> {
    match args.report {
        ReportCommand::Access(args) => access(args, zone).await,
    }
}

async fn access(args: AccessArgs, zone: TimeZone) -> anyhow::Result<Status> {
    let aws = args.aws.config();
    let now = clock::now();
    let window = Window::parse(Some(&args.from), Some(&args.to)).map_err(usage)?;
    let (from, until) = window.bounds(now);
    let period = Period { from: from.context("`--from` is open")?, until: until.context("`--to` is open")?, zone };
    let library = library(args.queries.as_deref())?;
    let engine = engine::over(Config::default(), &args.engine, &args.over).await?;
    // Earlier logs are read as well: they tell since when a key has shown no use.
    let coverage = match attach(&engine, &args.over, &aws, Window::default(), &library).await? {
        Over::Lake(lake) => Coverage::Lake { location: lake.location().to_owned() },
        Over::Logs(logs) => Coverage::Logs { location: args.over.logs.join(", "), logs },
    };
    let keys = match (&args.iam, &coverage) {
        (Some(iam), _) => Some(iam::for_report(&iam::snapshot(iam, &aws).await?)),
        (None, Coverage::Lake { .. }) => iam::of_lake(&engine).await?,
        (None, Coverage::Logs { .. }) => None,
    };
    let report = access_report(&engine, &library, &Access { period, now, coverage, keys }).await?;
    crate::reports::write(&report, &args.out)?;
    say!("{}", report.title);
    for line in &report.summary {
        say!("{}", trail_query::write::visible(line));
    }
    say!("written to {}", args.out.display());
    Ok(Status::Fine)
}
