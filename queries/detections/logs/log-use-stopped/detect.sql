-- title: "{principal} stopped what reads the log group {log_group}: {event}"
-- kind: match
-- severity: medium
-- topics: []
-- mitre: [T1562.008]
-- why: Filters turn a log into alarms, subscriptions take it to who watches. The log goes on and looks healthy, and nobody
--   reads it.
-- do: Put it back; read the log of that time by hand.
-- false_positives: A change of the log pipeline.
-- references:
--   - https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteMetricFilter.html
--   - https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteSubscriptionFilter.html
-- group_by: [account, principal, log_group]
SELECT coalesce(json_text(requestparameters, 'logGroupName'), json_text(requestparameters, 'logGroupIdentifier'), json_text(requestparameters, 'destinationName'), json_text(requestparameters, 'deliverySourceName'), 'of unknown name') AS log_group,
       coalesce(json_text(requestparameters, 'filterName'), json_text(requestparameters, 'id')) AS filter,
       CASE WHEN caller = 'iac' THEN 'low' WHEN eventname IN ('DisassociateKmsKey', 'DeleteDelivery') THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'logs.amazonaws.com'
  AND eventname IN ('DeleteMetricFilter', 'DeleteSubscriptionFilter', 'DeleteAccountPolicy', 'DeleteDestination',
                    'DeleteDelivery', 'DeleteDeliverySource', 'DeleteDataProtectionPolicy', 'DisassociateKmsKey')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
