-- title: "{principal} deleted {objects} objects of the bucket {bucket} within minutes"
-- kind: window
-- severity: high
-- topics: [276, 277]
-- mitre: [T1485]
-- why: A person or a bare key that empties a bucket destroys data - the second half of extortion, after the download.
-- do: Disable the credentials; restore versions and backups; look at what was downloaded before.
-- false_positives: Clean-up by hand.
-- references:
--   - https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
--   - https://stratus-red-team.cloud/attack-techniques/AWS/aws.impact.s3-ransomware-individual-deletion/
-- window: 10m
-- every: 5m
-- threshold: {objects: 30, batches: 3}
SELECT principal,
       recipientaccountid AS account,
       min(awsregion) AS region,
       json_text(requestparameters, 'bucketName') AS bucket,
       min(eventtime) AS first,
       max(eventtime) AS last,
       count(*) AS count,
       count(*) FILTER (WHERE eventname <> 'DeleteObjects') AS objects,
       count(*) FILTER (WHERE eventname = 'DeleteObjects') AS batches,
       array_agg(DISTINCT sourceipaddress) AS addresses,
       array_agg(eventid) AS event_ids
FROM cloudtrail
WHERE eventsource = 's3.amazonaws.com'
  AND eventname IN ('DeleteObject', 'DeleteObjects')
  AND errorcode IS NULL
  AND caller IN ('human', 'unknown')
GROUP BY principal, recipientaccountid, json_text(requestparameters, 'bucketName'), _window
HAVING count(*) FILTER (WHERE eventname <> 'DeleteObjects') >= $objects OR count(*) FILTER (WHERE eventname = 'DeleteObjects') >= $batches
