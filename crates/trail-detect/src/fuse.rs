//! Many conditions over one batch in one pass.
//!
//! A condition is one or several branches, any of which suffices. Branches are indexed by the event names and sources that they
//! demand, so that a rule is only run on the rows that can match it. Branches without such a demand run on the whole batch,
//! part by part: each part that several rules share runs once, and a branch stops at the first part that leaves it no row.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use arrow::array::{Array, AsArray, BooleanArray, StringViewArray, UInt32Array};
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::execution::SessionState;
use datafusion::logical_expr::utils::split_binary_owned;
use datafusion::logical_expr::{Expr, Operator, lit};

use crate::leaves::{Frame, Leaves};
use crate::memo::Memo;
use crate::predicate::{Compiled, allowed, conjuncts, cost};

/// From this [`cost`] on a part is worth picking rows out for, as a regular expression or a function is.
const COSTLY: u32 = 40;
/// From this [`cost`] on it is cheaper to look a text up than to decide about it again.
const WORTH_REMEMBERING: u32 = 30;

type Index = hashbrown::HashMap<String, Vec<u32>, ahash::RandomState>;

/// Conditions that are evaluated together; each has the number that [`Fused::add`] gave it.
#[derive(Debug, Default)]
pub(crate) struct Fused {
    parts: Vec<Part>,
    known: HashMap<String, u32>,
    branches: Vec<Branch>,
    /// By condition: whether it has several branches.
    several: Vec<bool>,
    by_name: Index,
    by_source: Index,
    anywhere: Vec<u32>,
}

/// One way to fulfil a condition: all of its parts must hold.
#[derive(Debug)]
struct Branch {
    condition: u32,
    parts: Vec<u32>,
}

#[derive(Debug)]
struct Part {
    test: Compiled,
    /// Rows are worth picking out before it runs.
    costly: bool,
    /// The column of text that alone decides it, where it is worth remembering what was decided.
    by_text: Option<usize>,
}

/// What a batch costs to look through, kept from batch to batch.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    candidates: Vec<Vec<u32>>,
    touched: Vec<u32>,
    memos: Vec<Memo>,
    /// Room for a value in lower case.
    folded: String,
}

impl Fused {
    /// Adds a prepared condition; its number is the count of those before it.
    pub(crate) fn add(&mut self, condition: Expr, leaves: &Leaves, state: &SessionState) -> Result<u32> {
        let number = self.several.len() as u32;
        let branches = split_binary_owned(condition, Operator::Or);
        self.several.push(branches.len() > 1);
        for branch in branches {
            // As of a rule that asks what is not configured.
            if branch == lit(false) {
                continue;
            }
            let at = self.branches.len() as u32;
            let names = allowed(&branch, "eventname");
            let sources = allowed(&branch, "eventsource");
            let mut parts = Vec::new();
            for part in conjuncts(branch) {
                parts.push(self.part(&part, leaves, state)?);
            }
            self.branches.push(Branch { condition: number, parts });
            match (names, sources) {
                (Some(names), _) => file(&mut self.by_name, &names, at),
                (None, Some(sources)) => file(&mut self.by_source, &sources, at),
                (None, None) => self.anywhere.push(at),
            }
        }
        Ok(number)
    }

    fn part(&mut self, part: &Expr, leaves: &Leaves, state: &SessionState) -> Result<u32> {
        let key = part.to_string();
        if let Some(at) = self.known.get(&key) {
            return Ok(*at);
        }
        let test = Compiled::new(part, leaves, state)?;
        let cost = cost(part);
        let mut reads = test.leaves();
        let by_text = match (reads.next(), reads.next()) {
            (Some(leaf), None) if cost >= WORTH_REMEMBERING => Some(leaf),
            _ => None,
        };
        drop(reads);
        let by_text = by_text.filter(|leaf| *leaves.field(*leaf).data_type() == DataType::Utf8View);
        let at = self.parts.len() as u32;
        self.parts.push(Part { test, costly: cost >= COSTLY, by_text });
        self.known.insert(key, at);
        Ok(at)
    }

