-- title: "{principal} took the console password of {target} away"
-- kind: match
-- severity: info
-- topics: [45]
-- mitre: [T1531, T1098]
-- why: Without a password the user cannot sign in. That is tidying up, the end of a joiner's day, or an intruder who
--   locks administrators out or hides a password they made.
-- do: If many users lose their passwords at once, act; else check that it was wanted.
-- false_positives: Offboarding.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_admin-change-user.html]
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'userName'), useridentity.username, 'root') AS target
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname = 'DeleteLoginProfile'
  AND errorcode IS NULL
  AND caller <> 'aws_service'
