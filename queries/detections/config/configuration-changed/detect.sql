-- title: "{principal} changed how AWS Config records: {event}"
-- kind: match
-- severity: low
-- topics: [159]
-- mitre: [T1562.008]
-- cis: ["4.9"]
-- why: The CIS benchmark asks for a record of every change of AWS Config.
-- do: Check that it has a ticket.
-- false_positives: Set-up of accounts.
-- references: [https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html]
SELECT coalesce(json_text(requestparameters, 'configurationRecorder.name'), json_text(requestparameters, 'deliveryChannel.name')) AS name,
       CASE WHEN caller = 'iac' THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'config.amazonaws.com'
  AND eventname IN ('PutDeliveryChannel', 'PutConfigurationRecorder')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
