-- title: "{principal}, itself a role session, got further credentials: {event}"
-- kind: match
-- severity: info
-- topics: [101]
-- mitre: [T1550.001, T1548]
-- why: One role that takes another is how accounts are crossed, by pipelines and by intruders. The record of it shows the
--   chain.
-- do: Nothing alone; role-chained-first-time says which are new.
-- false_positives: Hub accounts and pipelines that work by chains.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp.html]
SELECT coalesce(json_text(requestparameters, 'roleArn'), json_text(requestparameters, 'name')) AS target,
       json_text(responseelements, 'credentials.accessKeyId') AS session_key
FROM cloudtrail
WHERE eventsource = 'sts.amazonaws.com'
  AND eventname IN ('AssumeRole', 'GetFederationToken', 'GetSessionToken')
  AND errorcode IS NULL
  AND useridentity.type = 'AssumedRole'
  AND useridentity.sessioncontext.sessionissuer.type = 'Role'
  AND caller <> 'aws_service'
