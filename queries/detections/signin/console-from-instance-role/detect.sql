-- title: "{principal} opened a console session with the credentials of the instance {instance}"
-- kind: match
-- severity: high
-- topics: [19]
-- mitre: [T1021.007, T1078.004, T1550.001]
-- why: Instances have no browser. Somebody took the instance's credentials out of it and works with them by mouse.
-- do: Stop the sessions of the role, isolate the instance, and read what the role did since.
-- false_positives: None known.
-- references: [https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html]
-- group_by: [account, principal, instance]
SELECT coalesce(arn_part(useridentity.arn, 'session'), split_part(useridentity.principalid, ':', 2)) AS instance
FROM cloudtrail
WHERE eventsource = 'signin.amazonaws.com'
  AND eventname IN ('GetSigninToken', 'ConsoleLogin')
  AND useridentity.type = 'AssumedRole'
  AND (useridentity.arn LIKE '%/i-%' OR useridentity.principalid LIKE '%:i-%')
  AND (regexp_like(useridentity.arn, '(?i)/i-([0-9a-f]{8}|[0-9a-f]{17})$')
       OR regexp_like(useridentity.principalid, '(?i):i-([0-9a-f]{8}|[0-9a-f]{17})$'))
  AND coalesce(responseelements, '') NOT LIKE '%Failure%'
