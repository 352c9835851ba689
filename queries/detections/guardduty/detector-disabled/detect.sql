-- title: "{principal} turned GuardDuty off: {event}"
-- kind: match
-- severity: high
-- topics: [161, 168]
-- mitre: [T1562.001]
-- why: Threat detection is off, or some of its sources are no longer read.
-- do: Turn it on again; look at what else the caller did.
-- false_positives: Taking down a region or an account; cost cutting.
-- references: [https://docs.aws.amazon.com/guardduty/latest/APIReference/API_DeleteDetector.html]
SELECT json_text(requestparameters, 'detectorId') AS detector,
       CASE WHEN caller = 'iac' THEN 'medium' ELSE 'high' END AS severity
FROM cloudtrail
WHERE eventsource = 'guardduty.amazonaws.com'
  AND eventname IN ('DeleteDetector', 'UpdateDetector', 'DisableOrganizationAdminAccount')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (eventname <> 'UpdateDetector' OR json_text(requestparameters, 'enable') = 'false' OR requestparameters LIKE '%DISABLED%')
