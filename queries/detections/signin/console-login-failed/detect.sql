-- title: "Console sign-in of {user} failed"
-- kind: match
-- severity: low
-- topics: [12, 14]
-- mitre: [T1110]
-- cis: ["4.6"]
-- why: Failed sign-ins are noise one by one; they are recorded for the CIS benchmark and for those who look later.
-- do: Look at address and number; guessing has a detection of its own.
-- false_positives: People mistype.
-- references: [https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html]
-- group_by: [account, principal, user]
SELECT coalesce(useridentity.username, 'an unknown user') AS user,
       errormessage AS reason,
       json_text(additionaleventdata, 'MFAUsed') AS mfa
FROM cloudtrail
WHERE eventsource = 'signin.amazonaws.com'
  AND eventname = 'ConsoleLogin'
  AND (json_text(responseelements, 'ConsoleLogin') = 'Failure' OR errormessage = 'Failed authentication')
