//! Memory blocks that are written over when nobody holds their rows any more: fresh memory costs a page fault every four
//! kilobytes, and decoding fills gigabytes.

use std::collections::VecDeque;

use arrow::buffer::Buffer;
use arrow::datatypes::ArrowNativeType;

/// The most bytes of blocks that are remembered.
const MOST: usize = 32 << 20;
/// Capacities are multiples of this many bytes, so that the next object is likely to fit too.
const STEP: usize = 256 << 10;

/// Blocks that rows were made over, of one kind of value, the oldest first.
#[derive(Default)]
pub(crate) struct Spares {
    lent: VecDeque<Buffer>,
    bytes: usize,
}

impl Spares {
    /// A vector with room for so many values, whose content is of no meaning.
    pub(crate) fn take<T: ArrowNativeType>(&mut self, length: usize) -> Vec<T> {
        let wanted = length * size_of::<T>();
        let fits = |block: &Buffer| block.strong_count() == 1 && block.capacity() >= wanted;
        let free = self.lent.iter().enumerate().filter(|(_, block)| fits(block));
        let best = free.min_by_key(|(_, block)| block.capacity()).map(|(at, _)| at);
        if let Some(block) = best.and_then(|at| self.lent.remove(at)) {
            self.bytes -= block.capacity();
            if let Ok(values) = block.into_vec() {
                return values;
            }
        }
        Vec::with_capacity(wanted.next_multiple_of(STEP) / size_of::<T>())
    }

    /// Remembers a block that rows now point into, and forgets the oldest ones beyond the limit.
    pub(crate) fn lend(&mut self, block: &Buffer) {
        self.bytes += block.capacity();
        self.lent.push_back(block.clone());
        while self.bytes > MOST {
            let Some(oldest) = self.lent.pop_front() else { break };
            self.bytes -= oldest.capacity();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Spares;
    use arrow::buffer::Buffer;

    #[test]
    fn written_over_once_nobody_holds_it() {
        let mut spares = Spares::default();
        let block = Buffer::from_vec(spares.take::<u8>(100));
        let place = block.as_ptr();
        spares.lend(&block);
        let meanwhile = spares.take::<u8>(100);
        assert_ne!(meanwhile.as_ptr(), place, "somebody holds it");
        drop(block);
        let again = spares.take::<u8>(100);
        assert_eq!(again.as_ptr(), place);
        let other = spares.take::<u8>(100);
        assert_ne!(other.as_ptr(), place, "it is taken");
    }
}
