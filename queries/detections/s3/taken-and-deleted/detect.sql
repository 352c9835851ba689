-- title: "{principal} read {reads} and then deleted {deletions} objects of the bucket {bucket}"
-- kind: window
-- severity: critical
-- topics: [278]
-- mitre: [T1485, T1530, T1657]
-- why: First copied, then destroyed, so that only the thief has it - extortion begins like this.
-- do: Disable the credentials at once; restore versions and backups.
-- false_positives: Moves of data by hand.
-- references: [https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html]
-- window: 4h
-- threshold: {reads: 20, deletions: 20}
SELECT principal,
       recipientaccountid AS account,
       min(awsregion) AS region,
       json_text(requestparameters, 'bucketName') AS bucket,
       min(eventtime) AS first,
       max(eventtime) AS last,
       count(*) AS count,
       count(*) FILTER (WHERE eventname IN ('GetObject', 'CopyObject')) AS reads,
       count(*) FILTER (WHERE eventname NOT IN ('GetObject', 'CopyObject')) AS deletions,
       array_agg(DISTINCT sourceipaddress) AS addresses,
       array_agg(eventid) AS event_ids
FROM (SELECT DISTINCT principal AS who, recipientaccountid AS whose, _window AS at
      FROM cloudtrail
      WHERE eventsource = 's3.amazonaws.com' AND eventname IN ('DeleteObject', 'DeleteObjects') AND errorcode IS NULL
        AND caller IN ('human', 'unknown')) AS deleters
JOIN cloudtrail ON principal = who AND recipientaccountid = whose AND _window = at
WHERE eventsource = 's3.amazonaws.com'
  AND eventname IN ('GetObject', 'CopyObject', 'DeleteObject', 'DeleteObjects')
  AND errorcode IS NULL
  AND caller IN ('human', 'unknown')
GROUP BY principal, recipientaccountid, json_text(requestparameters, 'bucketName'), _window
HAVING count(*) FILTER (WHERE eventname IN ('GetObject', 'CopyObject')) >= $reads
   AND (count(*) FILTER (WHERE eventname = 'DeleteObject') >= $deletions OR count(*) FILTER (WHERE eventname = 'DeleteObjects') >= 1)
   AND min(CASE WHEN eventname IN ('GetObject', 'CopyObject') THEN eventtime END) < max(CASE WHEN eventname NOT IN ('GetObject', 'CopyObject') THEN eventtime END)
