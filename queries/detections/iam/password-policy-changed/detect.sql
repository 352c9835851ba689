-- title: "{principal} changed the password policy of account {account}: {event}"
-- kind: match
-- severity: medium
-- topics: [53, 54]
-- mitre: [T1556]
-- why: A weaker password policy makes guessing easier.
-- do: Compare it with what your standard asks for.
-- false_positives: Baseline set-up of a new account.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords.html]
SELECT json_text(requestparameters, 'minimumPasswordLength') AS minimum_length
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname IN ('DeleteAccountPasswordPolicy', 'UpdateAccountPasswordPolicy')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
