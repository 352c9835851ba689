-- title: "{principal} made version {version} of {policy} the one that counts"
-- kind: match
-- severity: medium
-- topics: [76]
-- mitre: [T1098.003, T1548.005]
-- why: Old versions of a policy may grant more than the present one. Switching back to one of them is a change of rights
--   that shows no document.
-- do: Read that version in IAM and compare it with the one before.
-- false_positives: Taking back a change; by code it is low.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-versioning.html]
-- group_by: [account, principal, policy]
SELECT coalesce(json_text(requestparameters, 'policyArn'), 'of unknown name') AS policy,
       coalesce(json_text(requestparameters, 'versionId'), 'of unknown number') AS version,
       CASE WHEN caller = 'iac' THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname = 'SetDefaultPolicyVersion'
  AND errorcode IS NULL
  AND caller <> 'aws_service'
