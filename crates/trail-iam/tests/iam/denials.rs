//! Which errors are denials, and what their messages say.

use trail_iam::denial::{Denial, PolicyType, denied, parse};

#[test]
fn codes_and_messages_of_denials() {
    for (code, message, expected) in [
        (Some("AccessDenied"), None, true),
        (Some("AccessDeniedException"), None, true),
        (Some("Client.UnauthorizedOperation"), None, true),
        (Some("Client.UnauthorizedAccess"), None, true),
        (Some("UnauthorizedException"), None, true),
        (Some("KMS.AccessDeniedException"), None, true),
        (Some("VpceAccessDenied"), None, true),
        (Some("accessdenied"), None, true),
        (Some("AuthFailure"), None, true),
        (Some("AuthorizationError"), None, true),
        (Some("Forbidden"), None, true),
        (Some("ForbiddenException"), None, true),
        (Some("NotAuthorized"), None, true),
        (Some("NotAuthorizedException"), None, true),
        (Some("InvalidClientTokenId"), Some("User: x is not authorized to perform: iam:GetUser"), true),
        (None, Some("User: x is not authorized to perform: iam:GetUser"), true),
        (Some("Client.DryRunOperation"), Some("Request would have succeeded, but DryRun flag is set."), false),
        (Some("NoSuchEntityException"), Some("The role cannot be found."), false),
        (Some("InvalidAccessException"), None, false),
        (Some("OptInRequired"), Some("You are not subscribed to this service."), false),
        (Some("ThrottlingException"), Some("Rate exceeded"), false),
        (Some("ForbiddenFruit"), None, false),
        (Some(""), Some(""), false),
        (None, Some("Failed authentication"), false),
        (None, None, false),
    ] {
        assert_eq!(denied(code, message), expected, "{code:?} {message:?}");
    }
}

fn check(message: &str, expected: Option<Denial<'_>>) {
    assert_eq!(parse(message), expected, "{message}");
}

#[test]
fn what_messages_say() {
    let user = "arn:aws:iam::111122223333:user/ann";
    let plain = Denial {
        user: Some(user),
        action: "logs:DescribeLogGroups",
        resource: Some("arn:aws:logs:us-west-1:111122223333:log-group::log-stream:"),
        policy_type: None,
        explicit: false,
        policy_arn: None,
    };
    check(
        "User: arn:aws:iam::111122223333:user/ann is not authorized to perform: logs:DescribeLogGroups on resource: \
         arn:aws:logs:us-west-1:111122223333:log-group::log-stream:",
        Some(plain),
    );
    check(
        "User: arn:aws:iam::111122223333:user/ann is not authorized to perform: lambda:ListFunctions on resource: * \
         because no identity-based policy allows the lambda:ListFunctions action",
        Some(Denial {
            action: "lambda:ListFunctions",
            resource: Some("*"),
            policy_type: Some(PolicyType::IdentityBased),
            ..plain
        }),
    );
    let scp = "arn:aws:organizations::111122223333:policy/o-abc/service_control_policy/p-123";
    check(
        &format!(
            "User: {user} is not authorized to perform: ec2:RunInstances on resource: arn:aws:ec2:eu-west-1:111122223333:instance/* \
             with an explicit deny in a service control policy: {scp}"
        ),
        Some(Denial {
            action: "ec2:RunInstances",
            resource: Some("arn:aws:ec2:eu-west-1:111122223333:instance/*"),
            policy_type: Some(PolicyType::ServiceControl),
            explicit: true,
            policy_arn: Some(scp),
            ..plain
        }),
    );
    check(
        "You are not authorized to perform this operation. User: arn:aws:iam::111122223333:user/ann is not authorized to \
         perform: ec2:DescribeInstanceAttribute on resource: arn:aws:ec2:eu-west-1:111122223333:instance/* because no \
         permissions boundary allows the ec2:DescribeInstanceAttribute action. Encoded authorization failure message: ykss",
        Some(Denial {
            action: "ec2:DescribeInstanceAttribute",
            resource: Some("arn:aws:ec2:eu-west-1:111122223333:instance/*"),
            policy_type: Some(PolicyType::PermissionsBoundary),
            ..plain
        }),
    );
    check(
        "User: arn:aws:iam::111122223333:user/ann is not authorized to perform: s3:GetObject on resource: \
         \"arn:aws:s3:::b/k\" because no resource-based policy allows the s3:GetObject action",
        Some(Denial {
            action: "s3:GetObject",
            resource: Some("arn:aws:s3:::b/k"),
            policy_type: Some(PolicyType::ResourceBased),
            ..plain
        }),
    );
    check(
        "User: arn:aws:iam::111122223333:user/ann is not authorized to perform: iam:PassRole",
        Some(Denial { action: "iam:PassRole", resource: None, ..plain }),
    );
    for message in [
        "Access Denied",
        "You are not authorized to perform this operation.",
        "",
        "is not authorized to perform: ",
        "is not authorized to perform: :::",
    ] {
        check(message, None);
    }
    for (words, kind) in [
        ("an explicit deny in the resource control policy", PolicyType::ResourceControl),
        ("an explicit deny in a session policy", PolicyType::Session),
        ("an explicit deny in a VPC endpoint policy", PolicyType::VpcEndpoint),
        ("an explicit deny in the role trust policy", PolicyType::RoleTrust),
    ] {
        let message = format!("User: x is not authorized to perform: sts:AssumeRole on resource: r with {words}");
        let denial = parse(&message).unwrap();
        assert_eq!((denial.policy_type, denial.explicit, denial.resource), (Some(kind), true, Some("r")), "{words}");
    }
}
