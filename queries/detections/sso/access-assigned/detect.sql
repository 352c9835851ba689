-- title: "{principal} gave a {kind} of Identity Center access to account {target}"
-- kind: match
-- severity: medium
-- topics: [123]
-- mitre: [T1098]
-- why: An assignment is access to an account with a permission set; to the management account it is access to all of
--   them.
-- do: Check who asked for it.
-- false_positives: Onboarding.
-- references: [https://docs.aws.amazon.com/singlesignon/latest/userguide/understanding-sign-in-events.html]
-- group_by: [account, principal, target]
SELECT coalesce(json_text(requestparameters, 'targetId'), 'of unknown number') AS target,
       lower(coalesce(json_text(requestparameters, 'principalType'), 'principal')) AS kind,
       json_text(requestparameters, 'permissionSetArn') AS permission_set
FROM cloudtrail
WHERE eventsource = 'sso.amazonaws.com'
  AND eventname IN ('CreateAccountAssignment')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
