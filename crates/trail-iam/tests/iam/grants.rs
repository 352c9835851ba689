//! How far grants reach and what they lack, on trust and resource policies as people write them.

use trail_iam::policy::{Class, Document, Effect, Severity, Trust, Weakness};
use trail_iam::principal::Kind;

use Class::{
    Deleted, ExternalAccount, ExternalOrganization, ExternalPrincipal, Federated, Home, Limited, Organization, Public,
    SameAccount, Service, Trusted, Unknown,
};
use Severity::{Critical, High, Info, Low, Medium};
use Weakness::{
    AnyOrganization, ExternalSource, NoAudience, NoExternalId, NoSource, NoSubject, OnlyExternalId, Unauthenticated,
    WildcardSubject,
};

pub(crate) fn zone() -> Trust {
    Trust {
        account: Some("111111111111".to_owned()),
        home_accounts: ["222222222222".to_owned()].into(),
        organization: Some("o-home".to_owned()),
        trusted_accounts: ["333333333333".to_owned()].into(),
    }
}

/// Checks the only grant of a statement with this principal, action, resource and condition.
fn check(body: &str, class: Class, weaknesses: &[Weakness], severity: Severity) {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow",{body}}}}}"#);
    let document = Document::parse(&text).unwrap();
    let zone = zone();
    let grants = document.grants(&zone);
    let [grant] = grants.as_slice() else { panic!("{body}: {} grants", grants.len()) };
    assert_eq!(
        (grant.class, grant.weaknesses.as_slice(), grant.severity()),
        (class, weaknesses, severity),
        "{body}: {}",
        grant.sentence()
    );
}

