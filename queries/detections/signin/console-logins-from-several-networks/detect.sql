-- title: "{principal} signed in to the console from {networks} networks within {hours} hours"
-- kind: window
-- severity: medium
-- topics: [17]
-- mitre: [T1078.004, T1539]
-- why: One person is in one place. Sign-ins of one user from networks that have nothing to do with each other, in a few
--   hours, are two people, or one behind a proxy.
-- do: Ask the user which of them were theirs. Close the other sessions and change the password.
-- false_positives: People who go from the office to the train; VPNs that change their exit. Raise `networks` for them.
-- references: [https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html]
-- window: 6h
-- every: 3h
-- threshold: {networks: 3}
SELECT principal,
       recipientaccountid AS account,
       min(awsregion) AS region,
       min(eventtime) AS first,
       max(eventtime) AS last,
       count(*) AS count,
       6 AS hours,
       count(DISTINCT network) AS networks,
       array_agg(DISTINCT sourceipaddress) AS addresses,
       array_agg(DISTINCT agent) AS agents,
       array_agg(eventid) AS event_ids,
       CASE WHEN count(DISTINCT network) > count(DISTINCT agent) AND count(DISTINCT agent) = 1 THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'signin.amazonaws.com'
  AND eventname = 'ConsoleLogin'
  AND useridentity.type IN ('IAMUser', 'Root')
  AND json_text(responseelements, 'ConsoleLogin') = 'Success'
GROUP BY principal, recipientaccountid, _window
HAVING count(DISTINCT network) >= $networks
