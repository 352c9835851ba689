-- title: "A console password for root of account {account} was created"
-- kind: match
-- severity: critical
-- topics: [7]
-- mitre: [T1098.001]
-- why: A call with root credentials that names no user sets a password for root itself.
-- do: Find whose session it was (root-session-actions says so for central root access) and undo it.
-- false_positives: Central root access with the task that creates a root password, on purpose.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-enable-root-access.html]
SELECT useridentity.accesskeyid AS session_key
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname = 'CreateLoginProfile'
  AND useridentity.type = 'Root'
  AND errorcode IS NULL
  AND json_text(requestparameters, 'userName') IS NULL
