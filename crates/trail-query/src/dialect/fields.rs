//! Fields of structs and the names of output columns.
//!
//! A field that is selected is named by its last name, as in Athena: `useridentity.arn` gives a column `arn`.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    AccessExpr, BinaryOperator, Expr, Ident, OrderByKind, Query, Select, SelectItem, SetExpr, TableFactor,
    TableWithJoins, Value, VisitMut, VisitorMut,
};
use datafusion::sql::sqlparser::tokenizer::Location;

use super::calls::Calls;
use super::syntax::{call, column, number, text};

/// Makes `x.arn` in the body of `x -> …` a field of `x`: the planner takes it for a table's column.
pub(super) struct LambdaFields {
    names: HashSet<String>,
}

impl LambdaFields {
    pub(super) fn of(names: HashSet<String>) -> Self {
        Self { names }
    }
}

impl VisitorMut for LambdaFields {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Expr::CompoundIdentifier(names) = expr
            && let [first, fields @ ..] = names.as_slice()
            && self.names.contains(&first.value.to_lowercase())
        {
            let quoted = |field: &Ident| Value::SingleQuotedString(field.value.to_lowercase()).with_span(field.span);
            let access_chain = fields.iter().map(|field| AccessExpr::Dot(Expr::Value(quoted(field)))).collect();
            let root = Box::new(Expr::Identifier(first.clone()));
            *expr = Expr::CompoundFieldAccess { root, access_chain };
        }
        ControlFlow::Continue(())
    }
}

/// `get_field(get_field(column, 'a'), 'b')`: a path into a struct that the planner reads where it reads no other.
fn path(names: &[Ident], column: usize) -> Expr {
    let root = match &names[..=column] {
        [name] => Expr::Identifier(name.clone()),
        names => Expr::CompoundIdentifier(names.to_vec()),
    };
    names[column + 1..].iter().fold(root, |of, field| call("get_field", vec![of, text(&field.value.to_lowercase())]))
}

/// Makes fields of columns from outside plannable: those of an outer query in a subquery, and those in `UNNEST`.
#[derive(Default)]
pub(super) struct OuterFields {
    scopes: Vec<HashSet<String>>,
}

impl VisitorMut for OuterFields {
    type Break = ();

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        let mut tables = HashSet::new();
        select.from.iter().for_each(|from| name_tables(from, &mut tables));
        self.scopes.push(tables);
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, _: &mut Select) -> ControlFlow<()> {
        self.scopes.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        let TableFactor::UNNEST { array_exprs, .. } = factor else { return ControlFlow::Continue(()) };
        let tables = self.scopes.last().cloned().unwrap_or_default();
        array_exprs.iter_mut().for_each(|expr| {
            let _ = expr.visit(&mut Beside(&tables));
        });
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        let Expr::CompoundIdentifier(names) = &*expr else { return ControlFlow::Continue(()) };
        let Some((own, outer)) = self.scopes.split_last() else { return ControlFlow::Continue(()) };
        let table = names[0].value.to_lowercase();
        if names.len() > 2 && !own.contains(&table) && outer.iter().any(|scope| scope.contains(&table)) {
            *expr = path(names, 1);
        }
        ControlFlow::Continue(())
    }
}

/// Fields of columns of the tables beside an `UNNEST`.
struct Beside<'a>(&'a HashSet<String>);

impl VisitorMut for Beside<'_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        let Expr::CompoundIdentifier(names) = &*expr else { return ControlFlow::Continue(()) };
        let column = usize::from(self.0.contains(&names[0].value.to_lowercase()));
        if names.len() > column + 1 {
            *expr = path(names, column);
        }
        ControlFlow::Continue(())
    }
}

/// Fields that AWS's tables have and no column is made of here: the end of their path, and where they are kept.
const KEPT_ASIDE: [(&[&str], &str); 1] =
    [(&["sessioncontext", "ec2issuedinvpc"], "$[\"userIdentity.sessionContext.ec2IssuedInVpc\"]")];

