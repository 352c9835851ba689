-- title: "{principal} read the password policy of account {account}"
-- kind: match
-- severity: info
-- topics: [54]
-- mitre: [T1201]
-- why: Who wants to guess passwords first reads how long they are and after how many tries the door shuts.
-- do: Nothing alone.
-- false_positives: The IAM console and every posture scanner read it.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords.html]
SELECT errorcode AS outcome
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname IN ('GetAccountPasswordPolicy', 'PutAccountPasswordPolicy')
  AND (eventtype IS DISTINCT FROM 'AwsServiceEvent')
  AND caller <> 'aws_service'
