//! `investigations`: which ready queries there are, and what they must be told.

use comfy_table::Table;
use comfy_table::presets::NOTHING;
use serde_json::json;
use trail_query::write::visible;
use trail_query::{Investigation, Library, Param, ParamKind};

use super::library;
use crate::args::InvestigationsArgs;
use crate::exit::{Status, usage};

/// Lists them.
pub(crate) fn run(args: &InvestigationsArgs) -> anyhow::Result<Status> {
    let found = matching(&library(args.queries.as_deref())?, args.text.as_deref().unwrap_or_default())?;
    if args.json {
        for investigation in &found {
            let params: Vec<_> = investigation
                .params
                .iter()
                .map(|param| {
                    json!({"name": param.name, "type": kind(param.kind), "default": param.default, "about": param.about})
                })
                .collect();
            say!(
                "{}",
                json!({
                    "id": investigation.id, "title": investigation.title, "description": investigation.description, "params": params,
                })
            );
        }
        return Ok(Status::Fine);
    }
    say!("{}\n{} investigations", table(&found), found.len());
    Ok(Status::Fine)
}

/// Those with a text in their id or title, in any case.
pub(super) fn matching(library: &Library, text: &str) -> anyhow::Result<Vec<Investigation>> {
    let text = text.to_lowercase();
    let has = |investigation: &Investigation| {
        investigation.id.to_lowercase().contains(&text) || investigation.title.to_lowercase().contains(&text)
    };
    Ok(Investigation::all(library).map_err(usage)?.into_iter().filter(has).collect())
}

/// One line an investigation. A parameter without a default stands as it is, one with a default in brackets.
pub(super) fn table(found: &[Investigation]) -> Table {
    let mut table = Table::new();
    table.load_preset(NOTHING).set_header(["investigation", "parameters", "title"]);
    let name = |param: &Param| match &param.default {
        None => param.name.clone(),
        Some(_) => format!("[{}]", param.name),
    };
    for investigation in found {
        let params: Vec<String> = investigation.params.iter().map(name).collect();
        let cells = [investigation.id.clone(), params.join(" "), investigation.title.clone()];
        table.add_row(cells.iter().map(|cell| visible(cell).into_owned()));
    }
    table
}

fn kind(kind: ParamKind) -> &'static str {
    match kind {
        ParamKind::Text => "text",
        ParamKind::Timestamp => "timestamp",
        ParamKind::Until => "until",
        ParamKind::Number => "number",
        ParamKind::Address => "address",
    }
}
