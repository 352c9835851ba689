//! `rules coverage`: topics, techniques, CIS items and events, with the detections for each.

use anyhow::Context as _;
use comfy_table::Table;
use comfy_table::presets::NOTHING;
use serde_json::json;
use trail_detect::{Coverage, Rules, Topics};
use trail_query::write::visible;

use super::args::{CoverageArgs, RulesFormat};
use super::{House, named};
use crate::exit::{Status, usage};

/// Prints the matrix, and writes the layer where one is asked for.
pub(super) async fn run(args: CoverageArgs) -> anyhow::Result<Status> {
    let house = House::open(&args.which)?;
    let topics = Topics::load(&house.library).map_err(usage)?;
    let mut rules = Rules::default();
    named(&house.rules, &args.which.only)?.into_iter().try_for_each(|rule| rules.insert(rule)).map_err(usage)?;
    let coverage = Coverage::of(&rules, &topics).await.map_err(usage)?;
    let missing = coverage.missing();
    if let Some(file) = &args.navigator {
        let layer = serde_json::to_string_pretty(&coverage.navigator())?;
        std::fs::write(file, layer).with_context(|| format!("cannot write `{}`", file.display()))?;
    }
    match args.format {
        RulesFormat::Json => {
            let mut all = serde_json::to_value(&coverage)?;
            all["missing"] = json!(missing);
            say!("{all:#}");
        }
        RulesFormat::Table => table(&coverage, &missing)?,
    }
    Ok(if args.deny && !missing.is_empty() { Status::Findings } else { Status::Fine })
}

fn table(coverage: &Coverage, missing: &[String]) -> anyhow::Result<()> {
    let topics = coverage.topics.iter().map(|line| {
        let topic = &line.what.topic;
        let note = match (&topic.left_out, topic.must) {
            (Some(why), _) => format!("not covered: {why}"),
            (None, true) => "must".to_owned(),
            (None, false) => String::new(),
        };
        [line.what.number.to_string(), topic.title.clone(), note, line.detections.join(", ")]
    });
    // Single calls that nobody watches are no news.
    let told = topics.filter(|[.., note, detections]| !note.is_empty() || !detections.is_empty());
    section(["topic", "what", "", "detections"], told)?;
    let cis = coverage.cis.iter();
    section(
        ["CIS", "what", "", "detections"],
        cis.map(|line| [line.what.item.clone(), line.what.title.clone(), String::new(), line.detections.join(", ")]),
    )?;
    let events = coverage.events.iter();
    section(
        ["event", "source", "area", "detections"],
        events.map(|line| {
            [line.what.event.clone(), line.what.source.clone(), line.what.area.clone(), line.detections.join(", ")]
        }),
    )?;
    let techniques = coverage.mitre.iter();
    section(
        ["technique", "detections", "", ""],
        techniques.map(|line| {
            [line.what.technique.clone(), line.detections.len().to_string(), String::new(), line.detections.join(", ")]
        }),
    )?;
    let covered = |lines: &mut dyn Iterator<Item = bool>| {
        let (mut all, mut with) = (0, 0);
        lines.for_each(|detected| (all, with) = (all + 1, with + usize::from(detected)));
        format!("{with} of {all}")
    };
    let must = coverage.topics.iter().filter(|line| line.what.topic.must);
    say!(
        "topics that must be covered: {}; CIS items: {}; events: {}; techniques: {}",
        covered(&mut must.map(|line| !line.detections.is_empty())),
        covered(&mut coverage.cis.iter().map(|line| !line.detections.is_empty())),
        covered(&mut coverage.events.iter().map(|line| !line.detections.is_empty())),
        coverage.mitre.len()
    );
    for line in missing {
        say!("missing: {}", visible(line));
    }
    Ok(())
}

fn section(header: [&str; 4], rows: impl Iterator<Item = [String; 4]>) -> anyhow::Result<()> {
    let mut table = Table::new();
    table.load_preset(NOTHING).set_header(header);
    for row in rows {
        table.add_row(row.map(|cell| visible(&cell).into_owned()));
    }
    say!("{table}\n");
    Ok(())
}