/// Reads such a field from where it is kept.
pub(super) fn kept_aside(expr: &mut Expr) {
    let Expr::CompoundIdentifier(names) = &*expr else { return };
    let ends = |end: &[&str]| {
        let names = names.iter().rev().zip(end.iter().rev());
        names.filter(|(name, wanted)| name.value.eq_ignore_ascii_case(wanted)).count() == end.len()
    };
    if let Some((_, place)) = KEPT_ASIDE.iter().find(|(end, _)| ends(end)) {
        *expr = call("json_text", vec![column("_extra"), text(place)]);
    }
}

/// In `SELECT DISTINCT`, what rows are ordered by is named by the place of the column that it is, whatever that is called.
pub(super) fn order_by_place(query: &mut Query) {
    let SetExpr::Select(select) = &*query.body else { return };
    if select.distinct.is_none() {
        return;
    }
    let shown: Vec<String> = select
        .projection
        .iter()
        .map(|item| match item {
            SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => expr.to_string().to_lowercase(),
            _ => String::new(),
        })
        .collect();
    if shown.iter().any(String::is_empty) {
        return;
    }
    let Some(OrderByKind::Expressions(order)) = query.order_by.as_mut().map(|order| &mut order.kind) else { return };
    for by in order {
        let written = by.expr.to_string().to_lowercase();
        if let Some(place) = shown.iter().position(|shown| *shown == written) {
            by.expr = number(i64::try_from(place + 1).unwrap_or(i64::MAX));
        }
    }
}

/// The parser reads `a IS DISTINCT FROM b AND c` as `a IS DISTINCT FROM (b AND c)`, which nobody means: puts it right.
/// Parentheses that somebody wrote are a node of their own, so there is no doubt.
pub(super) fn bind_distinct(expr: &mut Expr) {
    let connective = |expr: &Expr| {
        matches!(expr, Expr::BinaryOp { op: BinaryOperator::And | BinaryOperator::Or | BinaryOperator::Xor, .. })
    };
    let (Expr::IsDistinctFrom(left, right) | Expr::IsNotDistinctFrom(left, right)) = expr else { return };
    if !connective(right) {
        return;
    }
    let nothing = || Expr::value(Value::Null);
    let left = std::mem::replace(&mut **left, nothing());
    let mut tree = std::mem::replace(&mut **right, nothing());
    let mut operand = &mut tree;
    while connective(operand) {
        let Expr::BinaryOp { left, .. } = operand else { break };
        operand = left;
    }
    let right = std::mem::replace(operand, nothing());
    *operand = match expr {
        Expr::IsNotDistinctFrom(..) => Expr::IsNotDistinctFrom(Box::new(left), Box::new(right)),
        _ => Expr::IsDistinctFrom(Box::new(left), Box::new(right)),
    };
    *expr = tree;
}

/// Gives selected fields their own names; where a name is taken, the next gets a number (`arn`, `arn_2`).
pub(super) fn name_fields(select: &mut Select) {
    let mut tables = HashSet::new();
    select.from.iter().for_each(|from| name_tables(from, &mut tables));
    let named = |item: &SelectItem| match item {
        SelectItem::ExprWithAlias { alias, .. } => Some(alias.value.to_lowercase()),
        SelectItem::UnnamedExpr(Expr::Identifier(name)) => Some(name.value.to_lowercase()),
        SelectItem::UnnamedExpr(expr @ Expr::CompoundIdentifier(names)) if field(expr, &tables).is_none() => {
            names.last().map(|name| name.value.to_lowercase())
        }
        _ => None,
    };
    let mut taken: HashSet<String> = select.projection.iter().filter_map(named).collect();
    let mut used = HashSet::new();
    for item in &mut select.projection {
        let SelectItem::UnnamedExpr(expr) = item else { continue };
        let (name, own) = match field(expr, &tables) {
            Some(name) => (name, true),
            // Once rewritten, a call would have another name than it was written with; what is there twice needs two names.
            None => {
                let written = match &*expr {
                    Expr::Identifier(name) => name.value.clone(),
                    Expr::CompoundIdentifier(_) => continue,
                    other => other.to_string(),
                };
                let mut copy = expr.clone();
                let _ = copy.visit(&mut Calls);
                let again = !used.insert(written.to_lowercase());
                if !again && copy == *expr && names_itself(expr) {
                    continue;
                }
                (Ident::with_quote('"', written), !again)
            }
        };
        let mut alias = name.clone();
        let mut number = 1;
        while (number == 1 && !own) || !taken.insert(alias.value.to_lowercase()) {
            number += 1;
            alias.value = format!("{}_{number}", name.value);
        }
        *item = SelectItem::ExprWithAlias { expr: expr.clone(), alias };
    }
}

