-- title: "{principal} deleted the user {target}"
-- kind: match
-- severity: low
-- topics: [32]
-- mitre: [T1531, T1070]
-- why: A deleted user is somebody locked out, or a back door that is taken away after use. What the user did stays in
--   the logs under its id.
-- do: Check that it was asked for. If the user was made the same day, look at what it did.
-- false_positives: Offboarding.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_users.html]
SELECT coalesce(json_text(requestparameters, 'userName'), 'of unknown name') AS target,
       CASE WHEN caller = 'iac' THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname = 'DeleteUser'
  AND errorcode IS NULL
  AND caller <> 'aws_service'
