-- title: "The role {role} was taken with {kinds} kinds of tools in a day"
-- kind: window
-- severity: low
-- topics: [105]
-- mitre: [T1078.004]
-- why: A role is taken by the same few programs every day. Many kinds of tools are many hands, or one that tries out
--   what it can.
-- do: See which agents are new, and whose keys took the role.
-- false_positives: Roles for people. Raise `kinds` for them.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html]
-- window: 1d
-- group_by: [account, role]
-- threshold: {kinds: 5}
SELECT json_text(requestparameters, 'roleArn') AS role,
       recipientaccountid AS account,
       min(principal) AS principal,
       min(awsregion) AS region,
       min(eventtime) AS first,
       max(eventtime) AS last,
       count(*) AS count,
       count(DISTINCT agent) AS kinds,
       array_agg(DISTINCT agent) AS agents,
       array_agg(DISTINCT principal) AS takers,
       array_agg(DISTINCT sourceipaddress) AS addresses,
       array_agg(eventid) AS event_ids
FROM cloudtrail
WHERE eventsource = 'sts.amazonaws.com'
  AND eventname = 'AssumeRole'
  AND errorcode IS NULL
  AND (useridentity.type IS DISTINCT FROM 'AWSService')
  AND caller <> 'aws_service'
  AND agent NOT LIKE '%.amazonaws.com'
GROUP BY json_text(requestparameters, 'roleArn'), recipientaccountid, _window
HAVING count(DISTINCT agent) >= $kinds
