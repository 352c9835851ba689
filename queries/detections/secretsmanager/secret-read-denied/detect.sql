-- title: "{principal} was refused the secret {secret}"
-- kind: match
-- severity: low
-- topics: [192]
-- mitre: [T1555.006, T1552]
-- why: A machine reads the secrets it is meant to read. One that asks for others has somebody on it who is trying doors.
-- do: See what else the same credentials asked for; if it is an instance or a function, look at who got into it.
-- false_positives: A role that lacks a right after a deployment.
-- references: [https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html]
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'secretId'), json_text(requestparameters, 'secretIdList'), 'unknown') AS secret,
       errorcode AS error,
       CASE WHEN useridentity.sessioncontext.ec2roledelivery IS NOT NULL
              OR regexp_like(useridentity.arn, '/i-[0-9a-f]{8,17}$') THEN 'medium' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'secretsmanager.amazonaws.com'
  AND eventname IN ('GetSecretValue', 'BatchGetSecretValue')
  AND denied
  AND caller <> 'aws_service'
