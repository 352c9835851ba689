-- title: "{principal} looked whether {target} has a console password"
-- kind: match
-- severity: info
-- topics: [63]
-- mitre: [T1087.004]
-- why: "The answer says which users can be signed in as: it comes before a password is set or changed."
-- do: Nothing alone; with a password change by the same principal it is the first step.
-- false_positives: The IAM console asks for every user page; inventories ask for all users.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords.html]
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'userName'), 'itself') AS target
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname = 'GetLoginProfile'
  AND caller <> 'aws_service'
  AND caller <> 'iac'
