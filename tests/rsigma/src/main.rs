//! Another engine's verdict on Sigma rules: `rsigma-peer FOLDER EVENTS` says which rules of a folder match which events of a file
//! with one JSON object a line. Each line of the answer is a rule's file name, a tab, and an event's `eventID`.

use std::error::Error;
use std::fs;

use rsigma_eval::event::JsonEvent;
use rsigma_eval::{CompiledRule, compile_rule, evaluate_rule};
use serde_json::Value;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(folder), Some(events)) = (args.next(), args.next()) else {
        return Err("usage: rsigma-peer FOLDER EVENTS".into());
    };
    let events: Vec<Value> = fs::read_to_string(events)?.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let parsed = rsigma_parser::parse_sigma_yaml(&fs::read_to_string(entry.path())?)?;
        let rules: Vec<CompiledRule> = parsed
            .rules
            .iter()
            .map(compile_rule)
            .collect::<Result<_, _>>()
            .map_err(|error| format!("{name}: {error}"))?;
        for event in &events {
            let json = JsonEvent::borrow(event);
            if rules.iter().any(|rule| evaluate_rule(rule, &json).is_some()) {
                println!("{name}\t{}", event["eventID"].as_str().unwrap_or_default());
            }
        }
    }
    Ok(())
}
