-- title: "{principal} signed in to the console"
-- kind: match
-- severity: info
-- topics: [15]
-- mitre: [T1078.004]
-- why: The record of who was at the console, by day. Other findings of the same principal read better beside it.
-- do: Nothing alone.
-- false_positives: Everybody who works at the console. It is a record and no alarm.
-- references: [https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html]
SELECT json_text(additionaleventdata, 'MFAUsed') AS mfa,
       json_text(additionaleventdata, 'LoginTo') AS login_to
FROM cloudtrail
WHERE eventsource = 'signin.amazonaws.com'
  AND eventname = 'ConsoleLogin'
  AND json_text(responseelements, 'ConsoleLogin') = 'Success'
