//! Policy wildcards: `*` for any run of characters, `?` for one. Patterns are compared with patterns too, since a grant of
//! `s3:Get*` covers a grant of `s3:GetObject*`.

/// True if `pattern` matches everything that `text` matches, `text` being a plain text or itself a pattern. A `?` or `*` of
/// `text` is met by a wildcard at least as wide. Never says true wrongly; says false for a few odd equals (`*?` and `?*`).
pub(crate) fn covers(pattern: &str, text: &str, ignore_case: bool) -> bool {
    let (p, t) = (pattern.as_bytes(), text.as_bytes());
    let (mut i, mut j) = (0, 0);
    // Where to go back to: the place after the last star, and the text position it has swallowed up to.
    let mut star: Option<(usize, usize)> = None;
    while j < t.len() {
        let step = i < p.len()
            && match p[i] {
                b'*' => {
                    star = Some((i + 1, j));
                    i += 1;
                    continue;
                }
                b'?' => t[j] != b'*',
                c if ignore_case => c.eq_ignore_ascii_case(&t[j]),
                c => c == t[j],
            };
        if step {
            i += 1;
            j += 1;
        } else if let Some((after, swallowed)) = star {
            star = Some((after, swallowed + 1));
            i = after;
            j = swallowed + 1;
        } else {
            return false;
        }
    }
    p[i..].iter().all(|&c| c == b'*')
}

/// True if some text may match both patterns; may say true wrongly where both have wildcards.
pub(crate) fn overlap(a: &str, b: &str, ignore_case: bool) -> bool {
    if !open(a) {
        return covers(b, a, ignore_case);
    }
    if !open(b) {
        return covers(a, b, ignore_case);
    }
    let (x, y) = (literal_prefix(a).as_bytes(), literal_prefix(b).as_bytes());
    let n = x.len().min(y.len());
    if ignore_case { x[..n].eq_ignore_ascii_case(&y[..n]) } else { x[..n] == y[..n] }
}

/// True if the text has a wildcard.
pub(crate) fn open(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// True if the text has wildcards and nothing else, so that it matches (nearly) everything.
pub(crate) fn only_wildcards(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| matches!(b, b'*' | b'?'))
}

/// What stands before the first wildcard.
pub(crate) fn literal_prefix(text: &str) -> &str {
    text.find(['*', '?']).map_or(text, |end| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, text: &str, expected: bool) {
        assert_eq!(covers(pattern, text, true), expected, "{pattern} covers {text}");
    }

    #[test]
    fn patterns_cover_texts_and_narrower_patterns() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("*", "sts:AssumeRole", true),
            ("sts:*", "STS:assumerole", true),
            ("sts:Assume*", "sts:AssumeRole*", true),
            ("sts:AssumeRole", "sts:AssumeRole*", false),
            ("s3:Get?bject", "s3:GetObject", true),
            ("s3:Get?bject", "s3:Get*bject", false),
            ("s3:Get?bject", "s3:Get?bject", true),
            ("*a*b*", "xxaxxbxx", true),
            ("*a*b", "xxaxxbxx", false),
            ("a**", "a", true),
            ("", "", true),
            ("", "a", false),
            ("?", "", false),
        ] {
            check(pattern, text, expected);
        }
        assert!(!covers("AB", "ab", false));
    }

    #[test]
    fn overlapping_patterns_are_never_missed() {
        for (a, b, expected) in [
            ("iam:*", "iam:PassRole", true),
            ("iam:Pass*", "iam:*Role", true),
            ("iam:Get*", "iam:Put*", false),
            ("s3:GetObject", "s3:PutObject", false),
            ("*", "s3:*", true),
        ] {
            assert_eq!(overlap(a, b, true), expected, "{a} {b}");
            assert_eq!(overlap(b, a, true), expected, "{b} {a}");
        }
    }
}
