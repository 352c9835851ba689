-- title: "{principal} changed what the trail {trail} records: {event}"
-- kind: match
-- severity: low
-- topics: []
-- mitre: [T1562.008]
-- why: Selectors say which events a trail keeps. Those that narrow it have a detection of their own.
-- do: Check that it has a ticket.
-- false_positives: Set-up of accounts.
-- references: [https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutEventSelectors.html]
-- group_by: [account, principal, trail]
SELECT coalesce(json_text(requestparameters, 'trailName'), json_text(requestparameters, 'name'), json_text(requestparameters, 'eventDataStore'), 'of unknown name') AS trail,
       CASE WHEN caller = 'iac' THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'cloudtrail.amazonaws.com'
  AND eventname IN ('PutEventSelectors', 'PutInsightSelectors', 'UpdateEventDataStore')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
