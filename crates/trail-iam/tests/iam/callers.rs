//! Principal keys and sorts of callers.

use trail_iam::{Caller, Identity, Request, caller, principal_key};

const ROLE: &str = "arn:aws:iam::111122223333:role/team/deploy";
const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/deploy/build-7";
const USER: &str = "arn:aws:iam::111122223333:user/ann";
const ROOT: &str = "arn:aws:iam::111122223333:root";

fn of(kind: &'static str) -> Identity<'static> {
    Identity { kind: Some(kind), account: Some("111122223333"), ..Identity::default() }
}

#[test]
fn keys_are_stable() {
    let role = Identity {
        arn: Some(SESSION),
        issuer_arn: Some(ROLE),
        principal_id: Some("AROACKCEVSQ6C2EXAMPLE:build-7"),
        ..of("AssumedRole")
    };
    let user = Identity { arn: Some(USER), ..of("IAMUser") };
    for (identity, expected) in [
        (role, ROLE),
        (Identity { issuer_arn: None, ..role }, "arn:aws:iam::111122223333:role/deploy"),
        (Identity { issuer_arn: Some(""), ..role }, "arn:aws:iam::111122223333:role/deploy"),
        (Identity { issuer_arn: Some(SESSION), ..role }, "arn:aws:iam::111122223333:role/deploy"),
        (Identity { issuer_arn: None, arn: None, ..role }, "AROACKCEVSQ6C2EXAMPLE"),
        (Identity { invoked_by: Some("cloudformation.amazonaws.com"), ..role }, ROLE),
        (user, USER),
        (Identity { user_name: Some("ann"), arn: None, ..user }, USER),
        (Identity { user_name: Some("HIDDEN_DUE_TO_SECURITY_REASONS"), arn: None, ..user }, "111122223333"),
        (Identity { arn: Some(ROOT), ..of("Root") }, ROOT),
        (of("Root"), ROOT),
        (
            Identity {
                arn: Some("arn:aws:sts::111122223333:federated-user/bob"),
                issuer_arn: Some(USER),
                ..of("FederatedUser")
            },
            USER,
        ),
        (Identity { invoked_by: Some("config.amazonaws.com"), ..of("AWSService") }, "config.amazonaws.com"),
        (Identity { principal_id: Some("AROACKCEVSQ6C2EXAMPLE:me"), ..of("AWSAccount") }, "AROACKCEVSQ6C2EXAMPLE"),
        (Identity { principal_id: Some("odd:me"), ..of("AWSAccount") }, "111122223333"),
        (Identity { on_behalf_of: Some("9067-user"), ..of("IdentityCenterUser") }, "9067-user"),
        (
            Identity {
                principal_id: Some("qualifier:ann@example.com"),
                user_name: Some("ann@example.com"),
                ..of("SAMLUser")
            },
            "qualifier:ann@example.com",
        ),
        (
            Identity { principal_id: Some("https://issuer:app:user"), ..of("WebIdentityUser") },
            "https://issuer:app:user",
        ),
        (Identity { invoked_by: Some("x.amazonaws.com"), ..Identity::default() }, "x.amazonaws.com"),
        (Identity { kind: Some("Unknown"), user_name: Some("bob"), ..Identity::default() }, "bob"),
        (Identity { arn: Some("ärn:ü"), ..of("Unknown") }, "ärn:ü"),
        (Identity::default(), ""),
    ] {
        assert_eq!(principal_key(&identity), expected, "{identity:?}");
    }
    assert!(matches!(principal_key(&role), std::borrow::Cow::Borrowed(_)), "the usual case allocates nothing");
}

fn check(identity: Identity<'_>, agent: &str, expected: Caller) {
    let request = Request { user_agent: Some(agent), ..Request::default() };
    assert_eq!(caller(&identity, &request), expected, "{identity:?} {agent}");
}

#[test]
fn sorts_of_callers() {
    let role = Identity { arn: Some(SESSION), issuer_arn: Some(ROLE), ..of("AssumedRole") };
    let with_session = |session| Identity { arn: Some(session), ..role };
    let user = Identity { arn: Some(USER), ..of("IAMUser") };
    let browser = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36";
    let cli = "aws-cli/2.15.0 Python/3.11.6 Darwin/23.1.0";
    let boto = "Boto3/1.34.0 Python/3.11 Botocore/1.34.0";
    let terraform = "APN/1.0 HashiCorp/1.0 Terraform/1.6.0 (+https://www.terraform.io)";
    let sso = "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123";
    let linked = "arn:aws:iam::111122223333:role/aws-service-role/support.amazonaws.com/AWSServiceRoleForSupport";
    for (identity, agent, expected) in [
        (Identity { invoked_by: Some("config.amazonaws.com"), ..of("AWSService") }, "", Caller::AwsService),
        (Identity { issuer_arn: Some(linked), ..role }, boto, Caller::AwsService),
        (Identity { invoked_by: Some("athena.amazonaws.com"), ..user }, "athena.amazonaws.com", Caller::AwsService),
        (Identity { invoked_by: Some("AWS Internal"), ..role }, "AWS Internal", Caller::AwsService),
        (Identity { invoked_by: Some("signin.amazonaws.com"), ..user }, "signin.amazonaws.com", Caller::Human),
        (Identity { invoked_by: Some("delivery"), ..Identity::default() }, "", Caller::AwsService),
        (
            Identity { invoked_by: Some("cloudformation.amazonaws.com"), ..role },
            "cloudformation.amazonaws.com",
            Caller::Iac,
        ),
        (user, terraform, Caller::Iac),
        (role, "pulumi-aws/6.0", Caller::Iac),
        (role, "aws-cdk-cli/2.100", Caller::Iac),
        (user, "ansible-httpget", Caller::Iac),
        (of("Root"), boto, Caller::Human),
        (of("IdentityCenterUser"), "", Caller::Human),
        (of("SAMLUser"), "", Caller::Human),
        (Identity { on_behalf_of: Some("u"), ..of("Unknown") }, "", Caller::Human),
        (user, browser, Caller::Human),
        (user, cli, Caller::Human),
        (user, "[aws-cli/1.16.0 Python/3.7]", Caller::Human),
        (user, "console.ec2.amazonaws.com", Caller::Human),
        (user, "[S3Console/0.4, aws-internal/3 aws-sdk-java/1.11]", Caller::Human),
        (user, boto, Caller::Unknown),
        (Identity { issuer_arn: Some(sso), ..role }, boto, Caller::Human),
        (
            Identity {
                issuer_arn: Some("arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/Odd"),
                ..role
            },
            cli,
            Caller::Human,
        ),
        (with_session("arn:aws:sts::111122223333:assumed-role/web/i-0123456789abcdef0"), cli, Caller::Workload),
        (with_session("arn:aws:sts::111122223333:assumed-role/web/i-0123456789abcdef0"), browser, Caller::Workload),
        (with_session("arn:aws:sts::111122223333:assumed-role/okta/ann@example.com"), cli, Caller::Human),
        (Identity { ec2_role_delivery: Some("2.0"), ..role }, boto, Caller::Workload),
        (Identity { in_scope_of: Some("AWS::Lambda::Function"), ..role }, boto, Caller::Workload),
        (
            Identity {
                federated_provider: Some(
                    "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/AB",
                ),
                ..role
            },
            cli,
            Caller::Workload,
        ),
        (
            Identity { federated_provider: Some("arn:aws:iam::111122223333:saml-provider/okta"), ..role },
            cli,
            Caller::Human,
        ),
        (role, "Boto3/1.34 exec-env/AWS_Lambda_python3.11", Caller::Workload),
        (role, boto, Caller::Workload),
        (role, cli, Caller::Unknown),
        (role, browser, Caller::Human),
        (of("WebIdentityUser"), "", Caller::Workload),
        (of("AWSAccount"), boto, Caller::Unknown),
        (Identity::default(), "", Caller::Unknown),
    ] {
        check(identity, agent, expected);
    }
}

#[test]
fn the_event_around_the_identity() {
    let user = Identity { arn: Some(USER), ..of("IAMUser") };
    let role = Identity { arn: Some(SESSION), issuer_arn: Some(ROLE), ..of("AssumedRole") };
    let console = Request { from_console: true, ..Request::default() };
    let sign_in = Request { event_type: Some("AwsConsoleSignin"), ..Request::default() };
    let call = Request { event_type: Some("AwsApiCall"), ..Request::default() };
    assert_eq!(caller(&role, &console), Caller::Human);
    assert_eq!(caller(&user, &sign_in), Caller::Human);
    assert_eq!(caller(&user, &call), Caller::Unknown);
    assert_eq!(Caller::AwsService.as_str(), "aws_service");
}
