-- title: "{principal} read the secret {secret}"
-- kind: match
-- severity: info
-- topics: [191]
-- mitre: [T1555.006]
-- why: Context. Secrets are there for programs; a person or a bare access key that reads one is worth knowing when
--   something else is found.
-- do: Nothing by itself; look at it beside other findings of the same principal.
-- false_positives: Administrators, and programs that run with the key of an IAM user.
-- references: [https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html]
SELECT json_text(requestparameters, 'secretId') AS secret,
       json_text(requestparameters, 'versionStage') AS version
FROM cloudtrail
WHERE eventsource = 'secretsmanager.amazonaws.com'
  AND eventname = 'GetSecretValue'
  AND errorcode IS NULL
  AND caller IN ('human', 'unknown')
