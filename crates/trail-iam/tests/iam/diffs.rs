//! What changed between two versions of a policy.

use trail_iam::policy::{Change, ChangeKind, Document, Severity, diff};

use crate::grants::zone;
use ChangeKind::{Narrowed, New, Removed, Widened};

fn changes(old: &str, new: &str) -> Vec<Change> {
    let old = (!old.is_empty()).then(|| Document::parse(old).unwrap());
    diff(old.as_ref(), &Document::parse(new).unwrap(), &zone())
}

fn check(old: &str, new: &str, expected: &[(ChangeKind, &str)]) {
    let found = changes(old, new);
    let found: Vec<(ChangeKind, &str)> = found.iter().map(|it| (it.kind, it.sentence.as_str())).collect();
    assert_eq!(found, expected, "{old}\n{new}");
}

fn policy(statements: &[&str]) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","))
}

const OWN: &str = r#"{"Sid":"own","Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"sts:AssumeRole"}"#;
const EXTERNAL: &str = r#"{"Effect":"Allow","Principal":{"AWS":"999999999999"},"Action":"sts:AssumeRole"}"#;
const WITH_ID: &str = r#"{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::999999999999:root"]},"Action":["sts:AssumeRole"],"Condition":{"StringEquals":{"sts:ExternalId":"a"}}}"#;

#[test]
fn who_gained_and_who_lost() {
    let now_without = "account 999999999999 (external) may now assume this role, without an ExternalId";
    check(
        "",
        &policy(&[OWN, EXTERNAL]),
        &[(New, now_without), (New, "account 111111111111 (same account) may now assume this role")],
    );
    check(&policy(&[OWN]), &policy(&[OWN, EXTERNAL]), &[(New, now_without)]);
    check(
        &policy(&[OWN, EXTERNAL]),
        &policy(&[OWN]),
        &[(Removed, "account 999999999999 (external) may no longer assume this role")],
    );
    check(
        &policy(&[WITH_ID]),
        &policy(&[EXTERNAL]),
        &[(
            Widened,
            "account 999999999999 (external) may now assume this role under weaker or other conditions, without an ExternalId",
        )],
    );
    check(
        &policy(&[EXTERNAL]),
        &policy(&[WITH_ID]),
        &[(Narrowed, "account 999999999999 (external) may still assume this role under stricter conditions only")],
    );
    check(
        &policy(&[WITH_ID]),
        &policy(&[&WITH_ID.replace("\"a\"", "[\"a\",\"b\"]")]),
        &[(
            Widened,
            "account 999999999999 (external) may now assume this role under weaker or other conditions, if sts:externalid matches",
        )],
    );
    let bucket = r#"{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}"#;
    check(
        &policy(&[bucket]),
        &policy(&[&bucket.replace("\"s3:GetObject\"", "[\"s3:Get*\",\"s3:PutObject\"]")]),
        &[(Widened, "everyone (public) may now also call s3:Get*, s3:PutObject on arn:aws:s3:::b/*")],
    );
    check(
        &policy(&[&bucket.replace("\"s3:GetObject\"", "[\"s3:GetObject\",\"s3:PutObject\"]")]),
        &policy(&[bucket]),
        &[(Narrowed, "everyone (public) may no longer call s3:PutObject on arn:aws:s3:::b/*")],
    );
    check(
        &policy(&[bucket]),
        &policy(&[&bucket.replace("b/*", "*")]),
        &[(Widened, "everyone (public) may now call s3:GetObject on arn:aws:s3:::*, more than before")],
    );
    let deny = r#"{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}"#;
    check(&policy(&[bucket]), &policy(&[bucket, deny]), &[(Narrowed, "everyone (public) may now not call s3:* on *")]);
    check(
        &policy(&[bucket, deny]),
        &policy(&[bucket]),
        &[(Widened, "everyone (public) is no longer forbidden to call s3:* on *")],
    );
    let inline = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    check(
        "",
        &policy(&[inline, deny]),
        &[(New, "the holder of this policy may now call * on *, with a deny beside it")],
    );
    assert_eq!(changes("", &policy(&[inline]))[0].severity, Severity::High);
    assert_eq!(changes("", &policy(&[OWN, EXTERNAL]))[0].severity, Severity::High, "gravest first");
}

#[test]
fn hostile_names_stay_on_one_line() {
    let policy = r#"{"Effect":"Allow","Principal":{"Service":"a\nSubject: x"},"Action":"sts:AssumeRole"}"#;
    check("", policy, &[(New, "service a subject: x may now assume this role")]);
}

