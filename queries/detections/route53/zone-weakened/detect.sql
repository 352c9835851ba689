-- title: "{principal} deleted a zone or what protects it: {event} {zone}"
-- kind: match
-- severity: medium
-- topics: []
-- mitre: [T1489, T1562.008]
-- why: Without the zone the names stop; without signatures and logs others may answer for them unseen.
-- do: Put it back; compare the records.
-- false_positives: A zone that is moved.
-- references:
--   - https://docs.aws.amazon.com/Route53/latest/APIReference/API_DeleteHostedZone.html
--   - https://docs.aws.amazon.com/Route53/latest/APIReference/API_DisableHostedZoneDNSSEC.html
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'id'), json_text(requestparameters, 'hostedZoneId'), '') AS zone,
       CASE WHEN caller = 'iac' THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'route53.amazonaws.com'
  AND eventname IN ('DeleteHostedZone', 'DisableHostedZoneDNSSEC', 'DeactivateKeySigningKey', 'DeleteKeySigningKey',
                    'DeleteQueryLoggingConfig')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
