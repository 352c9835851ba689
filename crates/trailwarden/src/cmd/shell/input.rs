//! Lines into statements: SQL ends with a semicolon, a command of the shell (`\d`) with its line.

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Input {
    /// A statement, with its semicolon.
    Sql(String),
    /// A line that begins with a backslash.
    Command(String),
}

/// Gathers lines until something is whole.
#[derive(Debug, Default)]
pub(super) struct Gather {
    text: String,
}

impl Gather {
    /// Takes a line, and gives what is whole with it.
    pub(super) fn line(&mut self, line: &str) -> Vec<Input> {
        if blank(&self.text) && line.trim_start().starts_with('\\') {
            self.text.clear();
            return vec![Input::Command(line.trim().to_owned())];
        }
        self.text.push_str(line);
        self.text.push('\n');
        let mut whole = Vec::new();
        while let Some(end) = end(&self.text) {
            let rest = self.text.split_off(end);
            let statement = std::mem::replace(&mut self.text, rest);
            if !blank(statement.trim_end_matches(';')) {
                whole.push(Input::Sql(statement.trim().to_owned()));
            }
        }
        whole
    }

    /// What is left when no more lines come: the last statement of a script needs no semicolon.
    pub(super) fn rest(&mut self) -> Option<Input> {
        let text = std::mem::take(&mut self.text);
        (!blank(&text)).then(|| Input::Sql(text.trim().to_owned()))
    }
}

/// Whether what stands there can be run as it is, or another line is to come.
pub(super) fn is_whole(text: &str) -> bool {
    let mut gather = Gather::default();
    text.lines().for_each(|line| drop(gather.line(line)));
    gather.rest().is_none()
}

/// Where the scan of a text stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Plain,
    Text(char),
    Line,
    Block(usize),
}

/// Walks over SQL and tells of each character whether it is in a string, a quoted name or a comment, until `stop` says so.
fn walk(text: &str, mut stop: impl FnMut(usize, char, Inside) -> bool) {
    let mut inside = Inside::Plain;
    let mut chars = text.char_indices().peekable();
    while let Some((at, character)) = chars.next() {
        let next = chars.peek().map(|(_, next)| *next);
        let mut skip = false;
        let before = inside;
        inside = match (inside, character, next) {
            (Inside::Plain, '\'' | '"', _) => Inside::Text(character),
            (Inside::Plain, '-', Some('-')) => Inside::Line,
            (Inside::Plain, '/', Some('*')) => {
                skip = true;
                Inside::Block(1)
            }
            // A doubled quote ends the text and begins another at once, which comes to the same.
            (Inside::Text(quote), _, _) if character == quote => Inside::Plain,
            (Inside::Line, '\n', _) => Inside::Plain,
            (Inside::Block(depth), '*', Some('/')) => {
                skip = true;
                if depth == 1 { Inside::Plain } else { Inside::Block(depth - 1) }
            }
            (Inside::Block(depth), '/', Some('*')) => {
                skip = true;
                Inside::Block(depth + 1)
            }
            (same, _, _) => same,
        };
        let told = if before == Inside::Plain { inside } else { before };
        if stop(at, character, told) {
            return;
        }
        if skip {
            chars.next();
        }
    }
}

/// The place behind the first semicolon that ends a statement.
fn end(text: &str) -> Option<usize> {
    let mut end = None;
    walk(text, |at, character, inside| {
        let ends = inside == Inside::Plain && character == ';';
        end = ends.then_some(at + 1);
        ends
    });
    end
}

/// Whether there is nothing but space and comments.
fn blank(text: &str) -> bool {
    let mut blank = true;
    walk(text, |_, character, inside| {
        let comment = matches!(inside, Inside::Line | Inside::Block(_));
        blank = comment || character.is_whitespace();
        !blank
    });
    blank
}

/// The place of the quote of a string that is still open at the end of the text.
pub(super) fn open_string(text: &str) -> Option<usize> {
    let mut open = None;
    walk(text, |at, character, inside| {
        open = match (open, inside) {
            (None, Inside::Text('\'')) => Some(at),
            // The closing quote is the last that is told to be inside.
            (Some(_), Inside::Text('\'')) if character == '\'' => None,
            (open, _) => open,
        };
        false
    });
    open
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(lines: &[&str], expected: &[&str], rest: &str) {
        let mut gather = Gather::default();
        let found = lines.iter().flat_map(|line| gather.line(line)).map(|input| match input {
            Input::Sql(text) => text,
            Input::Command(text) => format!("!{text}"),
        });
        assert_eq!(found.collect::<Vec<_>>(), expected);
        let left = gather.rest().map(|input| match input {
            Input::Sql(text) | Input::Command(text) => text,
        });
        assert_eq!(left.unwrap_or_default(), rest);
    }

    #[test]
    fn statements_end_with_a_semicolon() {
        check(&["SELECT 1; SELECT", "2;"], &["SELECT 1;", "SELECT\n2;"], "");
        check(
            &["SELECT ';' AS \";\" -- ;", "/* ; /* ; */ ; */;"],
            &["SELECT ';' AS \";\" -- ;\n/* ; /* ; */ ; */;"],
            "",
        );
        check(&["SELECT 'it''s;", "on';"], &["SELECT 'it''s;\non';"], "");
        check(&[";;", "-- nothing", "SELECT 1"], &[], "-- nothing\nSELECT 1");
    }

    #[test]
    fn commands_are_a_line() {
        check(&["\\d", "  \\x  ", "SELECT 1;"], &["!\\d", "!\\x", "SELECT 1;"], "");
        check(&["SELECT 1", "\\d;"], &["SELECT 1\n\\d;"], "");
    }

    #[test]
    fn open_strings_are_found() {
        assert_eq!(open_string("SELECT 'a', 'b"), Some(12));
        assert_eq!(open_string("SELECT 'a', 'b'"), None);
        assert_eq!(open_string("SELECT 'it''s"), Some(11));
        assert_eq!(open_string("SELECT \"a' -- '"), None);
        assert!(is_whole("\\d") && is_whole("") && is_whole("SELECT 1;\n") && !is_whole("SELECT 1\n"));
    }
}
