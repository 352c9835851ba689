//! Policy text: what is taken, what is the same, and what the errors say.

use trail_iam::policy::{Document, Effect, MAX_BYTES, Patterns, Principals};
use trail_iam::principal::Kind;

const PLAIN: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow","Principal":{"AWS":["111122223333"]},
    "Action":["sts:AssumeRole"],"Condition":{"StringEquals":{"sts:ExternalId":["x"]}}}]}"#;

fn check_same(text: &str) {
    let (expected, found) = (Document::parse(PLAIN).unwrap(), Document::parse(text).unwrap());
    let strip = |mut document: Document| {
        document.statements.iter_mut().for_each(|statement| statement.sid = None);
        document.statements
    };
    assert_eq!(strip(found), strip(expected), "{text}");
}

#[test]
fn spellings_of_one_document() {
    let encoded: String = PLAIN.bytes().map(|b| format!("%{b:02X}")).collect();
    let quoted = serde_json::to_string(PLAIN).unwrap();
    let list_of_one = r#"[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"x"}}}]"#;
    let one = &list_of_one[1..list_of_one.len() - 1];
    for text in [
        format!(r#"{{"Statement":{list_of_one}}}"#),
        format!(r#"{{"Statement":{one},"Version":"2012-10-17"}}"#),
        one.to_owned(),
        format!("\u{feff} {PLAIN}\n"),
        encoded,
        quoted,
        PLAIN.replace("\"111122223333\"", "\"arn:aws:iam::111122223333:root\",\"111122223333\""),
        PLAIN.replace("\"Sid\":\"a\"", "\"Sid\":\"b\""),
        PLAIN.replace("sts:ExternalId", "STS:externalid"),
        PLAIN.replace("StringEquals", "stringequals"),
        PLAIN.replace("\"Principal\"", "\"principal\"").replace("\"Action\"", "\"ACTION\""),
        PLAIN.replace("[\"x\"]", "[\"x\",\"x\"]"),
    ] {
        check_same(&text);
    }
}

#[test]
fn elements_are_read() {
    let document = Document::parse(
        r#"{"Version":"2008-10-17","Id":"p","Statement":[
            {"Effect":"Deny","NotPrincipal":{"AWS":"111122223333","Service":["ec2.amazonaws.com"]},"NotAction":["S3:get*","s3:Get*"],"NotResource":"*",
             "Condition":{"Bool":{"aws:SecureTransport":false},"NumericLessThan":{"s3:max-keys":10}}},
            {"Effect":"Allow","Action":"*","Resource":["b","a","b"]}]}"#,
    )
    .unwrap();
    assert_eq!((document.version.as_deref(), document.id.as_deref()), (Some("2008-10-17"), Some("p")));
    let [deny, allow] = document.statements.as_slice() else { panic!("two statements") };
    assert_eq!(deny.effect, Effect::Deny);
    let Principals::AllBut(principals) = &deny.principals else { panic!("all but some") };
    assert_eq!(principals.iter().map(|it| it.kind).collect::<Vec<_>>(), [Kind::Account, Kind::Service]);
    assert!(matches!(&deny.actions, Patterns::AllBut(list) if list.len() == 1));
    assert_eq!(deny.conditions[0].values, ["false"]);
    assert_eq!(deny.conditions[1].to_string(), "numericlessthan s3:max-keys [10]");
    assert_eq!(allow.principals, Principals::Holder);
    assert!(matches!(&allow.resources, Some(Patterns::Only(list)) if list[..] == ["a", "b"]));
}

fn check_error(text: &str, expected: &str) {
    let error = Document::parse(text).unwrap_err().to_string();
    assert!(error.contains(expected), "{text}: {error}");
}

#[test]
fn errors_name_what_is_wrong() {
    for (text, expected) in [
        ("", "policy is not json"),
        ("{", "policy is not json"),
        ("%FF%FE", "url-encoded policy is not utf-8"),
        ("%7B%22a%22", "policy is not json"),
        ("[]", "`policy` must be an object"),
        ("null", "`policy` must be an object"),
        ("\"\\\"x\\\"\"", "`policy` must be an object"),
        ("{}", "`policy` has no `Statement`"),
        (r#"{"Statement":[1]}"#, "`Statement[0]` must be an object"),
        (r#"{"Statement":[{}]}"#, "`Statement[0]` has no `Effect`"),
        (r#"{"Statement":[{"Effect":"allow"}]}"#, "`Statement[0].Effect` is `allow` (must be `Allow` or `Deny`)"),
        (r#"{"Statement":{"Effect":["Allow"]}}"#, "`Statement.Effect` is `[\"Allow\"]`"),
        (r#"{"Statement":[{"Effect":"Allow"}]}"#, "`Statement[0]` has no `Action`"),
        (r#"{"Statement":[{"Effect":"Allow","Action":[["a"]]}]}"#, "`Statement[0].Action` must be a string"),
        (r#"{"Statement":[{"Effect":"Allow","Action":"a","NotAction":"b"}]}"#, "has `Action` more than once"),
        (r#"{"Statement":[{"Effect":"Allow","Action":"a","action":"b"}]}"#, "has `Action` more than once"),
        (
            r#"{"Statement":[{"Effect":"Allow","Action":"a","Principal":{"AWS":{}}}]}"#,
            "`Statement[0].Principal.AWS` must be",
        ),
        (
            r#"{"Statement":[{"Effect":"Allow","Action":"a","Condition":["x"]}]}"#,
            "`Statement[0].Condition` must be an object",
        ),
        (
            r#"{"Statement":[{"Effect":"Allow","Action":"a","Condition":{"Bool":"x"}}]}"#,
            "`Statement[0].Condition.Bool` must be",
        ),
    ] {
        check_error(text, expected);
    }
    check_error(&"[".repeat(MAX_BYTES), "recursion limit");
    check_error(&" ".repeat(MAX_BYTES + 1), "is longer than");
    let many = format!(r#"{{"Statement":{{"Effect":"Allow","Action":[{}"a"]}}}}"#, "\"a\",".repeat(9000));
    check_error(&many, "more than 8192 list entries");
}
