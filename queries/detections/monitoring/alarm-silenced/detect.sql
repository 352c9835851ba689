-- title: "{principal} silenced the alarm {alarm}"
-- kind: match
-- severity: low
-- topics: []
-- mitre: [T1562.006]
-- why: An alarm that is set to fine by hand, or has no actions, tells nobody.
-- do: Look what it would have told.
-- false_positives: Tests of alarms.
-- references: [https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html]
-- group_by: [account, principal, alarm]
SELECT coalesce(json_text(requestparameters, 'alarmName'), 'of unknown name') AS alarm,
       CASE WHEN caller = 'iac' THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'monitoring.amazonaws.com'
  AND eventname IN ('SetAlarmState', 'PutMetricAlarm', 'PutCompositeAlarm')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (json_text(requestparameters, 'stateValue') = 'OK' OR lower(json_text(requestparameters, 'actionsEnabled')) = 'false')
