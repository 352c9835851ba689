-- title: "{principal} signed in after {failures} failures within the hour"
-- kind: window
-- severity: medium
-- topics: [12]
-- mitre: [T1110.001, T1078.004]
-- why: Guessing ends with a success. Failures of one user that end in a sign-in from the same place are a forgotten
--   password, from another place they are not.
-- do: Ask the user whether the sign-in was theirs.
-- false_positives: Forgotten passwords, on the morning after a holiday.
-- references: [https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html]
-- window: 1h
-- every: 30m
-- threshold: {failures: 5}
SELECT principal,
       recipientaccountid AS account,
       min(awsregion) AS region,
       min(eventtime) AS first,
       max(eventtime) AS last,
       count(*) FILTER (WHERE json_text(responseelements, 'ConsoleLogin') = 'Failure') AS failures,
       count(*) AS count,
       count(DISTINCT network) AS networks,
       array_agg(DISTINCT sourceipaddress) AS addresses,
       array_agg(eventid) AS event_ids,
       CASE WHEN count(DISTINCT network) > 1 THEN 'high' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'signin.amazonaws.com'
  AND eventname = 'ConsoleLogin'
GROUP BY principal, recipientaccountid, _window
HAVING count(*) FILTER (WHERE json_text(responseelements, 'ConsoleLogin') = 'Failure') >= $failures
   AND max(eventtime) FILTER (WHERE json_text(responseelements, 'ConsoleLogin') = 'Success')
       > min(eventtime) FILTER (WHERE json_text(responseelements, 'ConsoleLogin') = 'Failure')
