-- title: "{principal} created the user {target} from the instance {instance}"
-- kind: match
-- severity: high
-- topics: [31]
-- mitre: [T1136.003, T1078.004]
-- why: Instances run programs; programs do not make users. Somebody uses the instance's role to stay in the account.
-- do: Disable the user, isolate the instance, revoke the sessions of its role.
-- false_positives: Old deployment servers on EC2. Name them in an exception.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_users.html]
SELECT json_text(requestparameters, 'userName') AS target,
       coalesce(arn_part(useridentity.arn, 'session'), split_part(useridentity.principalid, ':', 2)) AS instance,
       CASE WHEN caller = 'iac' THEN 'low' ELSE 'high' END AS severity
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname IN ('CreateUser', 'CreateAccessKey', 'CreateLoginProfile')
  AND errorcode IS NULL
  AND useridentity.type = 'AssumedRole'
  AND (regexp_like(useridentity.arn, '(?i)/i-([0-9a-f]{8}|[0-9a-f]{17})$')
       OR regexp_like(useridentity.principalid, '(?i):i-([0-9a-f]{8}|[0-9a-f]{17})$')
       OR useridentity.sessioncontext.ec2roledelivery IS NOT NULL)
  AND caller <> 'aws_service'
