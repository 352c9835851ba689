-- title: "{principal} deleted CloudWatch alarms"
-- kind: match
-- severity: low
-- topics: [165]
-- mitre: [T1562]
-- why: An alarm that is gone rings for nobody.
-- do: Check that none of them watched security.
-- false_positives: Deployments replace their alarms.
-- references: [https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteAlarms.html]
SELECT json_text(requestparameters, 'alarmNames') AS alarms
FROM cloudtrail
WHERE eventsource = 'monitoring.amazonaws.com'
  AND eventname IN ('DeleteAlarms', 'DisableAlarmActions')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
