//! Columns that a table has elsewhere and not here: the partitions of Athena's tables, and a few of CloudTrail Lake's. A SELECT that
//! names one reads from a table with it; `SELECT *` stays the event's own columns.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    ExceptSelectItem, Expr, GroupByExpr, Ident, OrderByKind, Query, Select, SelectItem, SetExpr, TableAlias,
    TableFactor, TableWithJoins, Visit, VisitMut, Visitor, VisitorMut, WildcardAdditionalOptions,
};
use datafusion::sql::sqlparser::parser::Parser;

use super::AuditDialect;
use super::syntax::{call, column, text};
use super::tables::{EVENTS, is_events};
use crate::functions::json::EVENT_FIELDS;

/// What a column of another name or of none here is made of.
fn made_of(name: &str) -> Option<Expr> {
    let partition = |part: &str| call("event_partition", vec![column("eventtime"), text(part)]);
    let extra = |path: &str| call("json_text", vec![column("_extra"), text(path)]);
    Some(match name {
        "account" | "account_partition" => column("recipientaccountid"),
        "region" | "region_partition" => column("awsregion"),
        "year" | "month" | "day" | "hour" => partition(name),
        "timestamp" | "date" | "dt" | "date_partition" => partition("timestamp"),
        "$path" => column("_object"),
        "annotation" => extra("$.annotation"),
        "eventjsonchecksum" => extra("$.eventJsonChecksum"),
        "eventjson" => call("event_json", EVENT_FIELDS.iter().map(|(column_name, _)| column(column_name)).collect()),
        _ => return None,
    })
}

/// Columns of ours that AWS's tables do not have: a name from elsewhere means what is elsewhere.
const OURS: [&str; 5] = ["principal", "caller", "denied", "network", "agent"];

/// Gives SELECTs over the events the columns that they name.
pub(super) struct Partitions;

impl VisitorMut for Partitions {
    type Break = ();

    fn post_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        let order: Vec<Expr> = match query.order_by.as_ref().map(|order| &order.kind) {
            Some(OrderByKind::Expressions(by)) => by.iter().map(|by| by.expr.clone()).collect(),
            _ => Vec::new(),
        };
        widen_all(&mut query.body, &order);
        ControlFlow::Continue(())
    }
}

fn widen_all(body: &mut SetExpr, order: &[Expr]) {
    match body {
        SetExpr::Select(select) => widen(select, order),
        SetExpr::SetOperation { left, right, .. } => {
            widen_all(left, &[]);
            widen_all(right, &[]);
        }
        _ => {}
    }
}

/// The names that expressions speak of, where they stand alone and behind a table's name.
#[derive(Default)]
struct Mentions {
    alone: HashSet<String>,
    of_table: HashSet<(String, String)>,
}

