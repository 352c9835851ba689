-- title: "{principal} changed records of the zone {zone} by hand"
-- kind: match
-- severity: info
-- topics: [530, 531]
-- mitre: [T1584.002, T1565.002]
-- why: A record that points elsewhere leads visitors and mail elsewhere.
-- do: Compare the records with the code.
-- false_positives: Administration of names.
-- references: [https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html]
-- group_by: [account, principal, zone]
SELECT coalesce(json_text(requestparameters, 'hostedZoneId'), json_text(requestparameters, 'name'), 'of unknown name') AS zone,
       json_text(requestparameters, 'changeBatch.changes') AS changes,
       CASE WHEN regexp_like(json_text(requestparameters, 'changeBatch.changes'), '"type":"(NS|MX)"') THEN 'low' ELSE 'info' END AS severity
FROM cloudtrail
WHERE eventsource = 'route53.amazonaws.com'
  AND eventname IN ('ChangeResourceRecordSets', 'CreateHostedZone')
  AND errorcode IS NULL
  AND caller IN ('human', 'unknown')
