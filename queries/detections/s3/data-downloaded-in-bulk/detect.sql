-- title: "{principal} downloaded {objects} objects ({megabytes} MB) from the bucket {bucket} within an hour"
-- kind: window
-- severity: medium
-- topics: [275]
-- mitre: [T1530, T1567.002]
-- why: Theft from S3 looks like this - one principal, one bucket, everything.
-- do: Ask the owner; see from which address and with which tool.
-- false_positives: Restores, migrations and analysis by people; raise the thresholds for the bucket.
-- references: [https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html]
-- window: 1h
-- threshold: {objects: 1000, megabytes: 10240}
SELECT principal,
       recipientaccountid AS account,
       min(awsregion) AS region,
       json_text(requestparameters, 'bucketName') AS bucket,
       min(eventtime) AS first,
       max(eventtime) AS last,
       count(*) AS count,
       count(DISTINCT json_text(requestparameters, 'key')) AS objects,
       CAST(sum(coalesce(TRY_CAST(json_text(additionaleventdata, 'bytesTransferredOut') AS DOUBLE), 0)) / 1048576 AS BIGINT) AS megabytes,
       array_agg(DISTINCT sourceipaddress) AS addresses,
       array_agg(DISTINCT agent) AS agents,
       array_agg(eventid) AS event_ids
FROM cloudtrail
WHERE eventsource = 's3.amazonaws.com'
  AND eventname = 'GetObject'
  AND errorcode IS NULL
  AND caller IN ('human', 'unknown')
GROUP BY principal, recipientaccountid, json_text(requestparameters, 'bucketName'), _window
HAVING count(DISTINCT json_text(requestparameters, 'key')) >= $objects
    OR sum(coalesce(TRY_CAST(json_text(additionaleventdata, 'bytesTransferredOut') AS DOUBLE), 0)) >= $megabytes * 1048576.0
