-- title: "{address} failed to sign in {count} times, as {users} users"
-- kind: window
-- severity: medium
-- topics: [13, 12]
-- mitre: [T1110, T1110.003]
-- why: Many failures from one address are guessing; many users from one address are spraying.
-- do: Block the address; see whether one of the tries worked.
-- false_positives: An office behind one address on the day of a password change.
-- references: [https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html]
-- window: 1h
-- every: 30m
-- group_by: [account, address]
-- threshold: {failures: 10}
SELECT sourceipaddress AS address,
       recipientaccountid AS account,
       min(awsregion) AS region,
       min(eventtime) AS first,
       max(eventtime) AS last,
       count(*) FILTER (WHERE json_text(responseelements, 'ConsoleLogin') = 'Failure') AS count,
       count(DISTINCT principal) FILTER (WHERE json_text(responseelements, 'ConsoleLogin') = 'Failure') AS users,
       array_agg(DISTINCT principal) AS who,
       array_agg(eventid) AS event_ids,
       CASE WHEN bool_or(json_text(responseelements, 'ConsoleLogin') = 'Success') THEN 'high' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'signin.amazonaws.com'
  AND eventname = 'ConsoleLogin'
GROUP BY sourceipaddress, recipientaccountid, _window
HAVING count(*) FILTER (WHERE json_text(responseelements, 'ConsoleLogin') = 'Failure') >= $failures
