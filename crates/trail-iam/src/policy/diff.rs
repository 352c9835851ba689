//! What changed between two versions of a policy, principal by principal: who may do more than before, and who less.
//!
//! A grant is covered if for each of its actions and resources some statement of the other version allows the same principal
//! as much under conditions that are no stricter. So order, lists, `Sid`s, white space and the split into statements make no
//! change; a condition that cannot be compared with the old one counts as weaker, since somebody new may satisfy it.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::rc::Rc;
use std::sync::Arc;

use super::condition::Condition;
use super::sentence::{remarks, what, who};
use super::{Class, Document, Effect, Grant, Patterns, Severity, Statement, Trust, Weakness};
use crate::principal::Principal;

/// Which way a principal's access changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ChangeKind {
    /// A principal that had no grant has one.
    New,
    /// A principal may do more, or under weaker conditions; or a deny is gone.
    Widened,
    /// A principal may do less, or under stricter conditions; or a deny is new.
    Narrowed,
    /// A principal that had a grant has none.
    Removed,
}

impl ChangeKind {
    /// `new`, `widened`, `narrowed` or `removed`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Widened => "widened",
            Self::Narrowed => "narrowed",
            Self::Removed => "removed",
        }
    }
}

/// One change of one principal's access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which way.
    pub kind: ChangeKind,
    /// Of an allowing or a denying statement.
    pub effect: Effect,
    /// Whose.
    pub principal: Principal,
    /// How far the grant reaches: the new one's, or the old one's if it is gone.
    pub class: Class,
    /// What that grant lacks.
    pub weaknesses: Vec<Weakness>,
    /// The actions that changed, as the policy writes them; for `NotAction` those left out.
    pub actions: Arc<[String]>,
    /// The statement's place in the new document (in the old one for what is gone), from 0.
    pub statement: usize,
    /// Its `Sid`.
    pub sid: Option<String>,
    /// The change as one line: `account 111122223333 (external) may now assume this role, without an ExternalId`.
    pub sentence: String,
    /// How much a person should care.
    pub severity: Severity,
}

/// The changes from `old` to `new`, gravest first. Without an old document all grants are new, and denies are left out. The
/// documents must speak of the same resource; `trust` tells the accounts of the one that owns it.
pub fn diff(old: Option<&Document>, new: &Document, trust: &Trust) -> Vec<Change> {
    let empty = Document { version: None, id: None, statements: Vec::new() };
    let before = Side::of(old.unwrap_or(&empty), trust);
    let after = Side::of(new, trust);
    let (mut gains, mut losses) = (Cover::default(), Cover::default());
    let mut changes = Vec::new();

    for (who, now) in &after.by_principal {
        match before.by_principal.get(who) {
            None if who.effect == Effect::Deny && old.is_none() => {}
            None => changes.extend(now.iter().map(|&grant| change(&after.grants[grant], None, true))),
            Some(then) => {
                let more = gains.missing(&after, now, &before, then);
                let less = losses.missing(&before, then, &after, now);
                changes.extend(more.iter().map(|lack| change(&after.grants[now[lack.grant]], Some(lack), true)));
                // What a deny gains, its principal loses; either way the gains tell the story if there are both.
                if more.is_empty() {
                    changes.extend(less.iter().map(|lack| change(&before.grants[then[lack.grant]], Some(lack), false)));
                }
            }
        }
    }
    for (who, then) in &before.by_principal {
        if !after.by_principal.contains_key(who) {
            changes.extend(then.iter().map(|&grant| change(&before.grants[grant], None, false)));
        }
    }
    changes.sort_by_key(|change| (std::cmp::Reverse(change.severity), change.kind, change.statement));
    changes
}

/// What makes grants of two documents comparable: effect and principal. `NotPrincipal` counts as one, by those left out.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Who<'d> {
    effect: Effect,
    principal: Principal,
    except: &'d [Principal],
}

/// One document's grants, and by principal their places in the list.
struct Side<'d> {
    grants: Vec<Grant<'d>>,
    by_principal: BTreeMap<Who<'d>, Vec<usize>>,
}

