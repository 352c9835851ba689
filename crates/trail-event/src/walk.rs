//! Walking JSON text without building values: strings, scalars, and whole containers skipped a block at a time.
//!
//! [`Text::skip`] takes the fast path over compact text, which is what CloudTrail delivers, and checks its grammar by what
//! may stand beside what; anything it is unsure of goes to the strict walk, whose verdict counts.

use std::borrow::Cow;

use crate::block::{STRIDE, escaped, masks, prefix_xor, string_stop};
use crate::gunzip::PADDING;

/// How deep containers may nest; bit stacks of this width tell objects from arrays.
pub(crate) const MAX_DEPTH: u32 = 128;

/// What is wrong with the text, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) at: usize,
    pub(crate) reason: Cow<'static, str>,
}

pub(crate) fn fault<T>(at: usize, reason: impl Into<Cow<'static, str>>) -> Result<T, Fault> {
    Err(Fault { at, reason: reason.into() })
}

/// Text with [`PADDING`] zero bytes behind it, so that blocks may be read past its end.
#[derive(Clone, Copy)]
pub(crate) struct Text<'a> {
    padded: &'a [u8],
}

impl<'a> Text<'a> {
    /// `padded` ends in [`PADDING`] bytes that are not text.
    pub(crate) fn new(padded: &'a [u8]) -> Self {
        assert!(padded.len() >= PADDING, "text comes with its padding");
        Self { padded }
    }

    pub(crate) fn end(self) -> usize {
        self.padded.len() - PADDING
    }

    /// The byte at a place up to the end, where it is zero.
    #[inline(always)]
    pub(crate) fn byte(self, at: usize) -> u8 {
        self.padded[at]
    }

