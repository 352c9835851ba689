//! Nothing that a log may hold makes this crate panic, and a document never differs from itself.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::{Value, json};
use trail_iam::policy::{Document, Trust, diff, document_power};
use trail_iam::principal::{Block, Principal};
use trail_iam::{Arn, Identity, Request, caller, denial, denied, iam_actions, principal_key, role_arns};

/// Everything that takes text, on one text.
fn feed(text: &str) {
    if let Ok(document) = Document::parse(text) {
        feed_document(&document);
    }
    for block in [Block::Aws, Block::Federated, Block::Service, Block::CanonicalUser, Block::Other] {
        let principal = Principal::parse(block, text);
        let _ = (principal.issuer(), principal.describe());
    }
    if let Some(arn) = Arn::parse(text) {
        assert_eq!(arn.to_string(), text);
    }
    let some = Some(text);
    for kind in ["Root", "IAMUser", "AssumedRole", "AWSAccount", text] {
        let identity =
            Identity { kind: Some(kind), arn: some, issuer_arn: some, principal_id: some, ..Identity::default() };
        let request = Request { user_agent: some, event_type: some, from_console: false };
        let _ = (principal_key(&identity), caller(&identity, &request));
    }
    let _ = (denied(some, some), denial::parse(text), iam_actions(text, text), role_arns(text));
}

fn feed_document(document: &Document) {
    let trust = Trust { account: Some("111111111111".to_owned()), ..Trust::default() };
    for grant in document.grants(&trust) {
        assert!(!grant.sentence().contains('\n'));
        let _ = (grant.severity(), grant.condition_fingerprint());
    }
    let _ = document_power(document);
    assert_eq!(diff(Some(document), document, &trust), [], "a document is like itself");
}

fn pick(choices: &'static [&'static str]) -> impl Strategy<Value = Value> {
    let one = prop_oneof![6 => prop::sample::select(choices).prop_map(str::to_owned), 1 => "\\PC{0,12}"];
    prop_oneof![
        one.clone().prop_map(Value::String),
        prop::collection::vec(one.prop_map(Value::String), 0..4).prop_map(Value::Array)
    ]
}

fn statement() -> impl Strategy<Value = Value> {
    let principal = pick(&["*", "111111111111", "arn:aws:iam::999999999999:role/x", "AIDACKCEVSQ6C2EXAMPLE"]);
    let federated = pick(&[
        "cognito-identity.amazonaws.com",
        "arn:aws:iam::1:oidc-provider/gitlab.com",
        "arn:aws:iam::1:saml-provider/a",
    ]);
    let action = pick(&["*", "sts:AssumeRole", "sts:*", "s3:Get*", "S3:GetObject", "iam:PassRole"]);
    let resource = pick(&["*", "arn:aws:s3:::b", "arn:aws:s3:::b/*", "?"]);
    let operators = &[
        "StringEquals",
        "StringLike",
        "ForAllValues:StringLike",
        "StringEqualsIfExists",
        "Null",
        "IpAddress",
        "ArnNotLike",
        "Odd",
    ];
    let keys = &["sts:ExternalId", "aws:PrincipalOrgID", "aws:SourceIp", "gitlab.com:sub", "aws:SourceArn"];
    let condition = (
        prop::sample::select(&operators[..]),
        prop::sample::select(&keys[..]),
        pick(&["*", "true", "o-1", "10.0.0.0/8", "${sts:ExternalId}"]),
    );
    (any::<[bool; 6]>(), principal, federated, action, resource, prop::collection::vec(condition, 0..3)).prop_map(
        |(
            [deny, not_principal, not_action, not_resource, has_principal, has_resource],
            principal,
            federated,
            action,
            resource,
            conditions,
        )| {
            let mut statement = json!({"Effect": if deny { "Deny" } else { "Allow" }});
            statement[if not_action { "NotAction" } else { "Action" }] = action;
            if has_principal {
                statement[if not_principal { "NotPrincipal" } else { "Principal" }] =
                    json!({"AWS": principal, "Federated": federated});
            }
            if has_resource {
                statement[if not_resource { "NotResource" } else { "Resource" }] = resource;
            }
            for (operator, key, values) in conditions {
                statement["Condition"][operator][key] = values;
            }
            statement
        },
    )
}

proptest! {
    #[test]
    fn any_text(text in "\\PC{0,80}") {
        feed(&text);
    }

    #[test]
    fn any_text_of_policy_pieces(pieces in prop::collection::vec(prop::sample::select(&[
        "{", "}", "[", "]", ":", ",", "\"", "\"Statement\"", "\"Effect\":\"Allow\"", "\"Action\":\"*\"", "\"Principal\":\"*\"", "%7B", "%",
        "arn:aws:iam::111111111111:role/", "arn:aws:sts::1:assumed-role/a/b", "*", "User: ", "is not authorized to perform: a:b", " on resource: ",
        "with an explicit deny in ", "because no ", "20150331", "v2", "_", "ü", "\u{0}",
    ][..]), 0..24)) {
        feed(&pieces.concat());
    }

    #[test]
    fn a_document_is_like_itself_and_its_shuffle(mut statements in prop::collection::vec(statement(), 0..6)) {
        let text = |statements: &[Value]| json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        let document = Document::parse(&text(&statements)).unwrap();
        feed_document(&document);
        statements.reverse();
        let reversed = Document::parse(&text(&statements)).unwrap();
        prop_assert_eq!(diff(Some(&document), &reversed, &Trust::default()), []);
    }

    #[test]
    fn what_is_added_is_never_missed(mut statements in prop::collection::vec(statement(), 0..4), account in 400_000_000_000_u64..500_000_000_000) {
        let text = |statements: &[Value]| json!({"Statement": statements}).to_string();
        let old = Document::parse(&text(&statements)).unwrap();
        statements.push(json!({"Effect": "Allow", "Principal": {"AWS": account.to_string()}, "Action": "sts:AssumeRole"}));
        let new = Document::parse(&text(&statements)).unwrap();
        let changes = diff(Some(&old), &new, &Trust::default());
        prop_assert!(changes.iter().any(|change| change.principal.id == account.to_string()));
    }
}

#[test]
fn the_largest_documents_end_soon() {
    let names = |prefix: &str, n: usize| -> Vec<String> { (0..n).map(|i| format!("{prefix}*{i}*x")).collect() };
    let accounts: Vec<String> = (0..2000_u64).map(|i| (100_000_000_000 + i).to_string()).collect();
    let values = names("v", 1000);
    let wide = json!({"Statement": [
        {"Effect": "Allow", "Principal": {"AWS": accounts}, "Action": names("a:", 1000), "Resource": names("r", 1000), "Condition": {"StringLike": {"a:b": values}}},
    ]});
    let many: Vec<Value> = (0..200_usize)
        .map(|i| json!({"Effect": "Allow", "Principal": {"AWS": accounts[i % 7..i % 7 + 6]}, "Action": names(&format!("s{i}:"), 5), "Resource": names("r", 5)}))
        .collect();
    for text in [wide.to_string(), json!({ "Statement": many }).to_string()] {
        let started = Instant::now();
        let old = Document::parse(&text).unwrap();
        let new = Document::parse(&text.replace('x', "y")).unwrap();
        assert!(!diff(Some(&old), &new, &Trust::default()).is_empty());
        assert!(started.elapsed() < Duration::from_secs(20), "took {:?}", started.elapsed());
    }
}
