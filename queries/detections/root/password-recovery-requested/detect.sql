-- title: "A password recovery for root of account {account} was requested"
-- kind: match
-- severity: high
-- topics: [9]
-- mitre: [T1078.004]
-- why: Whoever reads the root mailbox can now set a new root password.
-- do: Ask the owner of the root address; check who can read that mailbox.
-- false_positives: The owner forgot the password.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user.html]
SELECT json_text(responseelements, 'PasswordRecoveryRequested') AS outcome
FROM cloudtrail
WHERE eventsource = 'signin.amazonaws.com'
  AND eventname = 'PasswordRecoveryRequested'
  AND coalesce(json_text(responseelements, 'PasswordRecoveryRequested'), 'Success') = 'Success'
