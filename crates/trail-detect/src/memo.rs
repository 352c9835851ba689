//! What a test said of a text, remembered.
//!
//! User agents, addresses and ARNs repeat all day. Where a costly test looks at one such column only, each text is tested once
//! and looked up from then on.

use arrow::array::{Array, AsArray, BooleanArray, UInt32Array};
use datafusion::common::Result;

use crate::leaves::Frame;
use crate::predicate::Compiled;

/// So many texts are remembered of one test; then it begins anew.
const MOST: usize = 4096;
/// Of fewer rows it does not show whether texts repeat.
const SHOWS: usize = 256;

/// What one test said of the texts that it saw.
#[derive(Debug, Default)]
pub(crate) struct Memo {
    places: hashbrown::HashMap<Box<str>, u32, ahash::RandomState>,
    null: Option<u32>,
    said: Vec<bool>,
    /// Texts hardly repeat: remembering them costs more than it saves.
    vain: bool,
}

impl Memo {
    /// As [`Compiled::mask`], for a test that reads the given leaf, a column of text views, and no other.
    pub(crate) fn mask(
        &mut self,
        test: &Compiled,
        leaf: usize,
        frame: &Frame<'_>,
        rows: Option<&UInt32Array>,
    ) -> Result<BooleanArray> {
        let Some(texts) = frame.array(leaf).as_string_view_opt().filter(|_| !self.vain) else {
            return test.mask(frame, rows);
        };
        if self.said.len() > MOST {
            *self = Memo::default();
        }
        let count = rows.map_or(frame.rows(), |rows| rows.len());
        let known = self.said.len();
        let mut fresh: Vec<u32> = Vec::new();
        let mut places: Vec<u32> = Vec::with_capacity(count);
        for at in 0..count {
            let row = rows.map_or(at as u32, |rows| rows.value(at));
            let next = (known + fresh.len()) as u32;
            let place = if texts.is_null(row as usize) {
                *self.null.get_or_insert(next)
            } else {
                let text = texts.value(row as usize);
                match self.places.get(text) {
                    Some(place) => *place,
                    None => {
                        self.places.insert(text.into(), next);
                        next
                    }
                }
            };
            if place == next {
                fresh.push(row);
            }
            places.push(place);
        }
        self.vain = count >= SHOWS && fresh.len() * 2 > count;
        if !fresh.is_empty() {
            match test.mask(frame, Some(&UInt32Array::from(fresh))) {
                Ok(mask) => self.said.extend(mask.values().iter()),
                Err(error) => {
                    *self = Memo::default();
                    return Err(error);
                }
            }
        }
        let said: Vec<bool> = places.into_iter().map(|place| self.said[place as usize]).collect();
        Ok(BooleanArray::from(said))
    }
}
