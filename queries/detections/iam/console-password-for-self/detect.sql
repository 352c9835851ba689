-- title: "{principal} gave itself a console password"
-- kind: match
-- severity: high
-- topics: [43]
-- mitre: [T1098.001]
-- why: A user made for programs that gives itself a password opens the console to whoever holds its key.
-- do: Ask the owner. If unknown, remove the password and disable the key.
-- false_positives: A person who had only keys before and needs the console.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html]
SELECT useridentity.username AS target
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname = 'CreateLoginProfile'
  AND errorcode IS NULL
  AND useridentity.type = 'IAMUser'
  AND coalesce(json_text(requestparameters, 'userName'), useridentity.username) = useridentity.username
