-- title: "{principal} looked at the console of {instance}: {event}"
-- kind: match
-- severity: medium
-- topics: []
-- mitre: [T1113, T1552]
-- why: The screen and the output of the console show who works there, and sometimes passwords that a start-up script
--   printed.
-- do: Ask the caller; look which machines were looked at.
-- false_positives: People who look why a machine does not start.
-- references: [https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetConsoleScreenshot.html]
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'instanceId'), json_text(requestparameters, 'InstanceId'), 'a machine') AS instance,
       denied AS refused,
       CASE WHEN eventname = 'GetConsoleOutput' THEN 'info'
            WHEN sessioncredentialfromconsole IS NOT NULL OR useragent LIKE 'Mozilla/%' THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname IN ('GetConsoleScreenshot', 'GetConsoleOutput')
  AND caller NOT IN ('aws_service', 'iac')
  AND (errorcode IS NULL OR denied)
