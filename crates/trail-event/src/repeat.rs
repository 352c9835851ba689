//! The identity that stands in record after record: who calls once mostly calls again, and word for word the same text needs
//! no second reading.

use std::ops::Range;

use crate::columns::Columns;
use crate::fields::Plan;
use crate::walk::Text;

/// What the identity read last is, as the views of its columns.
#[derive(Debug, Default)]
pub(crate) struct Repeat {
    /// Where its text stands; empty if there is none to go by.
    text: Range<usize>,
    texts: Vec<(usize, u128)>,
    groups: Vec<usize>,
    /// The row that had it last.
    row: usize,
    /// Whether the row before the present one has the same identity, word for word.
    pub(crate) same: bool,
}

impl Repeat {
    /// The views mean nothing any more: another batch begins, or a row was taken back.
    pub(crate) fn forget(&mut self) {
        self.text = 0..0;
        self.same = false;
    }

    /// Fills the row if the text at `at` is that of the identity before; gives where it ends.
    #[inline]
    pub(crate) fn again(&mut self, text: Text<'_>, at: usize, columns: &mut Columns, row: usize) -> Option<usize> {
        let end = at + self.text.len();
        // An object's text has its own end in it, so that what begins with it is it.
        let known = at < end && end <= text.end() && text.slice(at, end) == text.slice(self.text.start, self.text.end);
        if !known {
            return None;
        }
        // A record between the two may have had no identity at all.
        self.same = self.row + 1 == row;
        self.row = row;
        self.texts.iter().for_each(|&(column, view)| columns.set_text(column, row, view));
        self.groups.iter().for_each(|&group| columns.set_group(group, row));
        Some(end)
    }

    /// Remembers the identity of a row that was just read from `text`; `whole` says that all of it went into columns.
    pub(crate) fn learn(&mut self, text: Range<usize>, plan: &Plan, columns: &Columns, row: usize, whole: bool) {
        self.forget();
        self.texts.clear();
        self.groups.clear();
        let identity = &plan.identity;
        if !whole || identity.texts.clone().any(|column| columns.has_empty(column, row)) {
            return;
        }
        (self.text, self.row) = (text, row);
        self.texts.extend(identity.texts.clone().filter_map(|column| Some((column, columns.view(column, row)?))));
        self.groups.extend(identity.groups.clone().filter(|&group| columns.has_group(group, row)));
    }
}
