-- title: "{principal} changed its own password"
-- kind: match
-- severity: info
-- topics: [46]
-- mitre: [T1098]
-- why: A user who changes a password is everyday life; after a strange sign-in it is somebody who makes themselves at
--   home.
-- do: Nothing alone. With a sign-in from a new place, ask the user by another way.
-- false_positives: People change their passwords.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords.html]
SELECT useridentity.username AS target
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname = 'ChangePassword'
  AND errorcode IS NULL
  AND useridentity.type = 'IAMUser'
