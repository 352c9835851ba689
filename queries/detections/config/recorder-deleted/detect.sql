-- title: "{principal} deleted parts of AWS Config: {event}"
-- kind: match
-- severity: high
-- topics: [158]
-- mitre: [T1562.008]
-- why: Without a recorder nothing is recorded; without an aggregator or a time to keep, what was recorded is lost to those
--   who look at it.
-- do: Create it again; look at what else the caller did.
-- false_positives: Taking down an account; changes by your landing zone.
-- references: [https://docs.aws.amazon.com/config/latest/APIReference/API_DeleteConfigurationRecorder.html]
SELECT coalesce(json_text(requestparameters, 'configurationRecorderName'), json_text(requestparameters, 'configurationAggregatorName')) AS name,
       CASE WHEN eventname = 'DeleteConfigurationRecorder' AND caller <> 'iac' THEN 'high' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'config.amazonaws.com'
  AND eventname IN ('DeleteConfigurationRecorder', 'DeleteServiceLinkedConfigurationRecorder',
                    'DeleteConfigurationAggregator', 'DeleteAggregationAuthorization', 'DeleteRetentionConfiguration')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