fn role(principal: &str, condition: &str) -> String {
    let condition = if condition.is_empty() { String::new() } else { format!(r#","Condition":{{{condition}}}"#) };
    format!(r#""Action":"sts:AssumeRole","Principal":{principal}{condition}"#)
}

#[test]
fn trust_of_accounts_and_principals() {
    let external = r#"{"AWS":"arn:aws:iam::999999999999:root"}"#;
    let everyone = r#"{"AWS":"*"}"#;
    for (principal, condition, class, weaknesses, severity) in [
        (r#"{"AWS":"111111111111"}"#, "", SameAccount, &[][..], Info),
        (r#"{"AWS":"arn:aws:iam::111111111111:role/a"}"#, "", SameAccount, &[], Info),
        (r#"{"AWS":"222222222222"}"#, "", Home, &[], Low),
        (r#"{"AWS":"333333333333"}"#, "", Trusted, &[], Low),
        (r#"{"AWS":"AROACKCEVSQ6C2EXAMPLE"}"#, "", Deleted, &[], Info),
        (external, "", ExternalAccount, &[NoExternalId], High),
        (external, r#""StringEquals":{"sts:ExternalId":"9f8b"}"#, ExternalAccount, &[], Medium),
        (external, r#""StringEquals":{"sts:ExternalId":["a","b"]}"#, ExternalAccount, &[], Medium),
        (external, r#""StringLike":{"sts:ExternalId":"*"}"#, ExternalAccount, &[NoExternalId], High),
        (external, r#""StringLike":{"sts:ExternalId":["a","*"]}"#, ExternalAccount, &[NoExternalId], High),
        (external, r#""StringNotEquals":{"sts:ExternalId":"a"}"#, ExternalAccount, &[NoExternalId], High),
        (external, r#""StringEqualsIfExists":{"sts:ExternalId":"a"}"#, ExternalAccount, &[NoExternalId], High),
        (external, r#""ForAllValues:StringEquals":{"sts:ExternalId":"a"}"#, ExternalAccount, &[NoExternalId], High),
        (
            external,
            r#""StringEqualsIfExists":{"sts:ExternalId":"a"},"Null":{"sts:externalid":"false"}"#,
            ExternalAccount,
            &[],
            Medium,
        ),
        (external, r#""Bool":{"aws:MultiFactorAuthPresent":"true"}"#, ExternalAccount, &[NoExternalId], High),
        (
            external,
            r#""ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::999999999999:role/ci"}"#,
            ExternalPrincipal,
            &[NoExternalId],
            High,
        ),
        (external, r#""StringEquals":{"aws:PrincipalOrgID":"o-home"}"#, Organization, &[], Medium),
        (r#"{"AWS":"arn:aws:iam::999999999999:role/ci"}"#, "", ExternalPrincipal, &[NoExternalId], High),
        (
            r#"{"AWS":"arn:aws:iam::999999999999:user/x"}"#,
            r#""StringEquals":{"sts:ExternalId":"a"}"#,
            ExternalPrincipal,
            &[],
            Medium,
        ),
        (r#"{"AWS":"arn:aws:sts::999999999999:assumed-role/ci/me"}"#, "", ExternalPrincipal, &[NoExternalId], High),
        (r#"{"AWS":"arn:aws:iam::*:root"}"#, "", Unknown, &[], Medium),
        (everyone, "", Public, &[], Critical),
        (r#""*""#, "", Public, &[], Critical),
        (everyone, r#""StringEquals":{"sts:ExternalId":"a"}"#, Public, &[OnlyExternalId], High),
        (everyone, r#""StringEquals":{"aws:PrincipalOrgID":"o-home"}"#, Organization, &[], Medium),
        (everyone, r#""StringEquals":{"aws:PrincipalOrgID":"o-other"}"#, ExternalOrganization, &[NoExternalId], High),
        (everyone, r#""StringLike":{"aws:PrincipalOrgID":"*"}"#, Public, &[AnyOrganization], Critical),
        (everyone, r#""StringLike":{"aws:PrincipalOrgID":"o-*"}"#, Public, &[AnyOrganization], Critical),
        (
            everyone,
            r#""StringEquals":{"aws:PrincipalOrgID":"${aws:PrincipalOrgID}"}"#,
            Public,
            &[AnyOrganization],
            Critical,
        ),
        (everyone, r#""StringEqualsIfExists":{"aws:PrincipalOrgID":"o-home"}"#, Public, &[], Critical),
        (everyone, r#""StringNotEquals":{"aws:PrincipalOrgID":"o-evil"}"#, Public, &[], Critical),
        (everyone, r#""ForAllValues:StringLike":{"aws:PrincipalOrgPaths":"o-home/r-1/*"}"#, Public, &[], Critical),
        (everyone, r#""ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-home/r-1/*"}"#, Organization, &[], Medium),
        (everyone, r#""StringEquals":{"aws:PrincipalAccount":["111111111111","222222222222"]}"#, Home, &[], Low),
        (
            everyone,
            r#""StringEquals":{"aws:PrincipalAccount":["111111111111","999999999999"]}"#,
            ExternalAccount,
            &[NoExternalId],
            High,
        ),
        (everyone, r#""ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111111111111:role/ci-*"}"#, SameAccount, &[], Info),
        (everyone, r#""ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/ci"}"#, Public, &[], Critical),
        (everyone, r#""StringLike":{"aws:PrincipalArn":"arn:aws:*:111111111111:role/ci"}"#, Public, &[], Critical),
        (everyone, r#""StringEquals":{"aws:PrincipalTag/team":"a"}"#, Public, &[], Critical),
        (everyone, r#""IpAddress":{"aws:SourceIp":"203.0.113.0/24"}"#, Limited, &[], Medium),
        (everyone, r#""IpAddress":{"aws:SourceIp":["0.0.0.0/1","128.0.0.0/1"]}"#, Public, &[], Critical),
        (everyone, r#""StringLike":{"aws:userid":"AROACKCEVSQ6C2EXAMPLE:*"}"#, Limited, &[], Medium),
        (everyone, r#""Bool":{"aws:MultiFactorAuthPresent":"true"}"#, Public, &[], Critical),
        (everyone, r#""DateLessThan":{"aws:CurrentTime":"2030-01-01T00:00:00Z"}"#, Public, &[], Critical),
    ] {
        check(&role(principal, condition), class, weaknesses, severity);
    }
}

fn web(provider: &str, condition: &str) -> String {
    role(&format!(r#"{{"Federated":"{provider}"}}"#), condition)
        .replace("sts:AssumeRole", "sts:AssumeRoleWithWebIdentity")
}

#[test]
fn trust_of_providers() {
    let github = "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com";
    // In lower case, so that it stands beside a `StringEquals` on the subject.
    let aud = r#""stringequals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"}"#;
    let sub = |operator: &str, value: &str| {
        format!(r#"{aud},"{operator}":{{"token.actions.githubusercontent.com:sub":{value}}}"#)
    };
    for (condition, weaknesses, severity) in [
        (aud.to_owned(), &[NoSubject][..], Critical),
        (String::new(), &[NoSubject, NoAudience], Critical),
        (sub("StringLike", r#""*""#), &[WildcardSubject], Critical),
        (sub("StringLike", r#""repo:*""#), &[WildcardSubject], Critical),
        (sub("StringLike", r#""repo:my-org*""#), &[WildcardSubject], Critical),
        (sub("StringLike", r#"["repo:my-org/app:*","*"]"#), &[WildcardSubject], Critical),
        (sub("ForAllValues:StringEquals", r#""repo:my-org/app:ref:refs/heads/main""#), &[WildcardSubject], Critical),
        (sub("StringNotLike", r#""repo:evil/*""#), &[NoSubject], Critical),
        (sub("StringLike", r#""repo:my-org/*""#), &[], Low),
        (sub("StringLike", r#""repo:my-org/app:*""#), &[], Low),
        (sub("StringEquals", r#""repo:my-org/app:ref:refs/heads/main""#), &[], Low),
        (
            r#""StringEquals":{"token.actions.githubusercontent.com:sub":"repo:my-org/app:environment:prod"}"#
                .to_owned(),
            &[NoAudience],
            Medium,
        ),
        (sub("StringEquals", r#""repo:a/b:pull_request""#).replace(":sub", ":SUB"), &[], Low),
        (
            sub("StringLike", r#""repo:*""#)
                + r#","StringEquals":{"token.actions.githubusercontent.com:repository_id":"1"}"#,
            &[],
            Low,
        ),
    ] {
        check(&web(github, &condition), Federated, weaknesses, severity);
    }
    let eks = "arn:aws:iam::111111111111:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D";
    let key = "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D";
    for (values, weaknesses, severity) in [
        (r#""system:serviceaccount:build:runner""#, &[][..], Low),
        (r#""system:serviceaccount:build:*""#, &[], Low),
        (r#""system:serviceaccount:*:runner""#, &[WildcardSubject], Medium),
        (r#""system:serviceaccount:*""#, &[WildcardSubject], Medium),
    ] {
        let condition = format!(r#""StringLike":{{"{key}:sub":{values},"{key}:aud":"sts.amazonaws.com"}}"#);
        check(&web(eks, &condition), Federated, weaknesses, severity);
    }
    check(
        &web(eks, &format!(r#""StringEquals":{{"{key}:aud":"sts.amazonaws.com"}}"#)),
        Federated,
        &[NoSubject],
        Medium,
    );

    let cognito = "cognito-identity.amazonaws.com";
    let pool = r#""StringEquals":{"cognito-identity.amazonaws.com:aud":"eu-west-1:pool"}"#;
    let amr =
        |value: &str| format!(r#"{pool},"ForAnyValue:StringLike":{{"cognito-identity.amazonaws.com:amr":"{value}"}}"#);
    check(&web(cognito, &amr("authenticated")), Federated, &[], Low);
    check(&web(cognito, &amr("unauthenticated")), Public, &[Unauthenticated], High);
    check(&web(cognito, pool), Public, &[Unauthenticated], High);
    check(
        &web(cognito, r#""ForAnyValue:StringLike":{"cognito-identity.amazonaws.com:amr":"authenticated"}"#),
        Federated,
        &[NoAudience],
        Critical,
    );
    check(&web("accounts.google.com", r#""StringEquals":{"accounts.google.com:aud":"66677"}"#), Federated, &[], Low);
    check(&web("accounts.google.com", ""), Federated, &[NoAudience], Critical);

    let terraform = "arn:aws:iam::111111111111:oidc-provider/app.terraform.io";
    check(
        &web(
            terraform,
            r#""StringEquals":{"app.terraform.io:aud":"aws.workload.identity"},"StringLike":{"app.terraform.io:sub":"organization:acme:project:*"}"#,
        ),
        Federated,
        &[],
        Low,
    );
    let pulumi = "arn:aws:iam::111111111111:oidc-provider/api.pulumi.com/oidc";
    check(&web(pulumi, r#""StringEquals":{"api.pulumi.com/oidc:aud":"aws:acme"}"#), Federated, &[], Low);
    check(&web(pulumi, ""), Federated, &[NoAudience], Critical);

    let saml = r#"{"Federated":"arn:aws:iam::111111111111:saml-provider/okta"}"#;
    let saml = |condition| role(saml, condition).replace("sts:AssumeRole", "sts:AssumeRoleWithSAML");
    check(&saml(r#""StringEquals":{"SAML:aud":"https://signin.aws.amazon.com/saml"}"#), Federated, &[], Low);
    check(&saml(""), Federated, &[NoAudience], Medium);
}

#[test]
fn services_and_resource_policies() {
    let put = |principal: &str, condition: &str| {
        role(principal, condition).replace("\"sts:AssumeRole\"", r#""s3:PutObject","Resource":"arn:aws:s3:::b/*""#)
    };
    let everyone = r#""*""#;
    let delivery = r#"{"Service":"delivery.logs.amazonaws.com"}"#;
    let external = r#"{"AWS":"999999999999"}"#;
    for (body, class, weaknesses, severity) in [
        (role(r#"{"Service":"ec2.amazonaws.com"}"#, ""), Service, &[][..], Info),
        (role(r#"{"Service":"scheduler.amazonaws.com"}"#, ""), Service, &[NoSource], Low),
        (
            role(r#"{"Service":"scheduler.amazonaws.com"}"#, r#""StringEquals":{"aws:SourceAccount":"111111111111"}"#),
            Service,
            &[],
            Info,
        ),
        (put(delivery, ""), Service, &[NoSource], Low),
        (put(delivery, r#""StringEquals":{"aws:SourceAccount":"111111111111"}"#), Service, &[], Info),
        (put(delivery, r#""StringEquals":{"aws:SourceAccount":"999999999999"}"#), Service, &[ExternalSource], Medium),
        (put(delivery, r#""ArnLike":{"aws:SourceArn":"arn:aws:logs:*:111111111111:*"}"#), Service, &[], Info),
        (put(delivery, r#""ArnLike":{"aws:SourceArn":"arn:aws:logs:*:*:*"}"#), Service, &[NoSource], Low),
        (put(delivery, r#""StringEquals":{"aws:SourceOrgID":"o-home"}"#), Service, &[], Info),
        (put(delivery, r#""StringEquals":{"s3:x-amz-acl":"bucket-owner-full-control"}"#), Service, &[NoSource], Low),
        (
            put(
                delivery,
                r#""StringLike":{"kms:EncryptionContext:aws:cloudtrail:arn":"arn:aws:cloudtrail:*:111111111111:trail/*"}"#,
            ),
            Service,
            &[],
            Info,
        ),
        (
            put(
                everyone,
                r#""StringLike":{"kms:EncryptionContext:aws:cloudtrail:arn":"arn:aws:cloudtrail:*:111111111111:trail/*"}"#,
            ),
            Public,
            &[],
            High,
        ),
        (put(everyone, ""), Public, &[], High),
        (put(everyone, r#""Bool":{"aws:SecureTransport":"true"}"#), Public, &[], High),
        (put(everyone, r#""StringEquals":{"aws:SourceVpce":"vpce-1a2b"}"#), Limited, &[], Medium),
        (put(everyone, r#""StringLike":{"aws:SourceVpce":"vpce-*"}"#), Public, &[], High),
        (put(everyone, r#""StringEquals":{"AWS:SourceOwner":"111111111111"}"#), SameAccount, &[], Info),
        (put(everyone, r#""ArnLike":{"aws:SourceArn":"arn:aws:s3:::my-bucket"}"#), Limited, &[], Medium),
        (put(everyone, r#""ArnLike":{"aws:SourceArn":"arn:aws:s3:::my-*"}"#), Public, &[], High),
        (
            put(
                everyone,
                r#""StringEquals":{"kms:CallerAccount":"111111111111","kms:ViaService":"s3.eu-west-1.amazonaws.com"}"#,
            ),
            SameAccount,
            &[],
            Info,
        ),
        (put(everyone, r#""StringEquals":{"kms:ViaService":"s3.eu-west-1.amazonaws.com"}"#), Limited, &[], Medium),
        (put(everyone, r#""StringEquals":{"lambda:FunctionUrlAuthType":"NONE"}"#), Public, &[], High),
        (put(everyone, r#""StringEquals":{"s3:DataAccessPointAccount":"222222222222"}"#), Home, &[], Low),
        (put(everyone, r#""StringEquals":{"aws:PrincipalOrgID":"o-home"}"#), Organization, &[], Low),
        (put(everyone, r#""IpAddress":{"aws:SourceIp":"not an address"}"#), Public, &[], High),
        (put(external, ""), ExternalAccount, &[], High),
        (put(r#"{"AWS":"arn:aws:iam::999999999999:role/x"}"#, ""), ExternalPrincipal, &[], Medium),
        (put(r#"{"CanonicalUser":"79a59df900b949e55d96a1e698fbaced"}"#, ""), Unknown, &[], Medium),
        (
            put(r#"{"AWS":"arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"}"#, ""),
            Limited,
            &[],
            Medium,
        ),
    ] {
        check(&body, class, weaknesses, severity);
    }
}

#[test]
fn denies_not_principal_and_sentences() {
    let document = Document::parse(
        r#"{"Statement":[
            {"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"},
            {"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-home"}}},
            {"Effect":"Allow","NotPrincipal":{"AWS":"111111111111"},"Action":"sqs:SendMessage","Resource":"*"},
            {"Effect":"Allow","Principal":{"AWS":["999999999999","arn:aws:iam::222222222222:role/a/b"]},"NotAction":"iam:*","Resource":"*"},
            {"Effect":"Allow","Principal":{"AWS":[]},"Action":"x:y","Resource":"*"}]}"#,
    )
    .unwrap();
    let zone = zone();
    let grants = document.grants(&zone);
    let sentences: Vec<String> = grants.iter().map(|grant| grant.sentence()).collect();
    assert_eq!(
        sentences,
        [
            "everyone (public) may call s3:GetObject on arn:aws:s3:::b/*, with a deny beside it",
            "everyone (public) may not call s3:* on *, if aws:principalorgid matches",
            "everyone (public) may call sqs:SendMessage on *, but for those left out by NotPrincipal",
            "account 999999999999 (external) may call everything but iam:* on *, with a deny beside it",
            "role b of account 222222222222 (own) may call everything but iam:* on *, with a deny beside it",
        ]
    );
    assert_eq!((grants[1].statement.effect, grants[1].severity()), (Effect::Deny, Info));
    assert_eq!(grants[1].condition_fingerprint(), "StringNotEquals aws:principalorgid [o-home]");
    assert_eq!((grants[2].principal.kind, grants[2].except.len()), (Kind::Everyone, 1));

    let nobody = Trust::default();
    let alone = Document::parse(r#"{"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"sts:*"}"#).unwrap();
    assert_eq!(alone.grants(&nobody)[0].class, ExternalAccount, "without a zone every account is external");
    let typo = serde_json::from_str::<Trust>(r#"{"home_acounts":[]}"#).unwrap_err().to_string();
    assert!(typo.contains("unknown field `home_acounts`"), "{typo}");
}