/// True for what the engine gives a short name: columns, literals, and an aggregate by itself. Anything else is named as it is written,
/// which `ORDER BY 1` needs too where an aggregate is in it.
fn names_itself(expr: &Expr) -> bool {
    const AGGREGATES: [&str; 5] = ["count", "sum", "min", "max", "avg"];
    match expr {
        Expr::Identifier(_) | Expr::Value(_) => true,
        Expr::Function(function) => {
            function.over.is_none() && AGGREGATES.contains(&function.name.to_string().to_lowercase().as_str())
        }
        _ => false,
    }
}

/// The names by which the tables of a FROM are known.
fn name_tables(from: &TableWithJoins, tables: &mut HashSet<String>) {
    for factor in std::iter::once(&from.relation).chain(from.joins.iter().map(|join| &join.relation)) {
        let name = match factor {
            TableFactor::NestedJoin { table_with_joins, .. } => {
                name_tables(table_with_joins, tables);
                continue;
            }
            TableFactor::Table { name, alias: None, .. } => name.0.last().map(ToString::to_string),
            TableFactor::Table { alias: Some(alias), .. }
            | TableFactor::Derived { alias: Some(alias), .. }
            | TableFactor::Function { alias: Some(alias), .. }
            | TableFactor::TableFunction { alias: Some(alias), .. }
            | TableFactor::UNNEST { alias: Some(alias), .. } => Some(alias.name.value.clone()),
            _ => None,
        };
        tables.extend(name.map(|name| name.trim_matches('"').to_lowercase()));
    }
}

/// The last name of a path into a struct; `None` for a plain column, with its table's name before it or without.
fn field(expr: &Expr, tables: &HashSet<String>) -> Option<Ident> {
    match expr {
        Expr::CompoundIdentifier(names) => {
            let table = names.iter().position(|name| tables.contains(&name.value.to_lowercase()));
            let column = table.map_or(0, |table| table + 1);
            (names.len() > column + 1).then(|| names.last().cloned()).flatten()
        }
        Expr::CompoundFieldAccess { access_chain, .. } => match access_chain.last()? {
            AccessExpr::Dot(Expr::Identifier(name)) => Some(name.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// How the columns of the outermost SELECT were written, where that is not how they are named inside.
pub(super) fn headings(query: &Query, written: &HashMap<Location, String>) -> HashMap<String, String> {
    let mut body = &*query.body;
    let select = loop {
        match body {
            SetExpr::Select(select) => break select,
            SetExpr::Query(inner) => body = &inner.body,
            SetExpr::SetOperation { left, .. } => body = left,
            _ => return HashMap::new(),
        }
    };
    let name = |item: &SelectItem| match item {
        SelectItem::ExprWithAlias { alias, .. } => Some(alias.clone()),
        SelectItem::UnnamedExpr(Expr::Identifier(name)) => Some(name.clone()),
        SelectItem::UnnamedExpr(Expr::CompoundIdentifier(names)) => names.last().cloned(),
        _ => None,
    };
    let names = select.projection.iter().filter_map(name);
    names.filter_map(|name| Some((name.value, written.get(&name.span.start)?.clone()))).collect()
}
