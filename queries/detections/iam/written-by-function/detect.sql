-- title: "The function behind {principal} changed identities: {event}"
-- kind: match
-- severity: medium
-- topics: [91]
-- mitre: [T1078.004, T1098, T1136.003]
-- why: Credentials of a Lambda function are found in its environment and used elsewhere, or the function itself is the
--   back door. Few functions have a reason to work on IAM.
-- do: Look at who changed the function's code last, and at the address of the call.
-- false_positives: Custom resources of CloudFormation, account vending and clean-up functions. Name them in an exception.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html]
SELECT coalesce(json_text(requestparameters, 'userName'), json_text(requestparameters, 'roleName'), json_text(requestparameters, 'policyArn')) AS target,
       useridentity.inscopeof.sourcearn AS function
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname IN ('CreateUser', 'CreateAccessKey', 'CreateLoginProfile', 'UpdateLoginProfile', 'AttachUserPolicy', 'AttachRolePolicy',
                    'AttachGroupPolicy', 'PutUserPolicy', 'PutRolePolicy', 'PutGroupPolicy', 'AddUserToGroup', 'CreateRole',
                    'UpdateAssumeRolePolicy', 'CreatePolicyVersion', 'SetDefaultPolicyVersion', 'DeleteRolePermissionsBoundary',
                    'DeleteUserPermissionsBoundary', 'CreateSAMLProvider', 'CreateOpenIDConnectProvider')
  AND errorcode IS NULL
  AND useridentity.type = 'AssumedRole'
  AND caller <> 'aws_service'
  AND (useridentity.inscopeof.issuertype = 'AWS::Lambda::Function' OR useragent LIKE '%exec-env/AWS_Lambda%')
