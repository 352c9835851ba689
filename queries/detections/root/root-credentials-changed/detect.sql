-- title: "Root of account {account}: {change}"
-- kind: match
-- severity: critical
-- topics: [5, 6]
-- mitre: [T1098]
-- why: Whoever holds the password or the address of root holds the account. A takeover begins or ends with this.
-- do: Ask the owner at once, by another road than the address on record. If it was not them, call AWS Support.
-- false_positives: A planned hand-over of the account.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user.html]
SELECT CASE eventname WHEN 'EmailUpdated' THEN 'the e-mail address was changed'
                      WHEN 'PasswordRecoveryCompleted' THEN 'the password was reset by e-mail'
                      ELSE 'the password was changed' END AS change
FROM cloudtrail
WHERE eventname IN ('PasswordUpdated', 'EmailUpdated', 'PasswordRecoveryCompleted', 'ChangePassword')
  AND eventsource IN ('signin.amazonaws.com', 'iam.amazonaws.com')
  AND useridentity.type = 'Root'
  AND errorcode IS NULL
  AND coalesce(json_text(responseelements, eventname), 'Success') = 'Success'
