-- title: "{principal} asked who it is and listed the buckets {seconds} seconds later"
-- kind: window
-- severity: low
-- topics: [146]
-- mitre: [T1087.004, T1619]
-- why: GetCallerIdentity and ListBuckets are the first two lines that people type who found a key and want to know
--   whether it was worth it.
-- do: Look at the address and what else the key did that day.
-- false_positives: Developers at a shell.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html]
-- window: 10m
-- every: 5m
SELECT who.principal,
       who.account,
       min(who.region) AS region,
       min(who.at) AS first,
       max(buckets.at) AS last,
       count(DISTINCT who.id) + count(DISTINCT buckets.id) AS count,
       CAST(min(date_part('epoch', buckets.at) - date_part('epoch', who.at)) AS BIGINT) AS seconds,
       min(who.address) AS address,
       array_concat(array_agg(DISTINCT who.id), array_agg(DISTINCT buckets.id)) AS event_ids,
       CASE WHEN bool_or(who.long_lived) THEN 'low' ELSE 'info' END AS severity
FROM (SELECT principal, recipientaccountid AS account, awsregion AS region, eventtime AS at, eventid AS id, sourceipaddress AS address,
             coalesce(useridentity.accesskeyid LIKE 'AKIA%', false) AS long_lived, _window
      FROM cloudtrail
      WHERE eventsource = 'sts.amazonaws.com' AND eventname = 'GetCallerIdentity' AND caller NOT IN ('aws_service', 'iac')) AS who
JOIN (SELECT principal, recipientaccountid AS account, eventtime AS at, eventid AS id, sourceipaddress AS address, _window
      FROM cloudtrail
      WHERE eventsource = 's3.amazonaws.com' AND eventname = 'ListBuckets') AS buckets
  ON buckets.principal = who.principal AND buckets.account = who.account AND buckets._window = who._window AND buckets.address = who.address
 AND buckets.at >= who.at
GROUP BY who.principal, who.account, who._window
