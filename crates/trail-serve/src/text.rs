//! Where in a statement's text quotes and comments are, so that what stands in them is not taken for SQL.

/// Where the quoted text or comment ends that begins here; `None` where none begins.
pub(crate) fn skip(bytes: &[u8], at: usize) -> Option<usize> {
    match (bytes[at], bytes.get(at + 1)) {
        (quote @ (b'\'' | b'"'), _) => {
            // Only E'…' knows a backslash.
            let letter = quote == b'\'' && at > 0 && matches!(bytes[at - 1], b'e' | b'E');
            Some(quoted(bytes, at + 1, quote, letter && !(at > 1 && is_name(bytes[at - 2]))))
        }
        (b'-', Some(b'-')) => {
            Some(bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |end| at + end))
        }
        (b'/', Some(b'*')) => Some(comment(bytes, at)),
        _ => None,
    }
}

/// The statement with `$1`, `$2` and so on for its `?`; one that has numbers already is left as it is.
pub(crate) fn numbered(sql: &str) -> String {
    let bytes = sql.as_bytes();
    let (mut out, mut from, mut at, mut count) = (String::with_capacity(sql.len() + 8), 0, 0, 0);
    while at < bytes.len() {
        if let Some(end) = skip(bytes, at) {
            at = end;
            continue;
        }
        match (bytes[at], bytes.get(at + 1)) {
            (b'$', Some(digit)) if digit.is_ascii_digit() => return sql.to_owned(),
            (b'?', _) => {
                count += 1;
                out.push_str(&sql[from..at]);
                out.push_str(&format!("${count}"));
                from = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    out.push_str(&sql[from..]);
    out
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn quoted(bytes: &[u8], mut at: usize, quote: u8, escapes: bool) -> usize {
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if escapes => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn comment(bytes: &[u8], mut at: usize) -> usize {
    let mut depth = 0_usize;
    while at < bytes.len() {
        match (bytes[at], bytes.get(at + 1)) {
            (b'/', Some(b'*')) => {
                depth += 1;
                at += 2;
            }
            (b'*', Some(b'/')) => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn question_marks_get_numbers() {
        let check = |sql: &str, expected: &str| assert_eq!(numbered(sql), expected);
        check("SELECT ?, '?', \"?\" -- ?\n, ? /* ? */", "SELECT $1, '?', \"?\" -- ?\n, $2 /* ? */");
        check("SELECT $1, ?", "SELECT $1, ?");
        check("SELECT E'\\'?' , é, ?", "SELECT E'\\'?' , é, $1");
    }
}
