-- title: "{principal} reset the console password of {target}, who must choose another"
-- kind: match
-- severity: low
-- topics: []
-- mitre: [T1098.001]
-- why: A reset that the user must follow up is what help desks do. It still hands over the account to whoever knows the
--   temporary password first.
-- do: Nothing alone; if a sign-in from elsewhere follows (password-set-then-login), ask the user.
-- false_positives: Help desks.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_admin-change-user.html]
-- group_by: [account, principal, target]
SELECT json_text(requestparameters, 'userName') AS target
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname = 'UpdateLoginProfile'
  AND errorcode IS NULL
  AND json_text(requestparameters, 'passwordResetRequired') = 'true'
  AND (json_text(requestparameters, 'userName') IS DISTINCT FROM useridentity.username)
