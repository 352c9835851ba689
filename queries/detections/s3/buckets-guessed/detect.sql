-- title: "{address} was refused by {buckets} buckets within minutes"
-- kind: window
-- severity: medium
-- topics: [270]
-- mitre: [T1619, T1580]
-- why: Bucket after bucket that refuses is somebody who tries names or looks for one that is open.
-- do: See whose credentials they are; look at buckets that did not refuse.
-- false_positives: Scanners and inventories with too few rights.
-- references: [https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html]
-- group_by: [account, address]
-- window: 10m
-- every: 5m
-- threshold: {buckets: 10}
SELECT sourceipaddress AS address,
       recipientaccountid AS account,
       min(principal) AS principal,
       min(awsregion) AS region,
       min(eventtime) AS first,
       max(eventtime) AS last,
       count(*) AS count,
       count(DISTINCT json_text(requestparameters, 'bucketName')) AS buckets,
       array_agg(DISTINCT eventname) AS events,
       array_agg(eventid) AS event_ids
FROM cloudtrail
WHERE eventsource = 's3.amazonaws.com'
  AND denied
  AND caller NOT IN ('aws_service', 'iac')
  AND sessioncredentialfromconsole IS NULL
GROUP BY sourceipaddress, recipientaccountid, _window
HAVING count(DISTINCT json_text(requestparameters, 'bucketName')) >= $buckets
