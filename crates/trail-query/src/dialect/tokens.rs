//! What Trino writes in another way than the parser reads it, put right as tokens: types (`array(varchar)`, `row(a bigint)`), and
//! literals of addresses.

use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

/// Rewrites what needs it.
pub(super) fn rewrite(tokens: &[TokenWithSpan]) -> Vec<TokenWithSpan> {
    let mut out: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    // For each open parenthesis: what closes it, and whether types stand in it.
    let mut open: Vec<(Token, bool)> = Vec::new();
    let mut casts: Vec<usize> = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let token = &tokens[at];
        let next = following(tokens, at + 1);
        let with = |other: Token| TokenWithSpan { token: other, span: token.span };
        let in_type = open.last().is_some_and(|(_, types)| *types);
        match &token.token {
            Token::Word(word) if word.quote_style.is_none() => {
                let name = word.value.to_ascii_uppercase();
                let opens = next.is_some_and(|next| tokens[next].token == Token::LParen);
                if matches!(name.as_str(), "CAST" | "TRY_CAST") && opens {
                    casts.push(open.len() + 1);
                }
                if name == "AS" && casts.last() == Some(&open.len()) && !in_type {
                    // The rest up to the cast's end is a type.
                    if let Some((_, types)) = open.last_mut() {
                        *types = true;
                    }
                }
                if name == "VALUES"
                    && next.is_some_and(|next| !matches!(tokens[next].token, Token::LParen | Token::EOF))
                {
                    out.push(token.clone());
                    at = bare_values(tokens, at + 1, &mut out);
                    continue;
                }
                let composite = in_type && matches!(name.as_str(), "ARRAY" | "ROW");
                if let Some(next) = next.filter(|_| composite && opens) {
                    let word = if name == "ROW" { "STRUCT" } else { "ARRAY" };
                    out.push(with(Token::make_keyword(word)));
                    out.push(with(Token::Lt));
                    open.push((Token::Gt, true));
                    at = next + 1;
                    continue;
                }
                let literal = next
                    .filter(|next| name == "IPADDRESS" && matches!(tokens[*next].token, Token::SingleQuotedString(_)));
                if let Some(next) = literal {
                    out.push(with(Token::make_word("ip_address", None)));
                    out.push(with(Token::LParen));
                    out.push(tokens[next].clone());
                    out.push(with(Token::RParen));
                    at = next + 1;
                    continue;
                }
                out.push(token.clone());
            }
            Token::LParen => {
                open.push((Token::RParen, in_type));
                out.push(token.clone());
            }
            Token::RParen => {
                if casts.last() == Some(&open.len()) {
                    casts.pop();
                }
                let closing = open.pop().map_or(Token::RParen, |(closing, _)| closing);
                out.push(with(closing));
            }
            _ => out.push(token.clone()),
        }
        at += 1;
    }
    out
}

/// `VALUES 1, 2`: rows of one column need no parentheses in Trino. Gives the place behind them.
fn bare_values(tokens: &[TokenWithSpan], from: usize, out: &mut Vec<TokenWithSpan>) -> usize {
    let mut depth = 0_usize;
    let mut at = from;
    let Some(first) = tokens.get(from) else { return from };
    let mark = |token: Token| TokenWithSpan { token, span: first.span };
    out.push(mark(Token::LParen));
    while let Some(token) = tokens.get(at) {
        match &token.token {
            Token::LParen | Token::LBracket => depth += 1,
            Token::RParen | Token::RBracket if depth > 0 => depth -= 1,
            Token::RParen | Token::SemiColon | Token::EOF => break,
            Token::Word(word) if depth == 0 && ENDS.iter().any(|end| word.value.eq_ignore_ascii_case(end)) => break,
            Token::Comma if depth == 0 => {
                out.extend([mark(Token::RParen), token.clone(), mark(Token::LParen)]);
                at += 1;
                continue;
            }
            _ => {}
        }
        out.push(token.clone());
        at += 1;
    }
    out.push(mark(Token::RParen));
    at
}

/// What may stand behind rows of values.
const ENDS: [&str; 7] = ["ORDER", "LIMIT", "OFFSET", "FETCH", "UNION", "EXCEPT", "INTERSECT"];

/// The next token that is not space.
fn following(tokens: &[TokenWithSpan], from: usize) -> Option<usize> {
    (from..tokens.len()).find(|at| !matches!(tokens[*at].token, Token::Whitespace(_)))
}

#[cfg(test)]
mod tests {
    use datafusion::sql::sqlparser::tokenizer::Tokenizer;

    use super::*;
    use crate::dialect::AuditDialect;

    #[track_caller]
    fn check(sql: &str, expected: &str) {
        let tokens = Tokenizer::new(&AuditDialect, sql).tokenize_with_location().unwrap();
        let found: String = rewrite(&tokens).iter().map(|token| token.token.to_string()).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn types_are_rewritten_in_casts_alone() {
        check("CAST(x AS array(varchar))", "CAST(x AS ARRAY<varchar>)");
        check(
            "CAST(f(a) AS ARRAY(ROW(a varchar(5), b bigint)))",
            "CAST(f(a) AS ARRAY<STRUCT<a varchar(5), b bigint>>)",
        );
        check("try_cast(x AS map(varchar, array (json)))", "try_cast(x AS map(varchar, ARRAY<json>))");
        check("SELECT row(1, 2), array(a)", "SELECT row(1, 2), array(a)");
        check("CAST(CAST(x AS array(json)) AS json)", "CAST(CAST(x AS ARRAY<json>) AS json)");
        check("ipaddress '10.0.0.1'", "ip_address('10.0.0.1')");
        check("VALUES 1, f(2, 3) ORDER BY 1", "VALUES( 1),( f(2, 3) )ORDER BY 1");
    }
}
