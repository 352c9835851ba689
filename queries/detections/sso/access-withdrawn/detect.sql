-- title: "{principal} withdrew or rolled out access of Identity Center: {event}"
-- kind: match
-- severity: low
-- topics: []
-- mitre: [T1531, T1098]
-- why: Who takes assignments away locks people out; a permission set that is rolled out changes what everybody with it may
--   do, in all its accounts.
-- do: Check that it was asked for.
-- false_positives: Offboarding and changes of permission sets, mostly by code.
-- references: [https://docs.aws.amazon.com/singlesignon/latest/userguide/understanding-sign-in-events.html]
SELECT coalesce(json_text(requestparameters, 'permissionSetArn'), json_text(requestparameters, 'instanceArn')) AS permission_set,
       json_text(requestparameters, 'targetId') AS target,
       CASE WHEN caller = 'iac' OR eventname = 'ProvisionPermissionSet' THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'sso.amazonaws.com'
  AND eventname IN ('DeleteAccountAssignment', 'ProvisionPermissionSet', 'DeletePermissionSet', 'DetachManagedPolicyFromPermissionSet',
                    'DeleteInlinePolicyFromPermissionSet')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
