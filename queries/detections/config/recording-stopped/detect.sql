-- title: "{principal} stopped AWS Config: {event}"
-- kind: match
-- severity: high
-- topics: [158, 161]
-- mitre: [T1562.008]
-- cis: ["4.9"]
-- why: AWS Config no longer records how resources change, or delivers it nowhere.
-- do: Turn it on again; look at what else the caller did.
-- false_positives: Taking down an account; changes by your landing zone.
-- references: [https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html]
SELECT coalesce(json_text(requestparameters, 'configurationRecorderName'), json_text(requestparameters, 'deliveryChannelName')) AS name,
       CASE WHEN caller = 'iac' THEN 'medium' ELSE 'high' END AS severity
FROM cloudtrail
WHERE eventsource = 'config.amazonaws.com'
  AND eventname IN ('StopConfigurationRecorder', 'DeleteDeliveryChannel')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
