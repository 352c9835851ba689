//! Sixty-four bytes of JSON at a time as bit masks, bit 0 the first byte.
//!
//! This is the only code that knows the processor: SSE2, which every x86-64 has, or plain loops elsewhere.

/// Where each class of byte stands in a block.
#[derive(Clone, Copy, Default)]
pub(crate) struct Masks {
    pub(crate) quote: u64,
    pub(crate) backslash: u64,
    /// `{` and `[`.
    pub(crate) open: u64,
    /// `}` and `]`.
    pub(crate) close: u64,
    pub(crate) colon: u64,
    pub(crate) comma: u64,
    /// Below 0x20: never allowed inside a string.
    pub(crate) control: u64,
    /// Space, which outside strings means text that somebody laid out.
    pub(crate) space: u64,
}

/// How many bytes [`string_stop`] looks at.
pub(crate) const STRIDE: usize = 16;

#[cfg(target_arch = "x86_64")]
mod arch {
    use std::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set1_epi8,
    };

    use super::{Masks, STRIDE};

    #[inline(always)]
    fn load(bytes: &[u8; STRIDE]) -> __m128i {
        // SAFETY: SSE2 is part of x86-64, the load is unaligned, and the array holds its 16 bytes.
        unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) }
    }

    #[inline(always)]
    fn equal(value: __m128i, byte: u8) -> __m128i {
        // SAFETY: SSE2 is part of x86-64.
        unsafe { _mm_cmpeq_epi8(value, splat(byte)) }
    }

    #[inline(always)]
    fn splat(byte: u8) -> __m128i {
        // SAFETY: SSE2 is part of x86-64.
        unsafe { _mm_set1_epi8(byte.cast_signed()) }
    }

    #[inline(always)]
    fn bits(value: __m128i) -> u64 {
        // SAFETY: SSE2 is part of x86-64.
        u64::from(unsafe { _mm_movemask_epi8(value) }.cast_unsigned())
    }

    #[inline(always)]
    fn control(value: __m128i) -> __m128i {
        // SAFETY: SSE2 is part of x86-64.
        unsafe { _mm_cmpeq_epi8(_mm_min_epu8(value, splat(0x1f)), value) }
    }

    #[inline(always)]
    fn either(one: __m128i, other: __m128i) -> __m128i {
        // SAFETY: SSE2 is part of x86-64.
        unsafe { _mm_or_si128(one, other) }
    }

    #[inline(always)]
    pub(crate) fn masks(block: &[u8; 64]) -> Masks {
        let mut found = Masks::default();
        let (parts, _) = block.as_chunks::<STRIDE>();
        for (index, part) in parts.iter().enumerate() {
            let (value, at) = (load(part), index * STRIDE);
            // `[` and `{` differ in bit 5 alone, `]` and `}` too; nothing else folds onto the latter two.
            let folded = either(value, splat(0x20));
            found.quote |= bits(equal(value, b'"')) << at;
            found.backslash |= bits(equal(value, b'\\')) << at;
            found.open |= bits(equal(folded, b'{')) << at;
            found.close |= bits(equal(folded, b'}')) << at;
            found.colon |= bits(equal(value, b':')) << at;
            found.comma |= bits(equal(value, b',')) << at;
            found.control |= bits(control(value)) << at;
            found.space |= bits(equal(value, b' ')) << at;
        }
        found
    }

    /// The first quote, backslash or control byte among sixteen.
    #[inline]
    pub(crate) fn string_stop(bytes: &[u8; STRIDE]) -> Option<usize> {
        let value = load(bytes);
        let stops = bits(either(either(equal(value, b'"'), equal(value, b'\\')), control(value)));
        (stops != 0).then(|| stops.trailing_zeros() as usize)
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod arch {
    use super::{Masks, STRIDE};

    pub(crate) fn masks(block: &[u8; 64]) -> Masks {
        let where_ = |class: fn(u8) -> bool| {
            block.iter().enumerate().fold(0, |mask, (at, &byte)| mask | (u64::from(class(byte)) << at))
        };
        Masks {
            quote: where_(|byte| byte == b'"'),
            backslash: where_(|byte| byte == b'\\'),
            open: where_(|byte| byte | 0x20 == b'{'),
            close: where_(|byte| byte | 0x20 == b'}'),
            colon: where_(|byte| byte == b':'),
            comma: where_(|byte| byte == b','),
            control: where_(|byte| byte < 0x20),
            space: where_(|byte| byte == b' '),
        }
    }

    pub(crate) fn string_stop(bytes: &[u8; STRIDE]) -> Option<usize> {
        bytes.iter().position(|&byte| byte == b'"' || byte == b'\\' || byte < 0x20)
    }
}

pub(crate) use arch::{masks, string_stop};

/// Whether the processor has the bit counting that `Text::compact` gains from.
#[cfg(target_arch = "x86_64")]
#[inline]
pub(crate) fn has_bit_counting() -> bool {
    is_x86_feature_detected!("avx")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("popcnt")
        && is_x86_feature_detected!("lzcnt")
}

/// Which bits have an odd number of set bits at or below them: turns quotes into the inside of strings.
#[inline(always)]
pub(crate) fn prefix_xor(mut bits: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}

/// The bytes that a backslash escapes, given whether the block before ended in an open escape; returns the same for the next.
#[inline(always)]
pub(crate) fn escaped(backslash: u64, carried: bool) -> (u64, bool) {
    if backslash == 0 {
        return (u64::from(carried), false);
    }
    let (mut out, mut carry, mut rest) = (0, carried, backslash);
    if carry {
        out |= 1;
        rest &= !1;
        carry = false;
    }
    while rest != 0 {
        let at = rest.trailing_zeros();
        if at == 63 {
            carry = true;
            break;
        }
        out |= 1 << (at + 1);
        rest &= !(3 << at);
    }
    (out, carry)
}
