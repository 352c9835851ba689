//! The accounts of the organization, as somebody who may ask for them wrote them down.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::exit::usage;

/// Accounts that should deliver: their ids, with their names where those are known.
pub(crate) type Accounts = BTreeMap<String, Option<String>>;

/// Reads a file.
pub(crate) fn read(path: &Path) -> anyhow::Result<Accounts> {
    let wrong = |reason: String| usage(format!("cannot use the accounts in `{}`: {reason}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    parse(&text).map_err(wrong)
}

/// Reads what `aws organizations list-accounts` prints, or an id a line. Accounts that are suspended deliver nothing, and are
/// left out.
fn parse(text: &str) -> Result<Accounts, String> {
    let hint = "write what `aws organizations list-accounts` prints into it, or an id a line";
    let mut accounts = Accounts::new();
    let mut take = |id: &str, name: Option<&str>| {
        if id.len() != 12 || !id.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(format!("`{}` is no account id ({hint})", id.chars().take(40).collect::<String>()));
        }
        accounts.insert(id.to_owned(), name.map(str::to_owned));
        Ok(())
    };
    if text.trim_start().starts_with(['{', '[']) {
        let json: Value = serde_json::from_str(text).map_err(|error| format!("{error} ({hint})"))?;
        let list =
            json.get("Accounts").unwrap_or(&json).as_array().ok_or_else(|| format!("it has no list ({hint})"))?;
        for account in list {
            let field = |name: &str| account.get(name).and_then(Value::as_str);
            // `State` takes the place of `Status` in 2026; where both are, they agree.
            let active = ["State", "Status"].into_iter().filter_map(field).all(|state| state == "ACTIVE");
            if active {
                take(field("Id").or(account.as_str()).unwrap_or_default(), field("Name"))?;
            }
        }
    } else {
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            take(line, None)?;
        }
    }
    if accounts.is_empty() {
        return Err(format!("it names no account ({hint})"));
    }
    Ok(accounts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let shown = parse(text).map_or_else(
            |error| error,
            |accounts| accounts.iter().map(|(id, name)| format!("{id} {name:?};")).collect::<String>(),
        );
        assert!(shown.starts_with(expected), "{shown}");
    }

    #[test]
    fn all_forms_are_read() {
        check(
            r#"{"Accounts": [{"Id": "111111111111", "Name": "main", "Status": "ACTIVE"},
                {"Id": "222222222222", "Status": "SUSPENDED"}, {"Id": "333333333333", "State": "ACTIVE"},
                {"Id": "444444444444", "Status": "ACTIVE", "State": "PENDING_CLOSURE"}]}"#,
            "111111111111 Some(\"main\");333333333333 None;",
        );
        check(r#"["111111111111"]"#, "111111111111 None;");
        check("# ours\n111111111111\n\n 222222222222 \n", "111111111111 None;222222222222 None;");
        check("1111", "`1111` is no account id (write what");
        check(r#"{"Accounts": [{"Id": 5}]}"#, "`` is no account id");
        check("{}", "it has no list");
        check("", "it names no account");
        check("{", "EOF while parsing");
    }
}
