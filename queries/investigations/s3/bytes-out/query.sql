-- title: Bytes read from S3 by principal
-- description: What each principal and address read of each bucket, the most bytes first. Only buckets whose data events are logged are here.
-- params:
--   bucket: {type: text, default: "%", about: "Only this bucket (a pattern of LIKE)"}
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    principal,
    sourceipaddress AS address,
    bucket,
    count(*) AS reads,
    count(DISTINCT key) AS objects,
    sum(CAST(bytes AS DOUBLE)) AS bytes,
    min(eventtime) AS first,
    max(eventtime) AS last
FROM (
    SELECT
        principal, sourceipaddress, eventtime,
        json_text(requestparameters, 'bucketName') AS bucket,
        json_text(requestparameters, 'key') AS key,
        json_text(additionaleventdata, 'bytesTransferredOut') AS bytes
    FROM cloudtrail
    WHERE eventsource = 's3.amazonaws.com' AND eventname IN ('GetObject', 'SelectObjectContent', 'GetObjectTorrent') AND errorcode IS NULL
        AND eventtime >= ${from} AND eventtime < ${to}
)
WHERE bucket LIKE ${bucket}
GROUP BY 1, 2, 3
ORDER BY bytes DESC NULLS LAST, reads DESC, principal
