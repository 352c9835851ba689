//! The commands of the shell: lines that begin with a backslash.

use clap::ValueEnum as _;
use trail_query::write::Format;

use crate::args::FormatArg;
use crate::exit::usage;

/// All commands, for help and for completion.
pub(super) const COMMANDS: [(&str, &str, &str); 11] = [
    ("\\?", "", "this help"),
    ("\\d", "[TABLE]", "tables and views, or the columns of one"),
    ("\\df", "[TEXT]", "functions"),
    ("\\s", "[TEXT]", "ready investigations with a text in their id or title"),
    ("\\investigate", "ID [NAME=VALUE ...]", "run one; a terminal asks for the parameters that are missing"),
    ("\\o", "[FORM]", "the form of answers: table, vertical, csv, json, ndjson"),
    ("\\x", "", "turn the vertical form on or off"),
    ("\\timing", "[on|off]", "tell how long statements take"),
    ("\\i", "FILE", "run the statements of a file"),
    ("\\refresh", "", "see what the lake has got since"),
    ("\\q", "", "leave"),
];

/// A command, read.
#[derive(Debug, PartialEq)]
pub(super) enum Command {
    Help,
    Describe(Option<String>),
    Functions(String),
    Investigations(String),
    Investigate { id: String, params: Vec<(String, String)> },
    Form(Option<Format>),
    Vertical,
    Timing(Option<bool>),
    File(String),
    Refresh,
    Quit,
}

impl Command {
    /// Reads a line.
    pub(super) fn parse(line: &str) -> anyhow::Result<Self> {
        let words = words(line)?;
        let (name, rest) = words.split_first().map_or(("", &[][..]), |(name, rest)| (name.as_str(), rest));
        let name = name.trim_end_matches(';');
        let first = rest.first().map(|word| word.trim_end_matches(';').to_owned()).filter(|word| !word.is_empty());
        Ok(match name {
            "\\?" | "\\h" | "\\help" => Self::Help,
            "\\d" | "\\dt" | "\\d+" => Self::Describe(first),
            "\\df" => Self::Functions(first.unwrap_or_default()),
            "\\s" => Self::Investigations(rest.join(" ")),
            "\\investigate" => match rest.split_first() {
                None => Self::Investigations(String::new()),
                Some((id, rest)) => {
                    let param = |word: &String| {
                        let named = word.split_once('=').ok_or_else(|| usage(format!("`{word}` is not NAME=VALUE")))?;
                        Ok::<_, anyhow::Error>((named.0.to_owned(), named.1.to_owned()))
                    };
                    Self::Investigate { id: id.clone(), params: rest.iter().map(param).collect::<Result<_, _>>()? }
                }
            },
            "\\o" => match first {
                None => Self::Form(None),
                Some(form) => match FormatArg::from_str(&form, true) {
                    Ok(FormatArg::Parquet) | Err(_) => {
                        return Err(usage(format!("`{form}` is no form (table, vertical, csv, json, ndjson)")));
                    }
                    Ok(form) => Self::Form(Some(form.into())),
                },
            },
            "\\x" => Self::Vertical,
            "\\timing" => Self::Timing(match first.as_deref() {
                None => None,
                Some("on") => Some(true),
                Some("off") => Some(false),
                Some(other) => return Err(usage(format!("`{other}` is neither `on` nor `off`"))),
            }),
            "\\i" => Self::File(first.ok_or_else(|| usage("\\i needs the name of a file"))?),
            "\\refresh" => Self::Refresh,
            "\\q" | "\\quit" => Self::Quit,
            other => return Err(usage(format!("there is no command `{other}` (\\? lists them)"))),
        })
    }
}

/// What `\?` prints.
pub(super) fn help() -> String {
    let mut text = String::from("SQL ends with a semicolon. These commands end with their line:\n");
    for (name, arguments, what) in COMMANDS {
        text.push_str(&format!("  {:<38} {what}\n", format!("{name} {arguments}")));
    }
    text.push_str("Ctrl-C cancels what runs, Tab completes, Ctrl-D leaves.\n");
    text
}

/// The words of a line. Quotes of either kind keep spaces, and a backslash is a backslash, as in `\d`.
fn words(line: &str) -> anyhow::Result<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for character in line.chars() {
        match quote {
            Some(open) if character == open => quote = None,
            Some(_) => word.get_or_insert_default().push(character),
            None if character == '\'' || character == '"' => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            None if character.is_whitespace() => words.extend(word.take()),
            None => word.get_or_insert_default().push(character),
        }
    }
    if let Some(open) = quote {
        return Err(usage(format!("a `{open}` is open at the end of the line")));
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: &str) {
        let found = Command::parse(line).map_or_else(|error| error.to_string(), |command| format!("{command:?}"));
        assert_eq!(found, expected);
    }

    #[test]
    fn lines_are_commands() {
        check("\\d", "Describe(None)");
        check("\\d cloudtrail;", "Describe(Some(\"cloudtrail\"))");
        check("\\o ndjson", "Form(Some(Ndjson))");
        check("\\timing off", "Timing(Some(false))");
        check(
            "\\investigate keys/who-used-key key=AKIA1 name='a b' other=\"it's\"",
            "Investigate { id: \"keys/who-used-key\", params: [(\"key\", \"AKIA1\"), (\"name\", \"a b\"), (\"other\", \"it's\")] }",
        );
        check("\\investigate", "Investigations(\"\")");
        check("\\q", "Quit");
    }

    #[test]
    fn what_is_wrong_is_told() {
        check("\\nonsense", "there is no command `\\nonsense` (\\? lists them)");
        check("\\o parquet", "`parquet` is no form (table, vertical, csv, json, ndjson)");
        check("\\i", "\\i needs the name of a file");
        check("\\investigate x y", "`y` is not NAME=VALUE");
        check("\\s 'x", "a `'` is open at the end of the line");
    }

    #[test]
    fn help_names_every_command() {
        for (name, _, _) in COMMANDS {
            assert!(help().contains(&format!("  {name} ")), "{name}");
        }
    }
}
