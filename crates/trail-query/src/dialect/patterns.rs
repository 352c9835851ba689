//! Patterns of LIKE. Trino knows no escape but the one that `ESCAPE` names; the engine's is the backslash, and no other.

/// A pattern as the engine reads it; `None` if it is that already.
pub(super) fn in_backslashes(pattern: &str, escape: Option<char>) -> Option<String> {
    if escape == Some('\\') || !pattern.contains(['\\', escape.unwrap_or('\\')]) {
        return None;
    }
    let mut out = String::with_capacity(pattern.len() + 4);
    let mut rest = pattern.chars();
    while let Some(next) = rest.next() {
        let escaped = if Some(next) == escape { rest.next() } else { None };
        match escaped {
            Some(other) => out.extend(['\\', other]),
            None if next == '\\' => out.push_str("\\\\"),
            None => out.push(next),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_become_backslashes() {
        let check = |pattern: &str, escape: Option<char>, expected: Option<&str>| {
            assert_eq!(in_backslashes(pattern, escape).as_deref(), expected, "for {pattern}");
        };
        check("a#%b_", Some('#'), Some("a\\%b_"));
        check("a##b", Some('#'), Some("a\\#b"));
        check("CORP\\ann%", None, Some("CORP\\\\ann%"));
        check("CORP\\ann#_", Some('#'), Some("CORP\\\\ann\\_"));
        check("a\\_b", Some('\\'), None);
        check("a%", Some('#'), None);
        check("a%", None, None);
    }
}
