//! What a statement gives whoever holds it.

use trail_iam::policy::{
    DANGEROUS_MANAGED_POLICIES, Document, ESCALATION_ACTIONS, Level, dangerous_managed_policy, document_power,
};

fn check(body: &str, level: Level, some_actions: &[&str]) {
    let document = Document::parse(&format!(r#"{{"Statement":[{body}]}}"#)).unwrap();
    let power = document_power(&document);
    assert_eq!(power.level, level, "{body}");
    assert!(some_actions.iter().all(|action| power.actions.contains(action)), "{body}: {:?}", power.actions);
    assert_eq!(some_actions.is_empty(), power.actions.is_empty(), "{body}: {:?}", power.actions);
}

#[test]
fn power_of_statements() {
    for (body, level, some_actions) in [
        (
            r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#,
            Level::Admin,
            &["iam:PassRole", "lambda:InvokeFunction"][..],
        ),
        (r#"{"Effect":"Allow","Action":["*:*"],"Resource":["*"]}"#, Level::Admin, &["iam:PassRole"]),
        (r#"{"Effect":"Allow","Action":"iam:*","Resource":"*"}"#, Level::Iam, &["iam:PassRole"]),
        (r#"{"Effect":"Allow","Action":"IAM:*","Resource":"*"}"#, Level::Iam, &["iam:PassRole"]),
        (r#"{"Effect":"Allow","NotAction":"s3:*","Resource":"*"}"#, Level::Iam, &["iam:PassRole"]),
        (
            r#"{"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"}"#,
            Level::Escalation,
            &["lambda:UpdateFunctionCode"],
        ),
        (r#"{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::b"}"#, Level::Escalation, &["iam:PassRole"]),
        (
            r#"{"Effect":"Allow","Action":"iam:*","Resource":"arn:aws:iam::1:user/${aws:username}"}"#,
            Level::Escalation,
            &["iam:CreateAccessKey"],
        ),
        (r#"{"Effect":"Allow","Action":"iam:Pass*","Resource":"*"}"#, Level::Escalation, &["iam:PassRole"]),
        (r#"{"Effect":"Allow","Action":"iam:passrole","Resource":"*"}"#, Level::Escalation, &["iam:PassRole"]),
        (r#"{"Effect":"Allow","Action":["iam:Get*","iam:List*"],"Resource":"*"}"#, Level::None, &[]),
        (r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#, Level::None, &[]),
        (r#"{"Effect":"Deny","Action":"*","Resource":"*"}"#, Level::None, &[]),
        (
            r#"{"Effect":"Deny","Action":"*","Resource":"*"},{"Effect":"Allow","Action":"*","Resource":"*"}"#,
            Level::Admin,
            &["iam:PassRole"],
        ),
    ] {
        check(body, level, some_actions);
    }
    let conditional = |body: &str| document_power(&Document::parse(body).unwrap()).conditional;
    let mfa =
        r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}"#;
    assert!(conditional(mfa));
    assert!(!conditional(&mfa.replace(r#","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#, "")));
}

#[test]
fn managed_policies_and_lists() {
    for (arn, expected) in [
        ("arn:aws:iam::aws:policy/AdministratorAccess", Some(Level::Admin)),
        ("arn:aws-cn:iam::aws:policy/IAMFullAccess", Some(Level::Iam)),
        ("arn:aws:iam::aws:policy/PowerUserAccess", Some(Level::Escalation)),
        ("arn:aws:iam::aws:policy/ReadOnlyAccess", None),
        ("arn:aws:iam::111111111111:policy/AdministratorAccess", None),
        ("AdministratorAccess", None),
    ] {
        assert_eq!(dangerous_managed_policy(arn), expected, "{arn}");
    }
    let unique: std::collections::BTreeSet<_> = ESCALATION_ACTIONS.iter().collect();
    assert_eq!(unique.len(), ESCALATION_ACTIONS.len(), "no action is listed twice");
    assert!(DANGEROUS_MANAGED_POLICIES.iter().all(|(_, level)| *level > Level::None));
}
