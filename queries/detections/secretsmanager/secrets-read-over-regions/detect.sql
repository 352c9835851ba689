-- title: "{principal} read secrets in {regions} regions within an hour"
-- kind: window
-- severity: high
-- topics: [196]
-- mitre: [T1555.006]
-- why: A program lives in one region, or two. Whoever asks region by region is collecting.
-- do: Ask the owner. If not known, change the secrets that were read.
-- false_positives: Copies of secrets to other regions by their administrators.
-- references: [https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html]
-- window: 1h
-- every: 30m
-- threshold: {regions: 4}
SELECT principal,
       recipientaccountid AS account,
       min(eventtime) AS first,
       max(eventtime) AS last,
       count(*) AS count,
       count(DISTINCT awsregion) AS regions,
       array_agg(DISTINCT awsregion) AS where_read,
       array_agg(DISTINCT sourceipaddress) AS addresses,
       array_agg(eventid) AS event_ids
FROM cloudtrail
WHERE eventsource = 'secretsmanager.amazonaws.com'
  AND eventname IN ('BatchGetSecretValue', 'GetSecretValue')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
GROUP BY principal, recipientaccountid, _window
HAVING count(DISTINCT awsregion) >= $regions
