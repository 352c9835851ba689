-- title: "{principal} read {secrets} secrets in minutes"
-- kind: window
-- severity: high
-- topics: [193]
-- mitre: [T1555.006]
-- why: One program needs its own few secrets. Reading many in a row is theft or a backup; make sure which.
-- do: Ask the owner. If not known, change the secrets, the most valuable first.
-- false_positives: Secret scanners and migrations.
-- references:
--   - https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
--   - https://stratus-red-team.cloud/attack-techniques/AWS/aws.credential-access.secretsmanager-retrieve-secrets/
-- window: 10m
-- every: 5m
-- threshold: {secrets: 10}
SELECT principal,
       recipientaccountid AS account,
       min(awsregion) AS region,
       min(eventtime) AS first,
       max(eventtime) AS last,
       count(*) AS count,
       count(DISTINCT json_text(requestparameters, 'secretId')) AS secrets,
       array_agg(DISTINCT sourceipaddress) AS addresses,
       array_agg(eventid) AS event_ids
FROM cloudtrail
WHERE eventsource = 'secretsmanager.amazonaws.com'
  AND eventname = 'GetSecretValue'
  AND errorcode IS NULL
  AND caller <> 'aws_service'
GROUP BY principal, recipientaccountid, _window
HAVING count(DISTINCT json_text(requestparameters, 'secretId')) >= $secrets