    pub(crate) fn slice(self, from: usize, to: usize) -> &'a [u8] {
        &self.padded[from..to]
    }

    /// Sixteen bytes from a place up to the end.
    pub(crate) fn sixteen(self, at: usize) -> [u8; 16] {
        *self.padded[at..].first_chunk().expect("padding is longer than sixteen bytes")
    }

    /// Thirty-two bytes from a place up to the end.
    #[inline]
    pub(crate) fn thirty_two(self, at: usize) -> [u128; 2] {
        let bytes: &[u8; 32] = self.padded[at..].first_chunk().expect("padding is longer than thirty-two bytes");
        let (halves, _) = bytes.as_chunks::<16>();
        [u128::from_le_bytes(halves[0]), u128::from_le_bytes(halves[1])]
    }

    /// The first place from `at` on that is no white space.
    #[inline(always)]
    pub(crate) fn blank(self, at: usize) -> usize {
        // Whatever follows in compact text is above the blank.
        if self.byte(at) > b' ' { at } else { self.blanks(at) }
    }

    fn blanks(self, mut at: usize) -> usize {
        while matches!(self.byte(at), b' ' | b'\n' | b'\r' | b'\t') {
            at += 1;
        }
        at
    }

    /// From behind an opening quote to the closing one, and whether an escape stands between.
    #[inline]
    pub(crate) fn string(self, mut at: usize) -> Result<(usize, bool), Fault> {
        let mut has_escape = false;
        loop {
            let Some(chunk) = self.padded[at..].first_chunk::<STRIDE>() else {
                return fault(self.end(), "text ends inside a string");
            };
            let Some(stop) = string_stop(chunk) else {
                at += STRIDE;
                continue;
            };
            at += stop;
            match self.byte(at) {
                b'"' => return Ok((at, has_escape)),
                b'\\' => {
                    has_escape = true;
                    at = self.escape(at + 1)?;
                }
                _ if at >= self.end() => return fault(self.end(), "text ends inside a string"),
                byte => return fault(at, format!("control character 0x{byte:02x} inside a string")),
            }
        }
    }

    /// From behind a backslash to behind its escape.
    fn escape(self, at: usize) -> Result<usize, Fault> {
        match self.byte(at) {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Ok(at + 1),
            b'u' if self.slice(at + 1, at + 5).iter().all(u8::is_ascii_hexdigit) => Ok(at + 5),
            _ => fault(at, "unknown escape in a string"),
        }
    }

    /// From the first byte of a number, `true`, `false` or `null` to behind it.
    pub(crate) fn scalar(self, at: usize) -> Result<usize, Fault> {
        let literal = match self.byte(at) {
            b't' => "true",
            b'f' => "false",
            b'n' => "null",
            b'-' | b'0'..=b'9' => return self.number(at),
            _ if at >= self.end() => return fault(self.end(), "text ends where a value is due"),
            _ => return fault(at, "no JSON value begins here"),
        };
        let end = at + literal.len();
        if self.slice(at, end) == literal.as_bytes() && !self.byte(end).is_ascii_alphanumeric() {
            Ok(end)
        } else {
            fault(at, "no JSON value begins here")
        }
    }

    fn digits(self, mut at: usize) -> Result<usize, Fault> {
        let start = at;
        while self.byte(at).is_ascii_digit() {
            at += 1;
        }
        if at == start { fault(at, "a digit is missing in a number") } else { Ok(at) }
    }

    fn number(self, start: usize) -> Result<usize, Fault> {
        let first = if self.byte(start) == b'-' { start + 1 } else { start };
        let mut at = self.digits(first)?;
        if at > first + 1 && self.byte(first) == b'0' {
            return fault(start, "a number begins with a needless zero");
        }
        if self.byte(at) == b'.' {
            at = self.digits(at + 1)?;
        }
        if matches!(self.byte(at), b'e' | b'E') {
            let sign = usize::from(matches!(self.byte(at + 1), b'+' | b'-'));
            at = self.digits(at + 1 + sign)?;
        }
        if self.byte(at).is_ascii_alphanumeric() { fault(at, "no JSON number ends here") } else { Ok(at) }
    }

    /// From the first byte of any value to behind it, checking all of it.
    #[inline]
    pub(crate) fn skip(self, at: usize) -> Result<usize, Fault> {
        match self.byte(at) {
            b'"' => self.string(at + 1).map(|(end, _)| end + 1),
            b'{' | b'[' => self.compact(at).map_or_else(|| self.strict(at), Ok),
            _ => self.scalar(at),
        }
    }

    /// Skips a container of compact text, or gives up where it cannot be sure.
    pub(crate) fn compact(self, start: usize) -> Option<usize> {
        #[cfg(target_arch = "x86_64")]
        if crate::block::has_bit_counting() {
            // SAFETY: the processor has just been asked for these very features.
            return unsafe { self.compact_counting(start) };
        }
        self.compact_anywhere(start)
    }

    /// The same code, compiled for processors that count bits in one instruction.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx,bmi1,bmi2,popcnt,lzcnt")]
    fn compact_counting(self, start: usize) -> Option<usize> {
        self.compact_anywhere(start)
    }

    #[inline(always)]
    fn compact_anywhere(self, start: usize) -> Option<usize> {
        let mut at = start;
        let (mut depth, mut arrays) = (0_u32, 0_u128);
        let (mut in_string, mut open_escape) = (0_u64, false);
        // Of a string that is a value: it runs into the next block, or ends with this one.
        let (mut open_value, mut ended_value) = (false, false);
        let mut before = Before::default();
        // Keys less colons: even at every bracket, or a key has no value.
        let mut unpaired = 0_i32;
        loop {
            let block = self.padded[at..].first_chunk::<64>()?;
            let found = masks(block);
            let escapes;
            (escapes, open_escape) = escaped(found.backslash, open_escape);
            let quote = found.quote & !escapes;
            let inside = prefix_xor(quote) ^ in_string;
            let outside = !inside;
            let (open, close) = (found.open & outside, found.close & outside);
            let (colon, comma) = (found.colon & outside, found.comma & outside);
            let (string, string_end) = (quote & inside, quote & outside);
            let scalar = outside & !(open | close | colon | comma | quote);
            let starts = string | open | scalar;
            let after = before.shift(&Before { open, close, colon, comma, string_end, scalar });

            let keys = string & (after.comma | after.open);
            // Adding carries from where a value begins to where it ends, so that no colon may follow it: keys and colons
            // are paired by their numbers below, and a value's colon would stand in for a key's.
            let (sum, carried) = inside.overflowing_add(string & after.colon);
            let (sum, carried_on) = sum.overflowing_add(u64::from(open_value));
            let value_end = sum & string_end;
            let colon_of_value = colon & (value_end << 1 | u64::from(ended_value));
            (open_value, ended_value) = (carried | carried_on, value_end >> 63 == 1);
            let (mut brackets, mut segment, mut end) = (open | close, !0_u64, None);
            loop {
                let place = brackets.trailing_zeros();
                // The bytes up to and with the next bracket belong to the container that is open now.
                let upto = if place >= 63 { !0 } else { (2_u64 << place) - 1 };
                let part = segment & upto;
                if depth > 0 {
                    if arrays & 1 == 1 {
                        if colon & part != 0 {
                            return None;
                        }
                    } else {
                        unpaired += count(keys & part) - count(colon & part);
                        if (after.comma | after.open) & part & !(string | close) != 0 {
                            return None;
                        }
                    }
                }
                if place >= 64 {
                    break;
                }
                segment = !upto;
                if unpaired != 0 {
                    return None;
                }
                let is_array = block[place as usize] | 0x06 == b'_';
                if open >> place & 1 == 1 {
                    if depth == MAX_DEPTH {
                        return None;
                    }
                    depth += 1;
                    arrays = arrays << 1 | u128::from(is_array);
                } else {
                    if depth == 0 || (arrays & 1 == 1) != is_array {
                        return None;
                    }
                    arrays >>= 1;
                    depth -= 1;
                    if depth == 0 {
                        end = Some(place);
                        break;
                    }
                }
                brackets &= brackets - 1;
            }

            let upto = end.map_or(!0, |place| if place == 63 { !0 } else { (2_u64 << place) - 1 });
            let misplaced = (after.colon | after.comma) & !starts
                | after.open & !(starts | close)
                | after.string_end & !(colon | comma | close)
                | after.close & !(comma | close)
                | after.scalar & !(scalar | comma | close)
                | colon & !after.string_end
                | colon_of_value;
            if (misplaced | found.control | found.space & outside) & upto != 0 {
                return None;
            }
            self.check_scalars(at, scalar & !after.scalar & upto)?;
            self.check_escapes(at, escapes & inside & upto)?;
            if let Some(place) = end {
                return Some(at + place as usize + 1);
            }
            in_string = 0_u64.wrapping_sub(inside >> 63);
            before = Before { open, close, colon, comma, string_end, scalar };
            at += 64;
        }
    }

    fn check_scalars(self, at: usize, mut firsts: u64) -> Option<()> {
        while firsts != 0 {
            let end = self.scalar(at + firsts.trailing_zeros() as usize).ok()?;
            // The rest of the scalar, or text that only seems to belong to it.
            if !matches!(self.byte(end), b',' | b'}' | b']') {
                return None;
            }
            firsts &= firsts - 1;
        }
        Some(())
    }

    fn check_escapes(self, at: usize, mut places: u64) -> Option<()> {
        while places != 0 {
            let place = at + places.trailing_zeros() as usize;
            if place + 5 > self.padded.len() {
                return None;
            }
            self.escape(place).ok()?;
            places &= places - 1;
        }
        Some(())
    }

    /// Skips a container by the whole grammar, white space and all.
    pub(crate) fn strict(self, start: usize) -> Result<usize, Fault> {
        let (mut at, mut depth, mut arrays) = (start, 0_u32, 0_u128);
        loop {
            // A value is due at `at`.
            at = self.blank(at);
            let opened = matches!(self.byte(at), b'{' | b'[');
            if opened {
                if depth == MAX_DEPTH {
                    return fault(at, format!("nests deeper than {MAX_DEPTH} levels"));
                }
                depth += 1;
                arrays = arrays << 1 | u128::from(self.byte(at) == b'[');
                at = self.blank(at + 1);
            } else {
                at = if self.byte(at) == b'"' { self.string(at + 1)?.0 + 1 } else { self.scalar(at)? };
            }
            let mut fresh = opened;
            // Behind a value or an opening bracket: close as many containers as end here, then find the next value.
            loop {
                if depth == 0 {
                    return Ok(at);
                }
                at = self.blank(at);
                let is_array = arrays & 1 == 1;
                let closing = if is_array { b']' } else { b'}' };
                let byte = self.byte(at);
                if byte == closing {
                    arrays >>= 1;
                    depth -= 1;
                    at += 1;
                    fresh = false;
                    continue;
                }
                if !fresh {
                    if byte != b',' {
                        return self.expected(at, is_array);
                    }
                    at = self.blank(at + 1);
                }
                if !is_array {
                    at = self.key(at)?;
                }
                break;
            }
        }
    }

    /// From a key's opening quote to behind its colon.
    fn key(self, at: usize) -> Result<usize, Fault> {
        if self.byte(at) != b'"' {
            return if at >= self.end() {
                fault(self.end(), "text ends inside an object")
            } else {
                fault(at, "a quoted key is missing")
            };
        }
        let at = self.blank(self.string(at + 1)?.0 + 1);
        if self.byte(at) == b':' { Ok(at + 1) } else { fault(at, "a colon is missing behind a key") }
    }

    fn expected<T>(self, at: usize, in_array: bool) -> Result<T, Fault> {
        if at >= self.end() {
            fault(self.end(), if in_array { "text ends inside an array" } else { "text ends inside an object" })
        } else {
            fault(at, if in_array { "`,` or `]` is missing" } else { "`,` or `}` is missing" })
        }
    }
}

