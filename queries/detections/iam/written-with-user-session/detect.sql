-- title: "{principal} changed IAM with a session token of its user: {event}"
-- kind: match
-- severity: low
-- topics: [60]
-- mitre: [T1078.004, T1098]
-- why: A user's own session token (GetSessionToken) goes on working after its key is disabled. Outside the console, few
--   change IAM with one, and intruders do so to get past an MFA condition.
-- do: Ask the user. Find where the token came from (session-token-issued).
-- false_positives: MFA tools such as aws-vault, for administrators who are IAM users.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_users.html]
SELECT useridentity.accesskeyid AS session_key,
       coalesce(json_text(requestparameters, 'userName'), json_text(requestparameters, 'roleName'), json_text(requestparameters, 'policyArn')) AS target,
       CASE WHEN useridentity.sessioncontext.attributes.mfaauthenticated = 'true' THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND readonly IS NOT TRUE
  AND errorcode IS NULL
  AND useridentity.type = 'IAMUser'
  AND useridentity.accesskeyid LIKE 'ASIA%'
  AND useridentity.invokedby IS NULL
  AND sessioncredentialfromconsole IS NULL
  AND (useragent IS NULL OR (useragent NOT LIKE '%onsole%' AND useragent NOT LIKE 'Mozilla/%' AND useragent NOT LIKE '%.amazonaws.com'))
  AND eventname NOT LIKE 'Get%'
  AND eventname NOT LIKE 'List%'
  AND eventname NOT LIKE 'Generate%'
  AND eventname NOT LIKE 'Simulate%'
