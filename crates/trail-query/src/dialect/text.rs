//! What is settled before there is a grammar: placeholders, and event data store ids that stand bare where a table's name stands.

use std::collections::BTreeMap;

use crate::QueryError;

/// Values of placeholders, by name: `${name}` and `$name` in a statement.
pub(crate) type Parameters = BTreeMap<String, String>;

/// The lengths of a UUID's parts.
const UUID: [usize; 5] = [8, 4, 4, 4, 12];

/// True for `1a2b3c4d-0000-1111-2222-333344445555`, as event data stores are named.
pub(crate) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.split('-').map(str::len).eq(UUID)
        && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

/// Puts values in the place of placeholders, and quotes around bare event data store ids. A placeholder in the place of a table
/// that has no value is taken for an event data store, and so is what AWS's samples have there, `<EDS ID>`.
pub(crate) fn fill(sql: &str, parameters: &Parameters) -> Result<String, QueryError> {
    let mut out = String::with_capacity(sql.len() + 16);
    let mut rest = sql;
    let mut word = String::new();
    let mut last = String::new();
    while let Some(first) = rest.chars().next() {
        if !(first.is_alphanumeric() || first == '_') {
            if !word.is_empty() {
                last = std::mem::take(&mut word).to_uppercase();
            }
        } else if word.is_empty() && rest.get(..36).is_some_and(is_uuid) && !continues(&rest[36..]) {
            out.push('"');
            out.push_str(&rest[..36]);
            out.push('"');
            rest = &rest[36..];
            last.clear();
            continue;
        }
        let of_table = matches!(last.as_str(), "FROM" | "JOIN") && word.is_empty();
        let taken = match first {
            '\'' | '"' => quoted(rest, first, parameters, &mut out)?,
            '-' if rest.starts_with("--") => copy(rest, rest.find('\n').unwrap_or(rest.len()), &mut out),
            '/' if rest.starts_with("/*") => copy(rest, comment(rest), &mut out),
            '$' if word.is_empty() => bare(rest, of_table, parameters, &mut out)?,
            '<' if of_table => {
                let taken = angled(rest);
                out.push_str(&format!("\"${}\"", rest[..taken].replace('"', "")));
                taken
            }
            _ => {
                if first.is_alphanumeric() || first == '_' {
                    word.push(first);
                }
                copy(rest, first.len_utf8(), &mut out)
            }
        };
        if !first.is_whitespace() && word.is_empty() && !rest.starts_with("--") && !rest.starts_with("/*") {
            last.clear();
        }
        rest = &rest[taken..];
    }
    Ok(out)
}

fn continues(rest: &str) -> bool {
    rest.starts_with(|next: char| next.is_alphanumeric() || next == '_' || next == '-')
}

fn copy(rest: &str, length: usize, out: &mut String) -> usize {
    out.push_str(&rest[..length]);
    length
}

/// The length of a comment, which may hold others.
fn comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        let here = &rest[at..];
        if here.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if here.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += here.chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

fn missing(name: &str) -> QueryError {
    QueryError::Statement(format!("`${{{name}}}` has no value (give it with `--param {name}=…`)"))
}

/// The length of `<EDS ID>` or `<DATABASE>.<TABLE>`.
fn angled(rest: &str) -> usize {
    let mut end = 0;
    while let Some(length) = rest[end..].strip_prefix('<').and_then(|inner| inner.find('>')) {
        end += length + 2;
        match rest[end..].starts_with(".<") {
            true => end += 1,
            false => return end,
        }
    }
    if end == 0 { rest.len() } else { end }
}

/// `${name}` at the start of a text: the name, and how long it is.
fn braced(rest: &str) -> Option<(&str, usize)> {
    let end = rest.strip_prefix("${")?.find('}')?;
    Some((rest[2..2 + end].trim(), end + 3))
}

/// A text or name in quotes, with the placeholders in it filled.
fn quoted(rest: &str, quote: char, parameters: &Parameters, out: &mut String) -> Result<usize, QueryError> {
    out.push(quote);
    let mut at = 1;
    while let Some(next) = rest[at..].chars().next() {
        if let Some((name, length)) = braced(&rest[at..]) {
            let value = parameters.get(name).ok_or_else(|| missing(name))?;
            out.push_str(&value.replace(quote, &format!("{quote}{quote}")));
            at += length;
            continue;
        }
        out.push(next);
        at += next.len_utf8();
        if next == quote {
            break;
        }
    }
    Ok(at)
}

/// `$name` or `${name}` outside of quotes: a number as it is, any other value as a text, that of a table as a name.
fn bare(rest: &str, of_table: bool, parameters: &Parameters, out: &mut String) -> Result<usize, QueryError> {
    let plain = rest[1..].find(|c: char| !(c.is_alphanumeric() || c == '_')).map_or(rest.len(), |end| end + 1);
    let (name, length, in_braces) = match braced(rest) {
        Some((name, length)) => (name, length, true),
        None => (&rest[1..plain], plain, false),
    };
    match parameters.get(name) {
        Some(value) if of_table => {
            let parts: Vec<_> = value.split('.').map(|part| format!("\"{}\"", part.trim_matches('"'))).collect();
            out.push_str(&parts.join("."));
        }
        Some(value) if value.parse::<f64>().is_ok_and(f64::is_finite) => out.push_str(value),
        Some(value) => out.push_str(&format!("'{}'", value.replace('\'', "''"))),
        None if of_table && !name.is_empty() => out.push_str(&format!("\"${name}\"")),
        None if in_braces => return Err(missing(name)),
        None => out.push_str(&rest[..length]),
    }
    Ok(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sql: &str, expected: &str) {
        let parameters = [("day", "2023-01-05"), ("n", "5"), ("who", "O'Neil"), ("t", "mine")];
        let parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let found = fill(sql, &parameters).unwrap_or_else(|error| error.to_string());
        assert_eq!(found, expected, "for {sql}");
    }

    #[test]
    fn placeholders_are_filled() {
        check("SELECT '${day} x' LIMIT ${n}", "SELECT '2023-01-05 x' LIMIT 5");
        check("WHERE a = $who AND b = '${who}'", "WHERE a = 'O''Neil' AND b = 'O''Neil'");
        check("FROM ${t} -- ${none}", "FROM \"mine\" -- ${none}");
        check("FROM $EDS_ID WHERE", "FROM \"$EDS_ID\" WHERE");
        check("from /* ours */\n  ${EDS_ID}", "from /* ours */\n  \"$EDS_ID\"");
        check("WHERE a = $1 AND b = $unknown", "WHERE a = $1 AND b = $unknown");
        check("WHERE a > '${date}'", "`${date}` has no value (give it with `--param date=…`)");
        check("FROM <EDS ID> WHERE a < 5 AND b > 6", "FROM \"$<EDS ID>\" WHERE a < 5 AND b > 6");
        check("FROM\n  <DB>.<TABLE>\nJOIN <t", "FROM\n  \"$<DB>.<TABLE>\"\nJOIN \"$<t\"");
        check("WHERE a <> b AND a<b", "WHERE a <> b AND a<b");
    }

    #[test]
    fn bare_ids_are_quoted() {
        check("FROM 1a2b3c4d-0000-1111-2222-333344445555;", "FROM \"1a2b3c4d-0000-1111-2222-333344445555\";");
        check("'1a2b3c4d-0000-1111-2222-333344445555'", "'1a2b3c4d-0000-1111-2222-333344445555'");
        check("x1a2b3c4d-0000-1111-2222-333344445555", "x1a2b3c4d-0000-1111-2222-333344445555");
    }
}