impl<'d> Side<'d> {
    fn of(document: &'d Document, trust: &Trust) -> Self {
        let grants = document.grants(trust);
        let mut by_principal: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (i, grant) in grants.iter().enumerate() {
            let who = Who { effect: grant.statement.effect, principal: grant.principal.clone(), except: grant.except };
            by_principal.entry(who).or_default().push(i);
        }
        Self { grants, by_principal }
    }

    fn statements(&self, grants: &[usize]) -> Vec<usize> {
        grants.iter().map(|&grant| self.grants[grant].index).collect()
    }

    fn statement(&self, grant: usize) -> &'d Statement {
        self.grants[grant].statement
    }
}

/// What one grant has that the other side does not.
#[derive(Clone)]
struct Lack {
    /// The place in the principal's list of grants.
    grant: usize,
    /// The uncovered actions.
    actions: Arc<[String]>,
    reason: Reason,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Reason {
    Actions,
    Resources,
    Conditions,
}

/// How a wide statement covers a narrow one, entry by entry of the narrow one.
struct Pair {
    conditions: bool,
    actions: Vec<bool>,
    resources: Vec<bool>,
}

/// Remembers how statements cover each other: a policy may name hundreds of principals in one pair of statements.
#[derive(Default)]
struct Cover {
    pairs: HashMap<(usize, usize), Rc<Pair>>,
    /// By the statement numbers of both lists.
    answers: HashMap<[Vec<usize>; 2], Rc<Vec<Lack>>>,
}

impl Cover {
    /// What the `narrow` grants have that the `wide` ones do not cover.
    fn missing(&mut self, narrow: &Side<'_>, own: &[usize], wide: &Side<'_>, other: &[usize]) -> Rc<Vec<Lack>> {
        let key = [narrow.statements(own), wide.statements(other)];
        if let Some(known) = self.answers.get(&key) {
            return Rc::clone(known);
        }
        let mut lacks = Vec::new();
        for (i, &grant) in own.iter().enumerate() {
            let statement = narrow.statement(grant);
            let pairs: Vec<Rc<Pair>> = key[1]
                .iter()
                .zip(other)
                .map(|(&index, &wide_grant)| self.pair((key[0][i], index), statement, wide.statement(wide_grant)))
                .collect();
            lacks.extend(lack(i, statement, &pairs));
        }
        let lacks = Rc::new(lacks);
        self.answers.insert(key, Rc::clone(&lacks));
        lacks
    }

