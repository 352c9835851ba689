-- title: "{principal} changed IAM policies: {event}"
-- kind: match
-- severity: low
-- topics: [74, 67, 68, 69, 71, 72, 73, 76, 77, 78, 79]
-- mitre: [T1098]
-- cis: ["4.4"]
-- why: Policies decide who may do what; an auditor wants every change on record.
-- do: Check that the change has a ticket. The grave ones have detections of their own.
-- false_positives: Everyday administration and deployments.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html]
SELECT coalesce(json_text(requestparameters, 'policyName'), json_text(requestparameters, 'policyArn')) AS policy,
       coalesce(json_text(requestparameters, 'userName'), json_text(requestparameters, 'roleName'),
                json_text(requestparameters, 'groupName')) AS target
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname IN ('DeleteGroupPolicy', 'DeleteRolePolicy', 'DeleteUserPolicy', 'PutGroupPolicy', 'PutRolePolicy', 'PutUserPolicy',
                    'CreatePolicy', 'DeletePolicy', 'CreatePolicyVersion', 'DeletePolicyVersion', 'SetDefaultPolicyVersion',
                    'AttachRolePolicy', 'DetachRolePolicy', 'AttachUserPolicy', 'DetachUserPolicy', 'AttachGroupPolicy',
                    'DetachGroupPolicy')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
