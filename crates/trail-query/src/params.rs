//! Parameters of a saved query: a `${name}` in its SQL stands for one literal. The places are found among the tokens, so none is seen in
//! a string, a quoted name or a comment, and a value is written as a literal, so that no value can be more than a value.

use std::collections::BTreeMap;
use std::ops::Range;

use datafusion::sql::sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};

use crate::QueryError;
use crate::dialect::AuditDialect;

/// A value of a parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// NULL.
    Null,
    /// A text, as it is.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// Any other number.
    Number(f64),
}

impl Literal {
    fn sql(&self) -> String {
        match self {
            Self::Null => "NULL".to_owned(),
            // What the dialect would take for a place of its own is put together only when it runs.
            Self::Text(text) if text.contains("${") => {
                format!("('{}')", text.replace('\'', "''").replace("${", "$' || '{"))
            }
            Self::Text(text) => format!("'{}'", text.replace('\'', "''")),
            // In parentheses, since `1 -${n}` must not become a comment.
            Self::Whole(number) => format!("({number})"),
            Self::Number(number) => format!("({number})"),
        }
    }
}

/// The names of the parameters of a statement, each once, in the order in which they first stand there.
pub(crate) fn names(sql: &str) -> Result<Vec<String>, QueryError> {
    let mut names = Vec::new();
    for (name, _) in places(sql)? {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(names)
}

/// The statement with a literal in each parameter's place.
///
/// # Errors
/// When a parameter has no value or the statement cannot be read.
pub fn bind(sql: &str, values: &BTreeMap<String, Literal>) -> Result<String, QueryError> {
    let mut bound = String::with_capacity(sql.len() + 64);
    let mut end = 0;
    for (name, place) in places(sql)? {
        let value = values.get(&name);
        let value = value.ok_or_else(|| QueryError::Statement(format!("the parameter `${{{name}}}` has no value")))?;
        bound.push_str(&sql[end..place.start]);
        bound.push_str(&value.sql());
        end = place.end;
    }
    bound.push_str(&sql[end..]);
    Ok(bound)
}

/// Where parameters stand: name and bytes.
fn places(sql: &str) -> Result<Vec<(String, Range<usize>)>, QueryError> {
    if !sql.contains("${") {
        return Ok(Vec::new());
    }
    let tokens = Tokenizer::new(&AuditDialect, sql)
        .tokenize_with_location()
        .map_err(|error| QueryError::Statement(error.to_string()))?;
    let lines = Lines::new(sql);
    let place = |tokens: &[TokenWithSpan]| {
        let [dollar, open, name, close] = tokens else { return None };
        match (&dollar.token, &open.token, &name.token, &close.token) {
            (Token::Placeholder(dollar), Token::LBrace, Token::Word(word), Token::RBrace)
                if dollar == "$" && word.quote_style.is_none() =>
            {
                Some((word.value.clone(), lines.byte(tokens[0].span.start)..lines.byte(close.span.end)))
            }
            _ => None,
        }
    };
    Ok(tokens.windows(4).filter_map(place).collect())
}

/// Where lines begin, since tokens tell lines and columns.
struct Lines<'a> {
    sql: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn new(sql: &'a str) -> Self {
        let starts = std::iter::once(0).chain(sql.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { sql, starts }
    }

    /// Columns count characters from 1.
    fn byte(&self, at: Location) -> usize {
        let index = |number: u64| usize::try_from(number).unwrap_or(usize::MAX).saturating_sub(1);
        let start = self.starts.get(index(at.line)).copied().unwrap_or(self.sql.len());
        let rest = &self.sql[start..];
        start + rest.char_indices().nth(index(at.column)).map_or(rest.len(), |(at, _)| at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sql: &str, value: &Literal, expected: &str) {
        let values = BTreeMap::from([("a".to_owned(), value.clone())]);
        let found = bind(sql, &values).unwrap_or_else(|error| error.to_string());
        assert_eq!(found, expected, "for {sql}");
    }

    #[test]
    fn a_value_stays_a_value() {
        let text = |text: &str| Literal::Text(text.to_owned());
        check("SELECT ${a}, 'ü' || ${a}\n WHERE ${a}", &text("x"), "SELECT 'x', 'ü' || 'x'\n WHERE 'x'");
        check("SELECT ${a}", &text("' OR 1=1 --"), "SELECT ''' OR 1=1 --'");
        check("SELECT ${a}", &text("\\'; DROP TABLE t; ${a}"), "SELECT ('\\''; DROP TABLE t; $' || '{a}')");
        check("SELECT 1 -${a}", &Literal::Whole(-5), "SELECT 1 -(-5)");
        check("SELECT ${a}", &Literal::Number(0.5), "SELECT (0.5)");
        check("SELECT ${a}", &Literal::Null, "SELECT NULL");
    }

    #[test]
    fn only_a_place_is_one() {
        let x = Literal::Text("x".to_owned());
        for sql in ["SELECT '${a}'", "SELECT \"${a}\"", "SELECT 1 -- ${a}", "SELECT /* ${a} */ $1", "SELECT $$ ${a} $$"]
        {
            check(sql, &x, sql);
        }
        check("SELECT /* ü\n */ '' || ${a} -- ${a}", &x, "SELECT /* ü\n */ '' || 'x' -- ${a}");
        check("SELECT ${b}", &x, "the parameter `${b}` has no value");
        assert_eq!(names("SELECT ${b}, ${a}, ${b}").unwrap(), ["b", "a"]);
    }
}
