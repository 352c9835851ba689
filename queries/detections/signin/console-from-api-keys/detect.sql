-- title: "{principal} turned API credentials into a console session"
-- kind: match
-- severity: medium
-- topics: [20]
-- mitre: [T1550.001, T1021.007]
-- why: GetSigninToken makes a console session of temporary credentials. Attackers use it to go on by mouse, from a
--   stolen key.
-- do: Ask the owner whether they use a sign-in helper.
-- false_positives: Sign-in brokers and tools such as aws-vault or granted.
-- references: [https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html]
SELECT useridentity.accesskeyid AS access_key,
       CASE WHEN regexp_like(useridentity.arn, '/i-[0-9a-f]{8,17}$') THEN 'high'
            WHEN useridentity.arn LIKE '%:assumed-role/AWSReservedSSO_%' THEN 'info' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'signin.amazonaws.com'
  AND eventname = 'GetSigninToken'
  AND (useragent IS NULL OR useragent NOT LIKE '%Jersey/%')
  AND (coalesce(useridentity.arn, '') NOT LIKE '%:assumed-role/AWSReservedSSO_%' OR coalesce(useragent, '') NOT LIKE 'Go-http-client/%')
