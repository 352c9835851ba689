-- title: Objects and buckets that were deleted
-- description: One row for each principal, address, bucket and call that deletes, and for lifecycle rules that make objects expire.
-- params:
--   bucket: {type: text, default: "%", about: "Only this bucket (a pattern of LIKE)"}
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    principal,
    sourceipaddress AS address,
    json_text(requestparameters, 'bucketName') AS bucket,
    eventname,
    count(*) AS calls,
    count(*) FILTER (WHERE errorcode IS NULL) AS succeeded,
    count(DISTINCT json_text(requestparameters, 'key')) AS objects,
    min(eventtime) AS first,
    max(eventtime) AS last
FROM cloudtrail
WHERE eventsource = 's3.amazonaws.com'
    AND eventname IN ('DeleteObject', 'DeleteObjects', 'DeleteObjectVersion', 'DeleteBucket', 'PutBucketLifecycle', 'PutBucketLifecycleConfiguration')
    AND coalesce(json_text(requestparameters, 'bucketName'), '') LIKE ${bucket}
    AND eventtime >= ${from} AND eventtime < ${to}
GROUP BY 1, 2, 3, 4
ORDER BY calls DESC, principal, bucket, eventname
