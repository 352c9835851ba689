-- title: "{principal} issued a federation token named {name}"
-- kind: match
-- severity: medium
-- topics: [107, 108]
-- mitre: [T1550.001, T1098.001]
-- why: A federation token lives up to 36 hours and goes on working when the key that made it is disabled or deleted.
-- do: Ask the owner. To stop the token, attach a deny to the user; disabling the key does not.
-- false_positives: Custom sign-in brokers; they should use AssumeRole.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp.html]
SELECT json_text(requestparameters, 'name') AS name,
       json_text(responseelements, 'credentials.accessKeyId') AS session_key,
       json_text(requestparameters, 'policy') AS policy,
       json_text(requestparameters, 'policyArns') AS policy_arns,
       CASE WHEN json_text(requestparameters, 'policyArns') LIKE '%AdministratorAccess%'
              OR regexp_like(json_text(requestparameters, 'policy'), '"Action"\s*:\s*\[?\s*"(\*|iam:\*)"') THEN 'high' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'sts.amazonaws.com'
  AND eventname = 'GetFederationToken'
  AND errorcode IS NULL
  AND caller <> 'aws_service'