impl Visitor for Mentions {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        match expr {
            Expr::Identifier(name) => {
                self.alone.insert(name.value.to_lowercase());
            }
            Expr::CompoundIdentifier(names) if names.len() > 1 => {
                self.of_table.insert((names[0].value.to_lowercase(), names[1].value.to_lowercase()));
                self.alone.insert(names[0].value.to_lowercase());
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

fn widen(select: &mut Select, order: &[Expr]) {
    let mut mentions = Mentions::default();
    for item in &select.projection {
        let _ = item.visit(&mut mentions);
    }
    for condition in [&select.selection, &select.having, &select.qualify].into_iter().flatten() {
        let _ = condition.visit(&mut mentions);
    }
    for from in &select.from {
        let _ = from.visit(&mut mentions);
    }
    // GROUP BY and ORDER BY may name what the SELECT names.
    let named: HashSet<String> = select
        .projection
        .iter()
        .filter_map(|item| match item {
            SelectItem::ExprWithAlias { alias, .. } => Some(alias.value.to_lowercase()),
            _ => None,
        })
        .collect();
    let groups: Vec<Expr> = match &select.group_by {
        GroupByExpr::Expressions(groups, _) => groups.clone(),
        GroupByExpr::All(_) => Vec::new(),
    };
    let mut others = Mentions::default();
    groups.iter().chain(order).for_each(|expr| {
        let _ = expr.visit(&mut others);
    });
    mentions.alone.extend(others.alone.into_iter().filter(|name| !named.contains(name)));
    mentions.of_table.extend(others.of_table);

    let elsewhere = columns_elsewhere(&select.from);
    let from_elsewhere: HashMap<&str, &Ident> =
        OURS.iter().filter_map(|name| Some((*name, elsewhere.get(*name)?.as_ref()?))).collect();
    if !from_elsewhere.is_empty() {
        let mut qualify = Qualify { tables: from_elsewhere, depth: 0 };
        let _ = select.projection.iter_mut().try_for_each(|item| item.visit(&mut qualify));
        let _ = select.selection.iter_mut().try_for_each(|condition| condition.visit(&mut qualify));
        let _ = select.having.iter_mut().try_for_each(|condition| condition.visit(&mut qualify));
        let _ = VisitMut::visit(&mut select.group_by, &mut qualify);
    }
    let mut added: HashSet<String> = HashSet::new();
    for from in &mut select.from {
        let relations = std::iter::once(&mut from.relation).chain(from.joins.iter_mut().map(|join| &mut join.relation));
        for relation in relations {
            let TableFactor::Table { name, alias, args: None, .. } = &*relation else { continue };
            if !is_events(name) {
                continue;
            }
            let known_as = alias.as_ref().map_or(EVENTS.to_owned(), |alias| alias.name.value.to_lowercase());
            let mut wanted: Vec<&String> =
                mentions.alone.iter().filter(|name| !elsewhere.contains_key(*name)).collect();
            wanted.extend(mentions.of_table.iter().filter(|(table, _)| *table == known_as).map(|(_, name)| name));
            wanted.sort();
            wanted.dedup();
            let columns: Vec<(String, Expr)> =
                wanted.into_iter().filter_map(|name| Some((name.clone(), made_of(name)?))).collect();
            if columns.is_empty() {
                continue;
            }
            added.extend(columns.iter().map(|(name, _)| name.clone()));
            let alias = alias.clone().unwrap_or_else(|| TableAlias {
                explicit: true,
                name: Ident::new(EVENTS),
                columns: Vec::new(),
                at: None,
            });
            if let Some(wider) = wider(columns) {
                *relation = TableFactor::Derived {
                    lateral: false,
                    subquery: Box::new(wider),
                    alias: Some(alias),
                    sample: None,
                };
            }
        }
    }
    if added.is_empty() {
        return;
    }
    if let GroupByExpr::Expressions(groups, _) = &mut select.group_by {
        for group in groups {
            let Expr::Identifier(name) = &*group else { continue };
            let meant = select.projection.iter().find_map(|item| match item {
                SelectItem::ExprWithAlias { expr, alias } if alias.value.eq_ignore_ascii_case(&name.value) => {
                    Some(expr)
                }
                _ => None,
            });
            if let Some(meant) = meant.filter(|_| added.contains(&name.value.to_lowercase())) {
                *group = meant.clone();
            }
        }
    }
    let mut hidden: Vec<&String> = added.iter().collect();
    hidden.sort();
    for item in &mut select.projection {
        if let SelectItem::Wildcard(options) | SelectItem::QualifiedWildcard(_, options) = item {
            hide(options, &hidden);
        }
    }
}

fn hide(options: &mut WildcardAdditionalOptions, names: &[&String]) {
    let mut names = names.iter().map(|name| Ident::with_quote('"', name.as_str()));
    if let (None, Some(first)) = (&options.opt_except, names.next()) {
        options.opt_except = Some(ExceptSelectItem { first_element: first, additional_elements: names.collect() });
    }
}

/// `SELECT *, … AS "year" FROM cloudtrail`.
fn wider(columns: Vec<(String, Expr)>) -> Option<Query> {
    let sql = format!("SELECT * FROM {EVENTS}");
    let mut parser = Parser::new(&AuditDialect).try_with_sql(&sql).ok()?;
    let mut query = *parser.parse_query().ok()?;
    let SetExpr::Select(select) = &mut *query.body else { return None };
    let items =
        columns.into_iter().map(|(name, expr)| SelectItem::ExprWithAlias { expr, alias: Ident::with_quote('"', name) });
    select.projection.extend(items);
    Some(query)
}

/// The columns that other tables of a FROM are known to have, and the table's name if it has one.
fn columns_elsewhere(from: &[TableWithJoins]) -> HashMap<String, Option<Ident>> {
    let mut names = HashMap::new();
    let relations = from
        .iter()
        .flat_map(|from| std::iter::once(&from.relation).chain(from.joins.iter().map(|join| &join.relation)));
    for relation in relations {
        let (alias, inner) = match relation {
            TableFactor::UNNEST { alias: Some(alias), .. } => (Some(alias), Vec::new()),
            TableFactor::Derived { subquery, alias, .. } => match &*subquery.body {
                SetExpr::Select(select) => (alias.as_ref(), select.projection.iter().filter_map(item_name).collect()),
                _ => (alias.as_ref(), Vec::new()),
            },
            _ => continue,
        };
        let table = alias.map(|alias| alias.name.clone());
        let renamed = alias.into_iter().flat_map(|alias| &alias.columns).map(|column| column.name.value.to_lowercase());
        names.extend(renamed.chain(inner).map(|name| (name, table.clone())));
    }
    names
}

/// Puts a table's name before names that stand alone, outside of subqueries.
struct Qualify<'a> {
    tables: HashMap<&'a str, &'a Ident>,
    depth: usize,
}

impl VisitorMut for Qualify<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, _: &mut Query) -> ControlFlow<()> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Expr::Identifier(name) = &*expr
            && self.depth == 0
            && let Some(table) = self.tables.get(name.value.to_lowercase().as_str())
        {
            *expr = Expr::CompoundIdentifier(vec![(*table).clone(), name.clone()]);
        }
        ControlFlow::Continue(())
    }
}

fn item_name(item: &SelectItem) -> Option<String> {
    match item {
        SelectItem::ExprWithAlias { alias, .. } => Some(alias.value.to_lowercase()),
        SelectItem::UnnamedExpr(Expr::Identifier(name)) => Some(name.value.to_lowercase()),
        SelectItem::UnnamedExpr(Expr::CompoundIdentifier(names)) => names.last().map(|name| name.value.to_lowercase()),
        _ => None,
    }
}