    fn pair(&mut self, key: (usize, usize), narrow: &Statement, wide: &Statement) -> Rc<Pair> {
        let compare = || Pair {
            conditions: Condition::all_imply(&narrow.conditions, &wide.conditions),
            actions: covered(&narrow.actions, &wide.actions, true),
            resources: match (&narrow.resources, &wide.resources) {
                (Some(narrow), Some(wide)) => covered(narrow, wide, false),
                (None, None) => vec![true],
                (Some(_), None) => vec![true],
                (None, Some(_)) => vec![false],
            },
        };
        Rc::clone(self.pairs.entry(key).or_insert_with(|| Rc::new(compare())))
    }
}

/// For each entry of `narrow` whether `wide` covers it; all-but lists are one entry.
fn covered(narrow: &Patterns, wide: &Patterns, ignore_case: bool) -> Vec<bool> {
    match (narrow, wide) {
        (Patterns::Only(list), _) => list.iter().map(|entry| wide.covers(entry, ignore_case)).collect(),
        (Patterns::AllBut(_), Patterns::Only(_)) => vec![wide.covers("*", ignore_case)],
        (Patterns::AllBut(out), Patterns::AllBut(wide_out)) => {
            let out = Patterns::Only(Arc::clone(out));
            vec![wide_out.iter().all(|entry| out.covers(entry, ignore_case))]
        }
    }
}

/// The part of a statement that none of the pairs covers, if any.
fn lack(grant: usize, statement: &Statement, pairs: &[Rc<Pair>]) -> Option<Lack> {
    let entries = |patterns: Option<&Patterns>| match patterns {
        Some(Patterns::Only(list)) => list.len(),
        Some(Patterns::AllBut(_)) | None => 1,
    };
    let (actions, resources) = (entries(Some(&statement.actions)), entries(statement.resources.as_ref()));
    let mut missing = vec![false; actions];
    for resource in 0..resources {
        let mut found = vec![false; actions];
        // A list whose entries were counted differently never meets here: `covered` gives one flag an entry.
        for pair in pairs.iter().filter(|pair| pair.conditions && pair.resources.get(resource) == Some(&true)) {
            found.iter_mut().zip(&pair.actions).for_each(|(found, covered)| *found |= covered);
        }
        missing.iter_mut().zip(&found).for_each(|(missing, found)| *missing |= !found);
    }
    if !missing.contains(&true) {
        return None;
    }
    let known = |action: usize| pairs.iter().any(|pair| pair.actions[action]);
    let new: Vec<usize> = (0..actions).filter(|&action| missing[action] && !known(action)).collect();
    let (chosen, reason) = if !new.is_empty() {
        (new, Reason::Actions)
    } else {
        let chosen: Vec<usize> = (0..actions).filter(|&action| missing[action]).collect();
        let places = |pair: &Rc<Pair>| chosen.iter().any(|&action| pair.actions[action]) && pair.conditions;
        let reason = if pairs.iter().any(places) { Reason::Resources } else { Reason::Conditions };
        (chosen, reason)
    };
    let actions = match &statement.actions {
        Patterns::Only(list) => chosen.iter().map(|&action| list[action].clone()).collect(),
        Patterns::AllBut(list) => Arc::clone(list),
    };
    Some(Lack { grant, actions, reason })
}

/// Puts a change in words. `more` says that the statement's part is new, not gone.
fn change(grant: &Grant<'_>, lack: Option<&Lack>, more: bool) -> Change {
    let statement = grant.statement;
    let actions = Arc::clone(lack.map_or_else(|| statement.actions.list(), |lack| &lack.actions));
    let kind = match (statement.effect, lack.is_some(), more) {
        (Effect::Allow, false, true) => ChangeKind::New,
        (Effect::Allow, true, true) | (Effect::Deny, _, false) => ChangeKind::Widened,
        (Effect::Allow, true, false) | (Effect::Deny, _, true) => ChangeKind::Narrowed,
        (Effect::Allow, false, false) => ChangeKind::Removed,
    };
    let what = what(grant, &actions);
    let mut sentence = who(grant);
    let verb = match (statement.effect, kind) {
        (Effect::Deny, ChangeKind::Widened) => "is no longer forbidden to",
        (Effect::Deny, _) => "may now not",
        (_, ChangeKind::New) => "may now",
        (_, ChangeKind::Widened) if lack.is_some_and(|lack| lack.reason == Reason::Actions) => "may now also",
        (_, ChangeKind::Widened) => "may now",
        (_, ChangeKind::Narrowed | ChangeKind::Removed) if lack.is_none_or(|lack| lack.reason == Reason::Actions) => {
            "may no longer"
        }
        (_, ChangeKind::Narrowed | ChangeKind::Removed) => "may still",
    };
    // Writing to a string does not fail.
    let _ = write!(sentence, " {verb} {what}");
    match (kind, lack.map(|lack| lack.reason)) {
        (ChangeKind::Widened, Some(Reason::Conditions)) => sentence.push_str(" under weaker or other conditions"),
        (ChangeKind::Narrowed, Some(Reason::Conditions)) => sentence.push_str(" under stricter conditions only"),
        (ChangeKind::Widened, Some(Reason::Resources)) => sentence.push_str(", more than before"),
        (ChangeKind::Narrowed, Some(Reason::Resources)) => sentence.push_str(", but less than before"),
        _ => {}
    }
    if more && statement.effect == Effect::Allow {
        sentence.push_str(&remarks(grant));
    }
    let severity = match (kind, statement.effect) {
        (ChangeKind::New | ChangeKind::Widened, Effect::Allow) => grant.severity(),
        (ChangeKind::Widened, Effect::Deny) => Severity::Low,
        _ => Severity::Info,
    };
    Change {
        kind,
        effect: statement.effect,
        principal: grant.principal.clone(),
        class: grant.class,
        weaknesses: grant.weaknesses.clone(),
        actions,
        statement: grant.index,
        sid: statement.sid.clone(),
        sentence,
        severity,
    }
}
