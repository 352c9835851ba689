//! The keys of one day's events, dense: millions of them decide how much memory an ingest takes.
//!
//! A hash table of 128-bit keys is between 7/16 and 7/8 full and takes 19 to 39 bytes a key. Here most keys are 12 bytes in a sorted
//! row, and what came since is in a small table beside it, merged into the row when it has grown.
//!
//! Keys are hashed again with a secret: event ids are part of them, and whoever writes logs could choose them to collide. Of that
//! hash 96 bits are kept. Among a hundred million events of a day the chance that any two share them is below 1 in 10^13.

use std::collections::HashSet;

/// What is kept of a key; sorted by the first eight bytes, then the others.
type Short = (u64, u32);

/// The table is merged into the row when it has an eighth of its keys, and this many at least.
const LEAST: usize = 4096;

/// A set of keys.
#[derive(Debug, Clone)]
pub(crate) struct KeySet {
    secret: ahash::RandomState,
    high: Vec<u64>,
    low: Vec<u32>,
    fresh: HashSet<Short, ahash::RandomState>,
}

impl Default for KeySet {
    fn default() -> Self {
        let secret = ahash::RandomState::new();
        Self { fresh: HashSet::with_hasher(secret.clone()), secret, high: Vec::new(), low: Vec::new() }
    }
}

impl KeySet {
    /// Adds a key; whether it is new.
    pub(crate) fn insert(&mut self, key: u128) -> bool {
        let short = self.short(key);
        if self.in_row(short) || !self.fresh.insert(short) {
            return false;
        }
        if self.fresh.len() >= LEAST.max(self.high.len() / 8) {
            self.merge();
        }
        true
    }

    pub(crate) fn contains(&self, key: u128) -> bool {
        let short = self.short(key);
        self.fresh.contains(&short) || self.in_row(short)
    }

    /// About how much memory it takes.
    pub(crate) fn bytes(&self) -> usize {
        self.high.capacity() * 8 + self.low.capacity() * 4 + self.fresh.capacity() * 8 / 7 * (size_of::<Short>() + 1)
    }

    fn short(&self, key: u128) -> Short {
        (self.secret.hash_one(key), self.secret.hash_one((key, 1u8)) as u32)
    }

    fn in_row(&self, (high, low): Short) -> bool {
        let at = self.first_from(high);
        let alike = self.high[at..].iter().take_while(|other| **other == high).count();
        self.low[at..at + alike].contains(&low)
    }

    /// The place of the first key in the row that is not below. Looks first where it would be if keys were spread evenly, which
    /// hashes nearly are, and from there in growing steps.
    fn first_from(&self, high: u64) -> usize {
        let row = &self.high;
        if row.is_empty() {
            return 0;
        }
        let guess = ((u128::from(high) * row.len() as u128) >> 64) as usize;
        let mut step = 32;
        let (mut low, mut up);
        if row[guess] < high {
            (low, up) = (guess + 1, row.len().min(guess + 1 + step));
            while up < row.len() && row[up - 1] < high {
                step *= 2;
                (low, up) = (up, row.len().min(up + step));
            }
        } else {
            (low, up) = (guess.saturating_sub(step), guess);
            while low > 0 && row[low] >= high {
                step *= 2;
                (low, up) = (low.saturating_sub(step), low);
            }
        }
        low + row[low..up].partition_point(|other| *other < high)
    }

    /// Moves the keys of the table to their places in the row, from the end, so that the row is not there twice.
    fn merge(&mut self) {
        let mut fresh: Vec<Short> = self.fresh.drain().collect();
        fresh.sort_unstable();
        self.fresh.shrink_to(LEAST);
        let (mut from, mut to) = (self.high.len(), self.high.len() + fresh.len());
        self.high.reserve_exact(fresh.len());
        self.low.reserve_exact(fresh.len());
        self.high.resize(to, 0);
        self.low.resize(to, 0);
        while let Some(&(high, low)) = fresh.last() {
            to -= 1;
            if from > 0 && (self.high[from - 1], self.low[from - 1]) > (high, low) {
                from -= 1;
                (self.high[to], self.low[to]) = (self.high[from], self.low[from]);
            } else {
                (self.high[to], self.low[to]) = (high, low);
                fresh.pop();
            }
        }
    }
}

impl Extend<u128> for KeySet {
    fn extend<T: IntoIterator<Item = u128>>(&mut self, keys: T) {
        keys.into_iter().for_each(|key| {
            self.insert(key);
        });
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn it_is_a_set_and_dense() {
        let mut set = KeySet::default();
        let mut plain: HashSet<u128> = HashSet::new();
        // Every third key comes twice, some at once and some much later.
        let key = |number: u128| (number % 150_000).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c834);
        for number in 0..200_000 {
            assert_eq!(set.insert(key(number)), plain.insert(key(number)), "{number}");
            assert!(set.contains(key(number)) && !set.contains(key(number) ^ 1));
        }
        assert_eq!(set.high.len() + set.fresh.len(), plain.len());
        assert!(set.high.is_sorted());
        assert!(set.bytes() < 18 * plain.len(), "{} bytes for {} keys", set.bytes(), plain.len());
    }

    #[test]
    fn keys_that_share_their_first_bytes_are_told_apart() {
        let mut set = KeySet { high: vec![5, 5, 5, u64::MAX], low: vec![1, 2, 4, 9], ..KeySet::default() };
        for (short, there) in [((5, 1), true), ((5, 4), true), ((5, 3), false), ((0, 1), false), ((u64::MAX, 9), true)]
        {
            assert_eq!(set.in_row(short), there, "{short:?}");
        }
        set.fresh.extend([(5, 3), (7, 0), (0, 0)]);
        set.merge();
        assert_eq!(set.high, [0, 5, 5, 5, 5, 7, u64::MAX]);
        assert_eq!(set.low, [0, 1, 2, 3, 4, 0, 9]);
    }
}
