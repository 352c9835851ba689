//! Which table is meant: event data stores and Athena's CloudTrail tables are `cloudtrail`, whatever they are called.

use std::collections::{BTreeMap, HashSet};
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Ident, ObjectName, Query, Statement, TableAlias, TableFactor, VisitMut, VisitorMut,
};

use super::syntax::name;
use super::text::is_uuid;
use crate::QueryError;

/// The table of events.
pub(super) const EVENTS: &str = "cloudtrail";

/// What there is to be named.
pub(crate) struct Known<'a> {
    /// Tables and views, in lower case.
    pub(crate) tables: &'a [String],
    /// Other names of them, from the config.
    pub(crate) aliases: &'a BTreeMap<String, String>,
    /// Whether `$1` and so on may stand, since their values come later.
    pub(crate) numbered: bool,
}

/// Puts the engine's own names in the place of others.
pub(crate) fn resolve(statement: &mut Statement, known: &Known<'_>) -> Result<(), QueryError> {
    let mut names = CommonNames(HashSet::new());
    let _ = statement.visit(&mut names);
    match statement.visit(&mut Tables { known, common: names.0 }) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(written) => Err(QueryError::Statement(format!(
            "there is no table `{written}` (there are: {}; an event data store or a table of CloudTrail's logs by another name is \
             named in `[query] tables`)",
            known.tables.join(", "),
        ))),
    }
}

/// The same for a name by itself (`DESCRIBE`); one that is not known is told of later.
pub(crate) fn resolve_name(written: &mut ObjectName, known: &Known<'_>) {
    if let Ok(Some(table)) = (Tables { known, common: HashSet::new() }).meant(written) {
        *written = name(&table);
    }
}

/// The names that WITH gives.
struct CommonNames(HashSet<String>);

impl VisitorMut for CommonNames {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        let tables = query.with.iter().flat_map(|with| &with.cte_tables);
        self.0.extend(tables.map(|table| table.alias.name.value.to_lowercase()));
        ControlFlow::Continue(())
    }
}

/// Whether a name, in quotes or not, is the events' own.
pub(super) fn is_events(written: &ObjectName) -> bool {
    matches!(written.0.as_slice(), [name] if unquoted(&name.to_string()) == EVENTS)
}

struct Tables<'a> {
    known: &'a Known<'a>,
    common: HashSet<String>,
}

impl Tables<'_> {
    fn has(&self, name: &str) -> bool {
        self.known.tables.iter().any(|table| table == name)
    }

    /// The engine's table for a name; `None` if it is one already, or a name that WITH gives.
    fn meant(&self, written: &ObjectName) -> Result<Option<String>, String> {
        let parts: Vec<String> = written.0.iter().map(|part| unquoted(&part.to_string())).collect();
        let Some(last) = parts.last() else { return Ok(None) };
        let whole = parts.join(".");
        if parts.iter().any(|part| part == "information_schema") || (parts.len() == 1 && self.common.contains(last)) {
            return Ok(None);
        }
        for alias in [&whole, last] {
            if let Some((_, table)) = self.known.aliases.iter().find(|(name, _)| name.eq_ignore_ascii_case(alias)) {
                return Ok(Some(table.to_lowercase()));
            }
        }
        if self.has(last) {
            return Ok((parts.len() > 1).then(|| last.clone()));
        }
        // A database may be called so, too: `cloudtrail_logs.organization_events`.
        let event_store = is_uuid(last) || last.starts_with('$') || whole.contains(EVENTS) || last.contains("eds_id");
        if event_store && self.has(EVENTS) { Ok(Some(EVENTS.to_owned())) } else { Err(whole) }
    }
}

fn unquoted(part: &str) -> String {
    part.trim_matches(['"', '`']).to_lowercase()
}

impl VisitorMut for Tables<'_> {
    type Break = String;

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<String> {
        let TableFactor::Table { name: written, alias, args: None, sample, .. } = factor else {
            return ControlFlow::Continue(());
        };
        if sample.is_some() {
            return ControlFlow::Continue(());
        }
        match self.meant(written) {
            Ok(None) => ControlFlow::Continue(()),
            Ok(Some(table)) => {
                let last = written.0.last().map(|part| unquoted(&part.to_string())).unwrap_or_default();
                if alias.is_none() && last != table {
                    // Columns may be told apart by the name that was written.
                    let name = Ident::with_quote('"', last);
                    *alias = Some(TableAlias { explicit: true, name, columns: Vec::new(), at: None });
                }
                *written = name(&table);
                ControlFlow::Continue(())
            }
            Err(written) => ControlFlow::Break(written),
        }
    }
}
