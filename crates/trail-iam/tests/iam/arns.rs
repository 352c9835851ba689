//! ARNs, principals of policies, and the role ARNs in a request.

use trail_iam::arn::{Arn, role_of_session};
use trail_iam::principal::{Block, Kind, Principal};
use trail_iam::role_arns;

fn check_part(arn: &str, part: &str, expected: Option<&str>) {
    assert_eq!(Arn::parse(arn).and_then(|arn| arn.part(part)), expected, "{part} of {arn}");
}

#[test]
fn parts_of_arns() {
    for (arn, part, expected) in [
        ("arn:aws:iam::111122223333:role/deploy", "account", Some("111122223333")),
        ("arn:aws:iam::111122223333:role/deploy", "name", Some("deploy")),
        ("arn:aws:iam::111122223333:role/deploy", "path", Some("/")),
        ("arn:aws:iam::111122223333:role/team/ci/deploy", "path", Some("/team/ci/")),
        ("arn:aws:iam::111122223333:role/team/ci/deploy", "role", Some("deploy")),
        ("arn:aws-us-gov:iam::111122223333:user/ops/ann", "user", Some("ann")),
        ("arn:aws-us-gov:iam::111122223333:user/ops/ann", "partition", Some("aws-us-gov")),
        ("arn:aws:sts::111122223333:assumed-role/deploy/build-7", "session", Some("build-7")),
        ("arn:aws:sts::111122223333:assumed-role/deploy/build-7", "role", Some("deploy")),
        ("arn:aws:s3:::bucket/key:with:colons", "resource", Some("bucket/key:with:colons")),
        ("arn:aws:s3:::bucket", "region", Some("")),
        ("arn:aws:lambda:eu-west-1:111122223333:function:fn", "resource_type", Some("function")),
        ("arn:aws:lambda:eu-west-1:111122223333:function:fn", "resource_id", Some("fn")),
        ("arn:aws:iam::111122223333:role/", "name", None),
        ("arn:aws:iam::111122223333:roleplay/x", "name", None),
        ("arn:aws:s3:::role/x", "role", None),
        ("arn:aws:iam::111122223333:role/deploy", "colour", None),
        ("arn:aws:iam::111122223333", "service", None),
        ("arn:aws:iam:: 111122223333:role/x", "service", None),
        ("arn:aws:iam::111122223333:role/x\n", "service", None),
        ("ARN:aws:iam::111122223333:role/x", "service", None),
        ("arn::::::", "service", None),
        ("", "service", None),
    ] {
        check_part(arn, part, expected);
    }
    assert_eq!(Arn::parse(&format!("arn:aws:iam::1:{}", "x".repeat(5000))), None);
    assert_eq!(Arn::parse("arn:aws:s3:::a:b").unwrap().to_string(), "arn:aws:s3:::a:b");
}

#[test]
fn the_role_behind_a_session() {
    for (arn, expected) in [
        ("arn:aws-cn:sts::111122223333:assumed-role/deploy/me", Some("arn:aws-cn:iam::111122223333:role/deploy")),
        ("arn:aws:sts::111122223333:federated-user/me", None),
        ("arn:aws:iam::111122223333:role/deploy", None),
        ("arn:aws:sts::111122223333:assumed-role/deploy", None),
    ] {
        assert_eq!(role_of_session(arn).as_deref(), expected, "{arn}");
    }
}

fn check_principal(block: Block, value: &str, kind: Kind, account: Option<&str>) {
    let principal = Principal::parse(block, value);
    assert_eq!((principal.kind, principal.account.as_deref()), (kind, account), "{value}");
}

#[test]
fn kinds_of_principals() {
    let own = Some("111122223333");
    for (value, kind, account) in [
        ("*", Kind::Everyone, None),
        ("111122223333", Kind::Account, own),
        ("arn:aws:iam::111122223333:root", Kind::Account, own),
        ("arn:aws-cn:iam::111122223333:root", Kind::Account, own),
        ("arn:aws:iam::111122223333:user/ann", Kind::User, own),
        ("arn:aws:iam::111122223333:role/team/deploy", Kind::Role, own),
        ("arn:aws:sts::111122223333:assumed-role/deploy/me", Kind::Session, own),
        ("arn:aws:sts::111122223333:federated-user/me", Kind::FederatedUser, own),
        ("AIDACKCEVSQ6C2EXAMPLE", Kind::Deleted, None),
        ("AROACKCEVSQ6C2EXAMPLE", Kind::Deleted, None),
        ("arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1EXAMPLE", Kind::CloudFrontOai, None),
        ("arn:aws:iam::*:root", Kind::Unknown, None),
        ("arn:aws:iam::111122223333:group/admins", Kind::Unknown, own),
        ("11112222333", Kind::Unknown, None),
        ("ec2.amazonaws.com", Kind::Unknown, None),
    ] {
        check_principal(Block::Aws, value, kind, account);
    }
    for (block, value, kind, account) in [
        (Block::Service, "EC2.amazonaws.com", Kind::Service, None),
        (Block::Service, "*", Kind::Unknown, None),
        (Block::Federated, "arn:aws:iam::111122223333:saml-provider/okta", Kind::SamlProvider, own),
        (Block::Federated, "arn:aws:iam::111122223333:oidc-provider/gitlab.com", Kind::OidcProvider, own),
        (Block::Federated, "cognito-identity.amazonaws.com", Kind::BuiltInFederation, None),
        (Block::Federated, "evil.example.com", Kind::Unknown, None),
        (Block::CanonicalUser, "79a59df900b949e55d96a1e698fbaced", Kind::CanonicalUser, None),
        (Block::Other, "*", Kind::Unknown, None),
    ] {
        check_principal(block, value, kind, account);
    }
    let oidc = Principal::parse(Block::Federated, "arn:aws:iam::111122223333:oidc-provider/studio.datachain.ai/api");
    assert_eq!(oidc.issuer().as_deref(), Some("studio.datachain.ai/api"));
    assert_eq!(
        Principal::parse(Block::Aws, "111122223333"),
        Principal::parse(Block::Aws, "arn:aws:iam::111122223333:root"),
        "digits and root are one account"
    );
}

#[test]
fn roles_named_by_a_request() {
    let a = "arn:aws:iam::111122223333:role/a";
    let b = "arn:aws:iam::111122223333:role/path/b";
    for (json, expected) in [
        (format!(r#"{{"role":"{a}","layers":["{b}","{a}"]}}"#), vec![a, b]),
        (r#"{"role":"arn:aws:iam::111122223333:role\/a"}"#.to_owned(), vec![a]),
        (format!(r#"{{"{a}":1}}"#), vec![]),
        (format!(r#"{{"policy":"{{\"Principal\":\"{a}\"}}"}}"#), vec![]),
        (format!(r#"{{"role":"{a}","broken"#), vec![a]),
        (r#"{"p":"arn:aws:iam::111122223333:instance-profile/a:role"}"#.to_owned(), vec![]),
        (r#"{"p":"arn:aws:iam::*:role/a"}"#.to_owned(), vec![]),
        (r#"{"n":1e999,"m":null,"t":true,"role":"x:role/"}"#.to_owned(), vec![]),
        ("null".to_owned(), vec![]),
        (String::new(), vec![]),
        (format!("{}\"{a}\"", "[".repeat(10_000)), vec![]),
    ] {
        assert_eq!(role_arns(&json), expected, "{}", &json[..json.len().min(200)]);
    }
}
