-- title: "{principal} worked on IAM with S3 Browser: {event}"
-- kind: match
-- severity: high
-- topics: [47, 48]
-- mitre: [T1059.009, T1078.004, T1136.003]
-- why: S3 Browser is a file manager for Windows. An extortion group makes users, keys and passwords with it; hardly
--   anybody else does.
-- do: Find out who sits behind the key. Disable it, and what was made with it.
-- false_positives: An administrator who really uses S3 Browser's user dialog.
-- references: [https://docs.datadoghq.com/security/default_rules/cloudtrail-aws-iam-activity-s3-browser/]
-- group_by: [account, principal]
SELECT json_text(requestparameters, 'userName') AS target
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname IN ('CreateUser', 'CreateAccessKey', 'CreateLoginProfile', 'GetLoginProfile', 'UpdateLoginProfile', 'PutUserPolicy',
                    'AttachUserPolicy')
  AND (lower(useragent) LIKE '%s3 browser%' OR lower(useragent) LIKE '%s3browser%')
