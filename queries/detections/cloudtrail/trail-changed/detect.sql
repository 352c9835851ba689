-- title: "{principal} changed CloudTrail: {event}"
-- kind: match
-- severity: low
-- topics: [149, 150]
-- mitre: [T1562.008]
-- cis: ["4.5"]
-- why: The CIS benchmark asks for a record of every change of the trails. The grave ones have detections of their own.
-- do: Check that it has a ticket.
-- false_positives: Set-up of accounts.
-- references: [https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html]
SELECT coalesce(json_text(requestparameters, 'name'), json_text(requestparameters, 'trailName')) AS trail,
       CASE WHEN caller = 'iac' THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'cloudtrail.amazonaws.com'
  AND eventname IN ('CreateTrail', 'UpdateTrail', 'StartLogging')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