#[test]
fn no_change() {
    let bucket = r#"{"Effect":"Allow","Principal":"*","Action":["s3:GetObject","s3:PutObject"],"Resource":["a","b"]}"#;
    let split = |action: &str, resource: &str| {
        format!(r#"{{"Effect":"Allow","Principal":{{"AWS":"*"}},"Action":"{action}","Resource":"{resource}"}}"#)
    };
    let parts = [
        split("s3:getobject", "a"),
        split("s3:GetObject", "b"),
        split("S3:PutObject", "a"),
        split("s3:PutObject", "b"),
    ];
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    for (old, new) in [
        (policy(&[OWN, WITH_ID]), policy(&[WITH_ID, OWN])),
        (policy(&[OWN]), OWN.to_owned()),
        (policy(&[OWN]), policy(&[&OWN.replace("own", "other")])),
        (policy(&[OWN]), policy(&[&OWN.replace("\"sts:AssumeRole\"", "[ \"STS:AssumeRole\" ]")])),
        (policy(&[OWN]), policy(&[&OWN.replace("111111111111", "arn:aws:iam::111111111111:root")])),
        (policy(&[OWN, OWN]), policy(&[OWN])),
        (policy(&[bucket]), policy(&parts)),
        (policy(&[EXTERNAL]), policy(&[EXTERNAL, WITH_ID])),
        (policy(&[WITH_ID]), policy(&[&WITH_ID.replace("StringEquals", "StringLike")])),
        (policy(&[WITH_ID]), policy(&[&WITH_ID.replace("sts:ExternalId", "STS:EXTERNALID")])),
    ] {
        check(&old, &new, &[]);
    }
}

/// Old and new condition of one grant, and what the change is.
fn check_condition(old: &str, new: &str, expected: Option<ChangeKind>) {
    let with = |condition: &str| {
        policy(&[&format!(
            r#"{{"Effect":"Allow","Principal":"*","Action":"a:b","Resource":"*","Condition":{{{condition}}}}}"#
        )])
    };
    let kinds: Vec<ChangeKind> = changes(&with(old), &with(new)).iter().map(|change| change.kind).collect();
    assert_eq!(kinds, expected.into_iter().collect::<Vec<_>>(), "{old} -> {new}");
}

#[test]
fn conditions_stricter_and_weaker() {
    for (weak, strict) in [
        ("", r#""Bool":{"aws:MultiFactorAuthPresent":"true"}"#),
        (
            r#""StringLike":{"aws:PrincipalArn":"arn:aws:iam::1:*"}"#,
            r#""StringEquals":{"aws:PrincipalArn":"arn:aws:iam::1:role/a"}"#,
        ),
        (r#""StringEqualsIfExists":{"aws:PrincipalOrgID":"o-a"}"#, r#""StringEquals":{"aws:PrincipalOrgID":"o-a"}"#),
        (
            r#""ForAllValues:StringEquals":{"aws:PrincipalOrgID":"o-a"}"#,
            r#""StringEquals":{"aws:PrincipalOrgID":"o-a"}"#,
        ),
        (r#""StringEqualsIgnoreCase":{"aws:PrincipalOrgID":"O-A"}"#, r#""StringEquals":{"aws:PrincipalOrgID":"o-a"}"#),
        (r#""IpAddress":{"aws:SourceIp":"10.0.0.0/8"}"#, r#""IpAddress":{"aws:SourceIp":["10.1.0.0/16","10.2.3.4"]}"#),
        (
            r#""StringNotEquals":{"aws:PrincipalAccount":"1"}"#,
            r#""StringNotEquals":{"aws:PrincipalAccount":["1","2"]}"#,
        ),
        (r#""Null":{"aws:SourceVpc":"false"}"#, r#""StringEquals":{"aws:SourceVpc":"vpc-1"}"#),
        (r#""StringEquals":{"a:x":"1"}"#, r#""StringEquals":{"a:x":"1","a:y":"2"}"#),
    ] {
        check_condition(weak, strict, Some(Narrowed));
        check_condition(strict, weak, Some(Widened));
    }
    for (old, new, expected) in [
        (
            r#""StringEquals":{"aws:PrincipalOrgID":"o-a"}"#,
            r#""StringEquals":{"aws:PrincipalOrgID":"o-b"}"#,
            Some(Widened),
        ),
        (
            r#""StringEquals":{"aws:PrincipalOrgID":"o-a"}"#,
            r#""StringEquals":{"aws:SourceVpc":"vpc-1"}"#,
            Some(Widened),
        ),
        (
            r#""ArnLike":{"aws:SourceArn":"arn:aws:s3:::b"}"#,
            r#""ArnEquals":{"AWS:SourceARN":["arn:aws:s3:::b"]}"#,
            None,
        ),
        (r#""Bool":{"aws:SecureTransport":true}"#, r#""Bool":{"aws:SecureTransport":"true"}"#, None),
    ] {
        check_condition(old, new, expected);
    }
}
