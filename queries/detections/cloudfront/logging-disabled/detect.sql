-- title: "{principal} left the distribution {distribution} without logs"
-- kind: match
-- severity: low
-- topics: [227]
-- mitre: [T1562.008]
-- why: Without access logs nobody sees who asked for what.
-- do: Turn logging on, unless logs are taken in real time or by the standard logs of the new kind.
-- false_positives: Distributions that never had logs; any update of them looks alike.
-- references: [https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_UpdateDistribution.html]
-- group_by: [account, principal, distribution]
SELECT coalesce(json_text(requestparameters, 'id'), 'of unknown name') AS distribution,
       CASE WHEN caller = 'iac' THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'cloudfront.amazonaws.com'
  AND eventname IN ('UpdateDistribution', 'UpdateDistribution2020_05_31', 'DeleteRealtimeLogConfig', 'DeleteMonitoringSubscription')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (eventname LIKE 'Delete%' OR lower(json_text(requestparameters, 'distributionConfig.logging.enabled')) = 'false')