#[inline(always)]
fn count(bits: u64) -> i32 {
    bits.count_ones().cast_signed()
}

/// The classes of tokens in a block; shifted, what stands just before each byte.
#[derive(Default)]
struct Before {
    open: u64,
    close: u64,
    colon: u64,
    comma: u64,
    string_end: u64,
    scalar: u64,
}

impl Before {
    /// For each byte of the block `now` the class of the byte before it, the first one's from the block before.
    #[inline(always)]
    fn shift(&self, now: &Self) -> Self {
        let join = |last: u64, now: u64| now << 1 | last >> 63;
        Self {
            open: join(self.open, now.open),
            close: join(self.close, now.close),
            colon: join(self.colon, now.colon),
            comma: join(self.comma, now.comma),
            string_end: join(self.string_end, now.string_end),
            scalar: join(self.scalar, now.scalar),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{PADDING, Text};

    fn skip(json: &str) -> (Option<usize>, Option<usize>) {
        let mut padded = json.as_bytes().to_vec();
        padded.resize(json.len() + PADDING, 0);
        let text = Text::new(&padded);
        (text.compact(0), text.strict(0).ok())
    }

    #[track_caller]
    fn good(json: &str) {
        let (compact, strict) = skip(json);
        assert_eq!(strict, Some(json.len()), "strict: {json}");
        assert_eq!(compact, strict, "compact: {json}");
    }

    #[track_caller]
    fn laid_out(json: &str) {
        assert_eq!(skip(json), (None, Some(json.len())), "{json}");
    }

    #[track_caller]
    fn bad(json: &str) {
        assert_eq!(skip(json), (None, None), "{json}");
    }

    #[test]
    fn containers() {
        good("{}");
        good("[]");
        good(r#"{"a":1,"b":[true,false,null,-1.5e+3,"x"],"c":{"d":{}}}"#);
        good(r#"{"quote":"a\"b\\","u":"\ud83d\ude00","brackets":"}{]["}"#);
        good(&format!(r#"{{"long":"{}","n":[{}1]}}"#, "x".repeat(200), "1,".repeat(100)));
        good(r#"{"big":123456789012345678901234567890,"e":1E400}"#);
        good(&format!("{}{}", "[".repeat(128), "]".repeat(128)));
        good(r#"[{"a":[{"b":"c"},{"d":[]}]},[[]],"",{"":""}]"#);
        laid_out("{ \"a\" : 1 }");
        laid_out("[\n1,\n2\n]");
    }

    #[test]
    fn broken_containers() {
        for json in [
            "{",
            "[",
            "{]",
            "[}",
            "[1,]",
            "[,1]",
            "{,}",
            r#"{"a"}"#,
            r#"{"a":}"#,
            r#"{"a":1,}"#,
            r#"{"a","b"}"#,
            r#"["a":1]"#,
            "{1:2}",
            "[tru]",
            "[01]",
            "[1.]",
            "[1e]",
            "[-]",
            "[+1]",
            "[NaN]",
            "[truefalse]",
            "['a']",
            "[\"a]",
            "[\"\\x\"]",
            "[\"\\u12g4\"]",
            "[\"a\u{1}b\"]",
            "[1 2]",
            "[\"a\"\"b\"]",
            r#"{"a":1"b":2}"#,
            r#"{"a"::1}"#,
            r#"{"a":1,,"b":2}"#,
            "{a:1}",
            "[{}{}]",
            r#"{"a","b":"c":1}"#,
            "[true_]",
            "[1-2]",
            "[1.5.5]",
            "[1_0]",
            "[null#]",
            "[1]x[",
            r#"{"a":1,"b"}"#,
            r#"{"a":[1,2},"b":3]"#,
            "[\\]",
            "[/]",
        ] {
            if json == "[1]x[" {
                assert_eq!(skip(json), (Some(3), Some(3)));
            } else {
                bad(json);
            }
        }
        for length in 40..80 {
            let long = "x".repeat(length);
            good(&format!(r#"{{"a":"{long}","b":"c"}}"#));
            bad(&format!(r#"{{"a","b":"{long}":1}}"#));
        }
        bad(&"[".repeat(129));
        bad(&"{\"a\":".repeat(5000));
    }
}
