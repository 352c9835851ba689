-- title: "{principal} opened a console session with the credentials of the instance {instance}"
-- kind: match
-- severity: high
-- topics: [19]
-- mitre: [T1021.007, T1078.004, T1550.001]
-- why: Instances have no browser. Somebody took the instance's credentials out of it and works with them by mouse.
-- do: Stop the sessions of the role, isolate the instance, and read what the role did since.
-- false_positives: None known.
-- group_by: [account, principal, instance]
SELECT arn_part(useridentity.arn, 'session') AS instance
FROM cloudtrail
WHERE eventsource = 'signin.amazonaws.com'
  AND eventname IN ('GetSigninToken', 'ConsoleLogin')
  AND useridentity.type = 'AssumedRole'
  AND regexp_like(useridentity.arn, '/i-([0-9a-f]{8}|[0-9a-f]{17})$')
  AND coalesce(responseelements, '') NOT LIKE '%Failure%'
