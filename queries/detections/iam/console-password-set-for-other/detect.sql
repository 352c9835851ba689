-- title: "{principal} {act} the console password of {target}"
-- kind: match
-- severity: high
-- topics: [43, 44]
-- mitre: [T1098.001, T1078.004]
-- why: Who sets another user's password can sign in as that user.
-- do: Ask the user. If nobody asked for it, remove the password and look at sign-ins of that user.
-- false_positives: Help desks that reset passwords; they should use a role of their own, and let the user choose a new
--   one at once (console-password-reset).
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html]
-- group_by: [account, principal, target]
SELECT json_text(requestparameters, 'userName') AS target,
       CASE eventname WHEN 'CreateLoginProfile' THEN 'created' ELSE 'changed' END AS act,
       CASE WHEN eventname = 'CreateLoginProfile' THEN 'medium' ELSE 'high' END AS severity
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname IN ('CreateLoginProfile', 'UpdateLoginProfile')
  AND errorcode IS NULL
  AND json_text(requestparameters, 'userName') IS NOT NULL
  AND (json_text(requestparameters, 'userName') IS DISTINCT FROM useridentity.username)
  AND (json_text(requestparameters, 'userName') IS DISTINCT FROM arn_part(useridentity.arn, 'session'))
  AND NOT (eventname = 'UpdateLoginProfile' AND json_text(requestparameters, 'passwordResetRequired') IS NOT DISTINCT FROM 'true')
