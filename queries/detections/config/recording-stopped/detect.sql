-- title: "{principal} stopped AWS Config: {event}"
-- kind: match
-- severity: high
-- topics: [158, 160, 161]
-- mitre: [T1562.008]
-- cis: ["4.9"]
-- why: AWS Config no longer records how resources change, or its checks are gone.
-- do: Turn it on again; look at what else the caller did.
-- false_positives: Taking down an account; changes by your landing zone.
SELECT coalesce(json_text(requestparameters, 'configRuleName'), json_text(requestparameters, 'configurationRecorderName')) AS name,
       CASE WHEN eventname IN ('StopConfigurationRecorder', 'DeleteConfigurationRecorder', 'DeleteDeliveryChannel') THEN 'high' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'config.amazonaws.com'
  AND eventname IN ('StopConfigurationRecorder', 'DeleteConfigurationRecorder', 'DeleteDeliveryChannel',
                    'DeleteConfigRule', 'DeleteOrganizationConfigRule', 'DeleteConformancePack',
                    'DeleteConfigurationAggregator', 'DeleteRetentionConfiguration')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