    /// The leaves that any condition reads.
    pub(crate) fn leaves(&self) -> impl Iterator<Item = usize> + '_ {
        self.parts.iter().flat_map(|part| part.test.leaves())
    }

    /// Calls `found` with every condition that matches and the rows where it does, in the order of the conditions' index.
    /// A condition that cannot be evaluated on a row (an overflow, say) does not match that row; `failed` is told.
    pub(crate) fn select(
        &self,
        frame: &Frame<'_>,
        leaves: &Leaves,
        scratch: &mut Scratch,
        mut found: impl FnMut(u32, UInt32Array),
        mut failed: impl FnMut(u32, &datafusion::error::DataFusionError),
    ) {
        self.candidates(frame, leaves, scratch);
        scratch.memos.resize_with(self.parts.len(), Memo::default);
        let masks = vec![OnceCell::new(); self.parts.len()];
        let mut together: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        let mut one = |branch: &Branch, rows: UInt32Array| {
            if self.several[branch.condition as usize] {
                together.entry(branch.condition).or_default().extend(rows.values());
            } else {
                found(branch.condition, rows);
            }
        };
        for at in std::mem::take(&mut scratch.touched) {
            let rows = std::mem::take(&mut scratch.candidates[at as usize]);
            // Most of the batch: looking at all of it is cheaper than picking the rows out first.
            let dense = rows.len() * 2 > frame.rows();
            let rows = UInt32Array::from(rows);
            let branch = &self.branches[at as usize];
            if let Some(rows) = self.narrow(branch, frame, Some(rows), dense, &masks, &mut scratch.memos, &mut failed) {
                one(branch, rows);
            }
        }
        for at in &self.anywhere {
            let branch = &self.branches[*at as usize];
            if let Some(rows) = self.narrow(branch, frame, None, true, &masks, &mut scratch.memos, &mut failed) {
                one(branch, rows);
            }
        }
        for (condition, rows) in together {
            found(condition, rows.into_iter().collect::<Vec<u32>>().into());
        }
    }

    /// Sorts the rows of a batch into the branches whose event name or source they bear.
    fn candidates(&self, frame: &Frame<'_>, leaves: &Leaves, scratch: &mut Scratch) {
        scratch.candidates.resize_with(self.branches.len(), Vec::new);
        for (index, column) in [(&self.by_name, "eventname"), (&self.by_source, "eventsource")] {
            let Some(leaf) = leaves.get(column) else { continue };
            let Some(values) = frame.array(leaf).as_string_view_opt().filter(|_| !index.is_empty()) else { continue };
            let mut last: (&str, Option<&Vec<u32>>) = ("", None);
            for row in 0..values.len() {
                let Some(value) = value(values, row) else { continue };
                if value != last.0 {
                    last = (value, index.get(folded(value, &mut scratch.folded)));
                }
                for number in last.1.into_iter().flatten() {
                    let rows = &mut scratch.candidates[*number as usize];
                    if rows.is_empty() {
                        scratch.touched.push(*number);
                    }
                    rows.push(row as u32);
                }
            }
        }
    }

    /// Runs the parts of one branch until no row is left or all have held.
    #[expect(clippy::too_many_arguments, reason = "the state of one pass over a batch")]
    fn narrow(
        &self,
        branch: &Branch,
        frame: &Frame<'_>,
        start: Option<UInt32Array>,
        dense: bool,
        masks: &[OnceCell<Option<BooleanArray>>],
        memos: &mut [Memo],
        failed: &mut impl FnMut(u32, &datafusion::error::DataFusionError),
    ) -> Option<UInt32Array> {
        let mut rows = start;
        let mut whole = dense;
        for at in &branch.parts {
            let part = &self.parts[*at as usize];
            let memo = &mut memos[*at as usize];
            let few = rows.as_ref().is_some_and(|rows| rows.len() * 10 < frame.rows() * 9);
            let left: Vec<u32> = if whole && !(part.costly && few) {
                match (masks[*at as usize].get_or_init(|| part.mask(frame, None, memo).ok()), rows) {
                    (Some(mask), None) => mask.values().set_indices_u32().collect(),
                    (Some(mask), Some(rows)) => {
                        rows.values().iter().copied().filter(|row| mask.value(*row as usize)).collect()
                    }
                    (None, rows) => one_by_one(&part.test, frame, rows, |error| failed(branch.condition, error)),
                }
            } else {
                let before = rows?;
                match part.mask(frame, Some(&before), memo) {
                    Ok(mask) => mask.values().set_indices_u32().map(|at| before.value(at as usize)).collect(),
                    Err(_) => one_by_one(&part.test, frame, Some(before), |error| failed(branch.condition, error)),
                }
            };
            if left.is_empty() {
                return None;
            }
            whole = left.len() * 4 > frame.rows();
            rows = Some(left.into());
        }
        rows.or_else(|| Some((0..frame.rows() as u32).collect::<Vec<u32>>().into())).filter(|rows| !rows.is_empty())
    }
}

impl Part {
    fn mask(&self, frame: &Frame<'_>, rows: Option<&UInt32Array>, memo: &mut Memo) -> Result<BooleanArray> {
        match self.by_text {
            Some(leaf) => memo.mask(&self.test, leaf, frame, rows),
            None => self.test.mask(frame, rows),
        }
    }
}

/// Sigma knows no case, so the index does not either; what a rule demands in its own case is still asked of the row.
fn file(index: &mut Index, values: &BTreeSet<String>, number: u32) {
    let mut room = String::new();
    let folded: BTreeSet<String> = values.iter().map(|value| folded(value, &mut room).to_owned()).collect();
    for value in folded {
        index.entry(value).or_default().push(number);
    }
}

fn folded<'a>(value: &str, room: &'a mut String) -> &'a str {
    room.clear();
    if value.is_ascii() {
        room.push_str(value);
        room.make_ascii_lowercase();
    } else {
        room.push_str(&crate::sigma::fold(value));
    }
    room
}

fn value(values: &StringViewArray, row: usize) -> Option<&str> {
    values.is_valid(row).then(|| values.value(row))
}

/// A condition failed on a batch: find the rows that it can be told for.
fn one_by_one(
    part: &Compiled,
    frame: &Frame<'_>,
    rows: Option<UInt32Array>,
    mut failed: impl FnMut(&datafusion::error::DataFusionError),
) -> Vec<u32> {
    let rows = rows.unwrap_or_else(|| (0..frame.rows() as u32).collect::<Vec<u32>>().into());
    let mut kept = Vec::new();
    for row in rows.values() {
        match part.mask(frame, Some(&UInt32Array::from(vec![*row]))) {
            Ok(mask) if mask.value(0) => kept.push(*row),
            Ok(_) => {}
            Err(error) => failed(&error),
        }
    }
    kept
}
